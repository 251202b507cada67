"""Damage to the library's file: never served as if it were the text, and mended from the text."""

import random
import shutil
from unittest import mock

import numpy as np

from agent.errors import LibraryError
from agent.index.fill import fill
from agent.index.vectors import read_vectors
from agent.inspection import Fault
from agent.library import Library
from model.scripted import HashedWords
from tests.agent.test_check import OTHERS, STATION, spoil
from tests.faults.promise import Outcome, Promise

KINDS = ("zeros", "noise", "torn", "bit", "cut")
DOCUMENTS = (*OTHERS[:3], STATION, *OTHERS[3:])
EMBEDDER = HashedWords(64)


class Trusting(Library):
    """Makes the mistake that is there to be found: believes what it reads."""

    def document(self, identity):
        with mock.patch("agent.rows.digest_rows", return_value=mock.ANY):
            return super().document(identity)


def make(home):
    """Make a library whose passages have vectors; return the vectors by place."""
    library = Library(home)
    for document in DOCUMENTS:
        library.keep(document)
    list(fill(library._store, [document.id for document in DOCUMENTS], EMBEDDER))
    return vectors_of(library)


def vectors_of(library):
    with library._store.reading() as connection:
        rows = [row for (row,) in connection.execute("SELECT row FROM document ORDER BY row")]
        vectors = read_vectors(connection, rows, EMBEDDER.model_id)
    numbers = vectors.matrix[vectors.texts] if len(vectors.texts) else ()
    return dict(zip(vectors.places, numbers, strict=True))


def served(library, identity):
    """Return the text of a document, None if it is refused."""
    try:
        return library.document(identity).text
    except LibraryError:
        return None


def wrong(kind, home, sound):
    """Return what is wrong with what a damaged library serves, and with what is mended."""
    try:
        library = kind(home)
    except LibraryError:
        return ""  # refused as a whole
    try:
        found = {each.id for each in library.check() if isinstance(each, Fault)}
    except LibraryError:
        found = {""}
    for document in DOCUMENTS:
        text = served(library, document.id)
        if text is not None and text != document.text:
            return "another text is served"
        if text is None and not found & {"", document.id}:
            return "a text is not served, and no fault is named"
    try:
        there = vectors_of(library)
    except LibraryError:
        there = {}
    false = any(not np.array_equal(vector, sound.get(place)) for place, vector in there.items())
    if false and not found:
        return "another vector is served, and no fault is named"
    return mended(library) if found else ""


def mended(library):
    """Repair; return what is wrong then."""
    try:
        lost = {each.id for each in library.check(repair=True) if isinstance(each, Fault)
                and not each.mended}  # fmt: skip
        left = {each.id for each in library.check() if isinstance(each, Fault)}
    except LibraryError:
        return ""
    if "" in lost:
        return ""  # it says itself that the file cannot be saved
    if not left <= lost:
        return "it said to be mended, and is not"
    whole = all(served(library, each.id) == each.text for each in DOCUMENTS if each.id not in lost)
    return "" if whole else "a text is lost, and not named"


def tried(kind, count, folder):
    sound_home, home = folder / "sound", folder / "home"
    sound, broken = make(sound_home), []
    random_ = random.Random(count)  # the same each time
    for number in range(count):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(sound_home, home)
        spoil(home / "library.db", KINDS[number % len(KINDS)], random_)
        try:
            found = wrong(kind, home, sound)
        except Exception as error:  # noqa: BLE001  # a person would see a traceback
            found = f"{error!r} is raised"
        if found:
            broken.append(f"{KINDS[number % len(KINDS)]}: {found}")
    return Outcome(count, tuple(broken))


def ours(count, folder):
    return tried(Library, count, folder)


def control(_count, folder):
    return tried(Trusting, 60, folder)


PROMISE = Promise(
    "What was damaged on the disk is not served: it is found, named, and made anew from the text",
    "a page of the library's file is overwritten with zeros or noise, torn, cut off, or has a bit "
    "flipped; texts and vectors that are served must be those of the sound file, then it is "
    "repaired",
    ours, control, "believes what it reads", 40, 1_600,
)  # fmt: skip
