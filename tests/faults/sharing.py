"""Two processes write a library and two read it, all at once; says what is wrong with it then.

    python -m tests.faults.sharing SCRATCH (ours|naive) TRIALS

Prints a line of JSON a trial.
"""

import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

from agent.errors import LibraryError
from agent.inspection import Fault
from agent.library import Library
from tests.agent.dying import DOCUMENTS, Naive

WORK = (
    (("add", 0), ("add", 1), ("remove", 0), ("add", 2), ("add", 3)),
    (("add", 3), ("add", 2), ("add", 4), ("remove", 4), ("add", 1)),
)
IN_THE_END = {1, 2, 3}


def write(kind, home, work):
    """Do one writer's work."""
    library = kind(home)
    for what, number in work:
        if what == "add":
            library.keep(DOCUMENTS[number])
        else:
            library.remove(DOCUMENTS[number].id)


def read(kind, home, _):
    """Read until everything is there; fail at half a document."""
    library, whole = kind(home), {document.id: document for document in DOCUMENTS}
    for _ in range(100_000):
        entries = library.documents()
        for entry in entries:
            try:
                assert library.document(entry.id) == whole[entry.id], "half a text"
                assert library.search("day hurt", [entry.id], 3), "half an index"
            except LibraryError as error:
                if "no document has the id" not in str(error):  # removed since
                    raise
        if (home / "done").exists():
            return


def start(work, *arguments):
    """Work in a child; return its number and the pipe on which it says what was wrong."""
    heard, say = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(*arguments)
        except BaseException as error:  # noqa: BLE001  # handed over
            os.write(say, (str(error) or repr(error)).encode())
            os._exit(1)
        os._exit(0)
    os.close(say)
    return child, heard


def end(child, heard):
    """Wait for a child; return what was wrong."""
    os.waitpid(child, 0)
    with os.fdopen(heard) as pipe:
        return pipe.read()


def tried(kind, home):
    """Return what is wrong with one trial, "" if nothing."""
    kind(home)
    readers = [start(read, kind, home, ()) for _ in range(2)]
    writers = [start(write, kind, home, work) for work in WORK]
    found = [end(*writer) for writer in writers]
    (home / "done").touch()
    found += [end(*reader) for reader in readers]
    library = Library(home)
    found += [event.what for event in library.check() if isinstance(event, Fault)]
    held = Counter(entry.id for entry in library.documents())
    if held != Counter(DOCUMENTS[number].id for number in IN_THE_END):
        found.append("documents are missing, twice there, or there that should not be")
    return next(filter(None, found), "")


def main(scratch, who, trials):
    """Print a line for each trial."""
    kind = {"ours": Library, "naive": Naive}[who]
    for _ in range(int(trials)):
        home = Path(scratch) / "home"
        shutil.rmtree(home, ignore_errors=True)
        print(json.dumps(tried(kind, home)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
