"""Works on a library on a disk of a few megabytes, with every amount of room that is left on it.

    unshare -rm python -m tests.faults.small_disk FOLDER (ours|naive) SIZES

Needs a user namespace in which a disk can be mounted. Prints a line of JSON a size: how often the
room was too small, and what is wrong.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from agent.errors import LibraryError
from agent.index.fill import fill
from agent.inspection import Fault
from agent.library import Library
from model.scripted import HashedWords
from tests.agent.dying import Naive
from tests.agent.test_full_disk import KEPT, LARGE

BLOCK_BYTES = 4096
MOST_BLOCKS = 320  # of room, which is more than all of the work needs


def steps(library):
    """Return what is done, one after the other, each of which may find the disk full."""
    return (
        lambda: library.keep(LARGE),
        lambda: list(fill(library._store, [LARGE.id], HashedWords(64))),
        lambda: library.remove(KEPT.id),
    )


def wrong(home, there):
    """Return what is wrong with a library that holds these documents."""
    library = Library(home)
    if {entry.id for entry in library.documents()} != {document.id for document in there}:
        return "documents are missing, or there that should not be"
    if faults := [event.what for event in library.check() if isinstance(event, Fault)]:
        return faults[0]
    if any(library.document(document.id) != document for document in there):
        return "a document is another"
    return "" if library.search("river dam", [there[0].id], 3) else "nothing is found"


def leave_room(folder, blocks):
    """Fill the disk but for so many blocks."""
    ballast = folder / "ballast"
    room = os.statvfs(folder)
    ballast.write_bytes(bytes(max(0, room.f_bavail - blocks) * room.f_frsize))
    return ballast


def tried(kind, folder, blocks):
    """Do all of it with so much room, then again with enough; return refusals and what is wrong."""
    home = folder / "home"
    subprocess.run(["rm", "-rf", str(home)], check=True)
    kind(home).keep(KEPT)
    ballast, refused, there = leave_room(folder, blocks), 0, [KEPT]
    states = [[KEPT, LARGE], [KEPT, LARGE], [LARGE]]
    for step, after in zip(steps(kind(home)), states, strict=True):
        try:
            step()
            there = after
        except LibraryError as error:
            refused += 1
            if "\n" in str(error) or "free" not in str(error):
                return refused, f"it said: {error}"
            if "removed, but words" in str(error):
                there = after
        if found := wrong(home, there):
            return refused, found
        if len(there) == 1 and there[0] is KEPT:
            break
    ballast.unlink()
    for step in steps(kind(home))[: 3 if KEPT in there else 2]:
        step()
    return refused, wrong(home, [LARGE])


def main(folder, who, sizes):
    """Try the sizes, evenly spread, and print a line for each."""
    disk = Path(folder) / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "longread", str(disk)], check=True)
    kind = {"ours": Library, "naive": Naive}[who]
    for number in range(int(sizes)):
        blocks = number * MOST_BLOCKS // int(sizes)
        refused, found = tried(kind, disk, blocks)
        print(json.dumps([blocks, refused, found]), flush=True)
        if who == "naive" and found:
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
