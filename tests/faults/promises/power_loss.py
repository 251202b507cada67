"""A power cut at any moment: what was written and not synced is gone, there, or torn."""

import random
import shutil

from tests.agent.dying import prepare, wrong
from tests.faults.promise import Outcome, Promise
from tests.faults.replay import Disk, trace

KINDS = ("none", "all", "torn")
WORK = """
import os, sys
from pathlib import Path
from agent.library import Library
from tests.agent.dying import work
BEFORE
home = Path(sys.argv[1])
work(Library, home, sys.argv[2], os.open(home / "said", os.O_WRONLY | os.O_CREAT))
"""
CARELESS = """
import functools, sqlite3
class Careless(sqlite3.Connection):
    def execute(self, statement, *values):
        statement = statement.replace("synchronous = FULL", "synchronous = OFF")
        return super().execute(statement, *values)
sqlite3.connect = functools.partial(sqlite3.connect, factory=Careless)
"""


def cut(version, count, folder, before):
    """Return what is wrong after cuts at so many moments, three disks for each."""
    home = folder / "home"
    prepare(home, version)
    disk = Disk({path.name: path.read_bytes() for path in home.iterdir()})
    arguments = [str(home), version]
    calls = trace(WORK.replace("BEFORE", before), arguments, folder / "trace", home)
    random_ = random.Random(f"{version} {count}")  # the same each time
    moments = set(random_.sample(range(len(calls)), min(count, len(calls))))
    for moment, call in enumerate(calls):
        disk.play(call)
        for kind in KINDS if moment in moments else ():
            there = folder / "there"
            shutil.rmtree(there, ignore_errors=True)
            there.mkdir()
            for name, data in disk.after_the_cut(kind, random_).items():
                if not name.endswith("-shm"):  # shared memory: no disk holds it through a cut
                    (there / name).write_bytes(data)
            found = wrong(there, version, disk.said.count(b"b"), disk.said.count(b"d"))
            yield f"{version}, {kind} of what was not synced: {found[0]}" if found else ""


def tried(count, folder, before=""):
    if not shutil.which("strace"):
        return Outcome(0, skipped="needs strace")
    outcomes = []
    for version in ("new", "version1"):
        (folder / version).mkdir()
        outcomes += cut(version, count // 2 // len(KINDS), folder / version, before)
    return Outcome(len(outcomes), tuple(filter(None, outcomes)))


def ours(count, folder):
    return tried(count, folder)


def control(count, folder):
    return tried(count, folder, CARELESS)


PROMISE = Promise(
    "After a power cut a library holds whole documents or none, and all that was said to be added",
    "additions, removals and a migration are traced and played back up to a moment drawn by "
    "chance; of what was not synced by then none, all, or each sector by chance is on the disk",
    ours, control, "does not sync", 48, 1_200,
)  # fmt: skip
