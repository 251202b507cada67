"""One file a form in which question sets are published; the folder is the registry.

Each has `load(path) -> Iterator[QuestionSet]`, which raises `SetError` for what is not of its form.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.public.sets import QuestionSet, SetError

FORMS = tuple(module.name for module in pkgutil.iter_modules(__path__))


def load_form(form: str, path: Path) -> Iterator[QuestionSet]:
    """Yield the question sets at a path that are published in a form.

    Raises:
        SetError: if there is no such form, nothing at the path, or something else.
    """
    if form not in FORMS:
        raise SetError(f"There is no form {form!r}; choose from {', '.join(FORMS)}.")
    if not path.exists():
        raise SetError(f"{path} is not there; name the folder or file of the set.")
    module = importlib.import_module(f"{__name__}.{form}")
    load: Callable[[Path], Iterator[QuestionSet]] = module.load
    try:
        yield from load(path)
    except (ValueError, KeyError, TypeError, SyntaxError, UnicodeDecodeError) as error:
        raise SetError(f"{path} is not in the form {form} ({type(error).__name__}).") from error
