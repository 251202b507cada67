"""kill -9 before any statement that is sent to the database."""

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.promise import Outcome, Promise

ROOT = Path(__file__).parents[3]


def die(folder, *arguments):
    """Run children that are killed; return what was wrong after each."""
    command = [sys.executable, "-m", "tests.agent.dying", str(folder), *arguments]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [json.loads(line)[3] for line in ran.stdout.splitlines()]


def outcome(*faults):
    return Outcome(len(faults), tuple(str(each[0]) for each in faults if each))


def ours(_count, folder):
    found = []
    for version in ("new", "version1"):
        (folder / version).mkdir()
        found += die(folder / version, "statements", "ours", version)
    return outcome(*found)


def control(_count, folder):
    return outcome(*die(folder, "statements", "naive", "new"))


PROMISE = Promise(
    "After kill -9 a library holds whole documents or none, and all that was said to be added",
    "a child each is killed before every statement of a row of additions and removals, in a new "
    "library and in one of an earlier version",
    ours, control, "stores a document in two transactions", 160, 160,
)  # fmt: skip
