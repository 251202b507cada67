"""Gives passages their vectors in children that are killed by SIGKILL, and says what is left.

    python -m tests.faults.filling SCRATCH (ours|naive) TRIALS

Each child goes on where the last one died; one that gets to the end begins anew. Prints a line of
JSON a child: whether it was killed, and what is wrong.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from agent.index import fill as filling
from agent.index.vectors import find_wanted, keep_vectors, read_vectors
from agent.library import Library
from model.scripted import HashedWords
from tests.make import make_document

DIMENSIONS = 32
DOCUMENT = make_document(
    *(f"On day {n} the river stood at {n * 7919 % 1000} and {n * 31 % 97}. " * 40
      for n in range(40)),
    name="river.txt",
)  # fmt: skip


class Logging(HashedWords):
    """Says which texts are embedded, a batch at a time, and takes its time for each."""

    def __init__(self, log):
        super().__init__(DIMENSIONS)
        self._log = log

    def embed_documents(self, texts):
        with self._log.open("a") as log:
            log.write(json.dumps(list(texts)) + "\n")
        time.sleep(0.002 * len(texts))
        return super().embed_documents(texts)


def fill(library, embedder):
    """Fill as Longread does, in small batches."""
    filling._LARGEST_BATCH = 8
    list(filling.fill(library._store, [DOCUMENT.id], embedder))


def fill_at_the_end(library, embedder):
    """Make the mistake that is there to be found: keep everything when all is made."""
    store, kept = library._store, []

    class Late:
        reading = store.reading
        writing = store.writing

    held, filling.keep_vectors = filling.keep_vectors, lambda *given: kept.append(given[1:])
    filling._LARGEST_BATCH = 8
    list(filling.fill(Late(), [DOCUMENT.id], embedder))
    filling.keep_vectors = held
    with store.writing() as connection:
        for model, texts, vectors in kept:
            keep_vectors(connection, model, texts, vectors)


def read(library):
    """Return the vectors that are there, and how many texts have none."""
    embedder = HashedWords(DIMENSIONS)
    with library._store.reading() as connection:
        (row,) = connection.execute("SELECT row FROM document").fetchone()
        vectors = read_vectors(connection, [row], embedder.model_id)
        return vectors, len(find_wanted(connection, [row], embedder.model_id))


def wrong(library, whole, log, kills):
    """Return what is wrong with what a child has left."""
    vectors, _ = read(library)
    there = (
        dict(zip(vectors.places, vectors.matrix[vectors.texts], strict=True))
        if len(vectors.texts)
        else {}
    )
    if vectors.damaged:
        return "a vector is damaged"
    if any(not np.array_equal(vector, whole[place]) for place, vector in there.items()):
        return "a vector is another"
    lines = log.read_text().splitlines() if log.exists() else []
    times = Counter(text for line in lines for text in json.loads(line))
    again = sum(count - 1 for count in times.values())
    return f"{again} texts embedded again" if again > 8 * kills else ""


def run(home, log, who, seconds):
    """Run one child; return whether it was killed."""
    child = os.fork()
    if child == 0:
        {"ours": fill, "naive": fill_at_the_end}[who](Library(home), Logging(log))
        os._exit(0)
    if seconds:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in {0, -signal.SIGKILL}, ended
    return ended != 0


def main(scratch, who, trials):
    """Run the children and print a line for each."""
    template, home, log = (Path(scratch) / name for name in ("template", "home", "log"))
    library = Library(template)
    library.keep(DOCUMENT)
    shutil.copytree(template, home)
    began = time.monotonic()
    run(home, log, "ours", 0)
    seconds = time.monotonic() - began
    vectors, missing = read(Library(home))
    assert not missing
    whole = dict(zip(vectors.places, vectors.matrix[vectors.texts], strict=True))
    random_, killed, kills = random.Random(trials), False, 0
    for _ in range(int(trials)):
        if not killed:  # the last one got to the end
            shutil.rmtree(home)
            shutil.copytree(template, home)
            log.unlink(missing_ok=True)
            kills = 0
        killed = run(home, log, who, random_.uniform(0, seconds / 2))
        kills += killed
        found = wrong(Library(home), whole, log, kills)
        if not killed and read(Library(home))[1]:
            found = "passages are without a vector"
        print(json.dumps([killed, found]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
