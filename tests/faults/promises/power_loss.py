"""A power cut at any moment: what was written and not synced is gone, there, or torn."""

import os
import random
import shutil
from dataclasses import replace

from agent.errors import LibraryError
from app.jobs.journal import Journal
from app.turn import Submission
from tests.agent.dying import prepare, wrong
from tests.faults.promise import Outcome, Promise
from tests.faults.replay import Disk, trace

KINDS = ("none", "all", "torn")
VERSIONS = ("new", "version1", "journal")
WORK = """
import os, sys
from pathlib import Path
from agent.library import Library
from agent.errors import LibraryError
from app.jobs.journal import Journal
from app.turn import Submission
from tests.agent.dying import work
from tests.faults.promises.power_loss import hand_in
BEFORE
home = Path(sys.argv[1])
said = os.open(home / "said", os.O_WRONLY | os.O_CREAT)
if sys.argv[2] == "journal":
    hand_in(home, said)
else:
    work(Library, home, sys.argv[2], said)
"""
CARELESS = """
import functools, sqlite3
class Careless(sqlite3.Connection):
    def execute(self, statement, *values):
        statement = statement.replace("synchronous = FULL", "synchronous = OFF")
        return super().execute(statement, *values)
sqlite3.connect = functools.partial(sqlite3.connect, factory=Careless)
"""


def hand_in(home, say):
    """Hand in questions, and finish every other one, saying what is begun and done."""
    journal = Journal(home)
    for number in range(20):
        os.write(say, b"b")
        job = journal.submit("ann", ("d",), Submission(f"Question {number}?"))
        os.write(say, b"d")
        if number % 2:
            claimed = journal.claim("worker")
            journal.save(claimed, replace(claimed.turn, done=True))
            journal.finish(claimed)
        assert job


def is_lost(home, begun, done):
    """Return what is wrong with the journal that is left."""
    try:
        jobs = Journal(home).conversation("ann", ("d",))
    except LibraryError as error:
        return [str(error)]
    asked = [job.submission.question for job in jobs]
    wanted = [f"Question {number}?" for number in range(len(asked))]
    right = asked == wanted and done <= len(asked) <= begun
    return [] if right else [f"{len(asked)} questions are there of {done} that were taken"]


def cut(version, count, folder, before):
    """Return what is wrong after cuts at so many moments, three disks for each."""
    home = folder / "home"
    if version == "journal":
        Journal(home)
    else:
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
            said = disk.said.count(b"b"), disk.said.count(b"d")
            is_journal = version == "journal"
            found = is_lost(there, *said) if is_journal else wrong(there, version, *said)
            yield f"{version}, {kind} of what was not synced: {found[0]}" if found else ""


def tried(count, folder, before=""):
    if not shutil.which("strace"):
        return Outcome(0, skipped="needs strace")
    outcomes = []
    for version in VERSIONS:
        (folder / version).mkdir()
        outcomes += cut(version, count // len(VERSIONS) // len(KINDS), folder / version, before)
    return Outcome(len(outcomes), tuple(filter(None, outcomes)))


def ours(count, folder):
    return tried(count, folder)


def control(count, folder):
    return tried(count, folder, CARELESS)


PROMISE = Promise(
    "After a power cut a library holds whole documents or none, all that was said to be added, and "
    "the page's journal every question that was taken",
    "additions, removals, a migration and questions are traced and played back up to a moment "
    "drawn by chance; of what was not synced then none, all, or each sector by chance is there",
    ours, control, "does not sync", 54, 1_800,
)  # fmt: skip
