"""One file a promise, each with a `PROMISE`; the folder is the registry."""

import importlib
import pkgutil

from tests.faults.promise import Promise

NAMES = tuple(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Promise:
    """Return the promise in the file of that name."""
    promise: Promise = importlib.import_module(f"{__name__}.{name}").PROMISE
    return promise
