"""Works on a library in children that are killed by SIGKILL, and says what is left of it.

    python -m tests.agent.dying SCRATCH (statements|moments) (ours|naive) (new|version1) [TRIALS]

Each child does the same row of additions and removals and says when each is begun and done. It is
killed before the n-th statement that it sends to the database, one child for each n, or at moments
drawn from a seed. Prints a line of JSON a child: the work begun and done, and what is wrong then.
"""

import contextlib
import functools
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from pathlib import Path

from agent.entries import find_row
from agent.errors import LibraryError
from agent.index.postings import Postings
from agent.inspection import Fault
from agent.library import Library
from agent.rows import Made, insert, insert_made, make
from tests.make import make_document

DOCUMENTS = [
    make_document(
        *(f"Report {n}, page {p}. Nobody was hurt on day {n * p}.\n" * 9 for p in range(1 + n * n)),
        name=f"report {n}.txt",
    )
    for n in range(6)
]
THERE = {0, 1, 2}  # before the work
WORK = [("add", 3), ("remove", 0), ("add", 5), ("remove", 3), ("add", 0), ("remove", 5)]
LIBRARIES = Path(__file__).parent / "libraries"


class Naive(Library):
    """Makes the mistake that the tests are there to find: one document, two transactions."""

    def keep(self, document):
        made = make(document)
        nothing = Made(made.recipe, made.language, [], Postings([], made.postings.lengths))
        with self._store.writing() as connection:
            insert(connection, document, nothing)
        with self._store.writing() as connection:
            row = find_row(connection, document.id)
            insert_made(connection, row, made)
            connection.execute("UPDATE document SET tokens = ? WHERE row = ?", (made.tokens, row))


class Dying(sqlite3.Connection):
    """Kills its own process before the statement after the `last`."""

    sent = 0
    last = sys.maxsize

    @classmethod
    def count(cls):
        cls.sent += 1
        if cls.sent > cls.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def execute(self, *arguments):
        self.count()
        return super().execute(*arguments)

    def executemany(self, statement, rows):
        rows = list(rows)
        self.count()
        super().executemany(statement, rows[: len(rows) // 2])
        self.count()
        super().executemany(statement, rows[len(rows) // 2 :])


def prepare(home, version):
    """Lay down the library that the children work on."""
    if version == "version1":
        home.mkdir()
        with contextlib.closing(sqlite3.connect(home / "library.db")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript((LIBRARIES / "version1.sql").read_text("utf-8"))
        return
    library = Library(home)
    for number in sorted(THERE):
        library.keep(DOCUMENTS[number])


def work(kind, home, version, say):
    """Do the work, saying one letter before and one after each part of it."""
    library = kind(home)
    for what, number in WORK:
        if version == "version1" and number == 0:
            continue  # not there to be removed
        os.write(say, b"b")
        if what == "add":
            library.keep(DOCUMENTS[number])
        else:
            library.remove(DOCUMENTS[number].id)
        os.write(say, b"d")


def run_child(kind, home, version, last, seconds):
    """Run a child until it is through or dead; return how it ended and what it said."""
    heard, say = os.pipe()
    child = os.fork()
    if child == 0:
        Dying.sent, Dying.last = 0, last
        work(kind, home, version, say)
        os._exit(0)
    os.close(say)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(heard, "rb") as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(status), said.count(b"b"), said.count(b"d")


def allowed(version, begun, done):
    """Return the states the library may be in: before or after what was begun and not done."""
    parts = [part for part in WORK if version != "version1" or part[1] != 0]
    states = [set() if version == "version1" else set(THERE)]
    for what, number in parts:
        states.append(states[-1] | {number} if what == "add" else states[-1] - {number})
    return [
        {DOCUMENTS[number].id for number in state} | old(version)
        for state in states[done : begun + 1]
    ]


def old(version):
    """Return the ids of the documents that an earlier version has left."""
    if version != "version1":
        return set()
    text = (LIBRARIES / "version1.sql").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith('INSERT INTO "document"')]
    return {line.split("'")[1] for line in lines}


def wrong(home, version, begun, done):
    """Return what is wrong with the library that a dead child has left."""
    try:
        library = Library(home)
        held = {entry.id for entry in library.documents()}
        found = [e.name + " " + e.what for e in library.check() if isinstance(e, Fault)]
        found += [
            f"{document.name} is another"
            for document in DOCUMENTS
            if document.id in held and library.document(document.id) != document
        ]
        if held not in allowed(version, begun, done):
            found.append("documents are missing, or there that should not be")
        library.keep(DOCUMENTS[4])
        library.remove(DOCUMENTS[4].id)
    except LibraryError as error:
        return [str(error)]
    return found


def main(scratch, how, who, version, trials="0"):
    """Run the children and print a line for each."""
    sqlite3.connect = functools.partial(sqlite3.connect, factory=Dying)
    kind = {"ours": Library, "naive": Naive}[who]
    template = Path(scratch) / "template"
    prepare(template, version)
    make(DOCUMENTS[4])  # what is loaded once is not part of the race
    random_ = random.Random(f"{how} {version}")  # the same each time
    whole = None
    for trial in range(int(trials) or 500):
        home = Path(scratch) / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(template, home)
        seconds = None if how == "statements" or whole is None else random_.uniform(0, whole)
        last = trial if how == "statements" else sys.maxsize
        began = time.monotonic()
        ended, begun, done = run_child(kind, home, version, last, seconds)
        whole = whole or time.monotonic() - began
        faults = wrong(home, version, begun, done)
        sys.stdout.write(json.dumps([ended, begun, done, faults]) + "\n")
        sys.stdout.flush()
        if (how == "statements" and ended == 0) or (who == "naive" and faults):
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
