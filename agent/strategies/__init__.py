"""Ways of reading: one file a strategy, each a generator of events named like its file."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator

from agent.errors import QuestionError
from agent.events import Event
from agent.run import Run

Strategy = Callable[[Run], Iterator[Event]]
STRATEGIES = tuple(module.name for module in pkgutil.iter_modules(__path__))


def load_strategy(name: str) -> Strategy:
    """Return the strategy called `name`.

    Raises:
        QuestionError: if there is none of that name.
    """
    if name not in STRATEGIES:
        raise QuestionError(f"There is no strategy {name!r}; choose from {', '.join(STRATEGIES)}.")
    strategy: Strategy = getattr(importlib.import_module(f"{__name__}.{name}"), name)
    return strategy
