"""A promise: how it is tried, and a naive variant that the same harness must catch.

A harness that cannot fail proves nothing, so each is also run on a variant that breaks the promise
in the way it is there to find.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


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


def lines_of(module: str, *arguments: object, around: tuple[str, ...] = ()) -> list[Any]:
    """Run a module of ours in a process of its own; return what its lines of JSON say.

    Args:
        module: below `tests`.
        arguments: of its command line.
        around: the beginning of a command that runs it, such as one that makes a namespace.

    Raises:
        CalledProcessError: if it fails.
    """
    command = [*around, sys.executable, "-m", f"tests.{module}", *map(str, arguments)]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]
