"""A promise: how it is tried, and a naive variant that the same harness must catch.

A harness that cannot fail proves nothing, so each is also run on a variant that breaks the promise
in the way it is there to find.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of trying.

    Attributes:
        tried: how often.
        broken: what gave way, a few words each.
        skipped: why it could not be tried here; empty if it could.
    """

    tried: int
    broken: tuple[str, ...] = ()
    skipped: str = ""


Tries = Callable[[int, Path], Outcome]
"""Tries so many times, in a folder of its own."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised.

    Attributes:
        what: in one line.
        how: it is tried.
        ours: tries Longread.
        control: tries a naive variant.
        naive: what that variant does.
        short: how often in `make test`.
        long: how often in `make faults`.
        may_fail: share of tries in which it may fail, for what is no matter of all or nothing.
    """

    what: str
    how: str
    ours: Tries
    control: Tries
    naive: str
    short: int
    long: int
    may_fail: float = 0.0

    def holds(self, outcome: Outcome) -> bool:
        """Whether an outcome keeps the promise."""
        return len(outcome.broken) <= self.may_fail * outcome.tried
