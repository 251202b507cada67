"""kill -9 before any statement that is sent to the database."""

import tempfile
from pathlib import Path

from tests.faults.promise import Outcome, Promise, lines_of

# SIGKILL takes nothing that was handed to the system, so memory serves as well as a disk.
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
FEWEST_PLACES = 3


def die(*arguments):
    """Run children that are killed; return where each died, and what was wrong after it."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as scratch:
        lines = lines_of("agent.dying", scratch, *arguments)
    return [(tuple(line[1:3]), line[3]) for line in lines]


def outcome(children):
    broken = [str(faults[0]) for _, faults in children if faults]
    if len({place for place, _ in children}) <= FEWEST_PLACES:
        broken.append("all died in the same part of the work")
    return Outcome(len(children), tuple(broken))


def ours(_count, _folder):
    return outcome([*die("statements", "ours", "new"), *die("statements", "ours", "version1")])


def control(_count, _folder):
    return outcome(die("statements", "naive", "new"))


PROMISE = Promise(
    "After kill -9 a library holds whole documents or none, and all that was said to be added",
    "a child each is killed before every statement of a row of additions and removals, in a new "
    "library and in one of an earlier version",
    ours, control, "stores a document in two transactions", 160, 160,
)  # fmt: skip
