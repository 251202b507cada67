"""Vectors of passages, kept in the library under what they were made of.

A vector belongs to a text and a model, not to a place: the same text is never embedded twice, in
whichever document it stands. Each row carries a digest, and a row that does not match it counts as
not there, so that it is found and made again. Half precision loses nothing: recall on COVID-QA and
XQuAD is the same to the third digit as with 32 bits (docs/log.md).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_NUMBERS = np.dtype("<f2")
_DIGEST_BYTES = 16
_VARIABLES = 500  # in one statement; SQLite before 3.32 allowed 999


class Embedder(Protocol):
    """A langchain-core `Embeddings` that says which vectors it makes.

    Attributes:
        model_id: names weights and settings; other vectors have another id.
        languages: those it is made for, such as {"en"}; empty for many or if it does not say.
    """

    @property
    def model_id(self) -> str: ...  # noqa: D102
    @property
    def languages(self) -> frozenset[str]: ...  # noqa: D102

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector of length 1 for each passage."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of length 1 of a question."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text that has no sound vector yet.

    Attributes:
        hash: of the text.
        place: `(document row, passage number)` of one passage that holds it.
        passages: how many of the passages that were asked about hold it.
        damaged: whether there was a vector that does not match its digest.
    """

    hash: bytes
    place: tuple[int, int]
    passages: int
    damaged: bool


@dataclass(frozen=True, slots=True)
class Vectors:
    """What is known of some documents' passages.

    Attributes:
        matrix: one unit vector a distinct text, (texts, dimensions), float32.
        texts: for each passage that has a vector its row in `matrix`, in reading order.
        places: `(document row, passage number)` of each of these passages.
        passages: all passages of the documents, with a vector or without.
        damaged: passages whose vector does not match its digest.
    """

    matrix: NDArray[np.float32]
    texts: NDArray[np.int64]
    places: tuple[tuple[int, int], ...]
    passages: int
    damaged: int

    @property
    def covered(self) -> float:
        """The share of the passages that have a vector, from 0 to 1."""
        return len(self.places) / self.passages if self.passages else 1.0


def name_passages(connection: sqlite3.Connection, row: int) -> None:
    """Note the hash of each passage's text of a document, unless that was done before."""
    (named,) = connection.execute(
        "SELECT count(*) FROM passage_text WHERE document = ?", (row,)
    ).fetchone()
    if named == count_passages(connection, [row]):
        return
    text = read_text(connection, row)
    spans = connection.execute(
        "SELECT number, start, end FROM passage WHERE document = ? ORDER BY number", (row,)
    )
    connection.executemany(
        "INSERT OR REPLACE INTO passage_text (document, number, hash) VALUES (?, ?, ?)",
        [(row, number, hash_text(text[start:end])) for number, start, end in spans],
    )


def hash_text(text: str) -> bytes:
    """Return the key of a text."""
    return sha256(text.encode()).digest()


def read_text(connection: sqlite3.Connection, row: int) -> str:
    """Return the canonical text of a document."""
    pages = connection.execute("SELECT text FROM page WHERE document = ? ORDER BY number", (row,))
    return "".join(text for (text,) in pages)


def count_passages(connection: sqlite3.Connection, rows: Sequence[int]) -> int:
    """Count the passages of some documents."""
    count = "SELECT count(*) FROM passage WHERE document = ?"
    return sum(connection.execute(count, (row,)).fetchone()[0] for row in rows)


def read_vectors(connection: sqlite3.Connection, rows: Sequence[int], model: str) -> Vectors:
    """Read the vectors of some documents, the documents in the order given."""
    numbers: dict[bytes, bytes] = {}
    order: dict[bytes, int] = {}
    places, texts, damaged = [], [], 0
    for place, key, found, digest in _lines(connection, rows, model):
        if found is None:
            continue
        if key not in order:
            if digest != _digest(key, model, found):
                damaged += 1
                continue
            order[key] = len(order)
            numbers[key] = found
        places.append(place)
        texts.append(order[key])
    flat = np.frombuffer(b"".join(numbers.values()), _NUMBERS).astype(np.float32)
    return Vectors(
        flat.reshape(len(numbers), -1) if numbers else np.empty((0, 0), np.float32),
        np.array(texts, np.int64),
        tuple(places),
        count_passages(connection, rows),
        damaged,
    )


def find_wanted(connection: sqlite3.Connection, rows: Sequence[int], model: str) -> list[Wanted]:
    """Return the texts of some documents that have no sound vector, in reading order."""
    wanted: dict[bytes, Wanted] = {}
    for place, key, found, digest in _lines(connection, rows, model):
        if key in wanted:
            first = wanted[key]
            wanted[key] = Wanted(key, first.place, first.passages + 1, first.damaged)
        elif found is None or digest != _digest(key, model, found):
            wanted[key] = Wanted(key, place, 1, found is not None)
    return list(wanted.values())


def find_made(connection: sqlite3.Connection, keys: Sequence[bytes], model: str) -> set[bytes]:
    """Return which of these texts have a sound vector by now."""
    made: set[bytes] = set()
    for start in range(0, len(keys), _VARIABLES):
        part = keys[start : start + _VARIABLES]
        marks = ", ".join("?" * len(part))
        rows = connection.execute(
            f"SELECT hash, numbers, digest FROM vector WHERE model = ? AND hash IN ({marks})",  # noqa: S608  question marks
            (model, *part),
        )
        made.update(key for key, found, digest in rows if digest == _digest(key, model, found))
    return made


def keep_vectors(
    connection: sqlite3.Connection,
    model: str,
    texts: Iterable[Wanted],
    vectors: NDArray[np.float32],
) -> None:
    """Keep the vectors of texts, (texts, dimensions), if their passages are still there."""
    there = "SELECT 1 FROM passage_text WHERE document = ? AND number = ? AND hash = ?"
    for text, vector in zip(texts, vectors, strict=True):
        # What was removed meanwhile must leave nothing behind.
        if connection.execute(there, (*text.place, text.hash)).fetchone():
            numbers = vector.astype(_NUMBERS).tobytes()
            connection.execute(
                "INSERT OR REPLACE INTO vector (hash, model, numbers, digest) VALUES (?, ?, ?, ?)",
                (text.hash, model, numbers, _digest(text.hash, model, numbers)),
            )


def forget_unused(connection: sqlite3.Connection) -> None:
    """Delete the vectors of texts that stand in no document any more."""
    connection.execute("DELETE FROM vector WHERE hash NOT IN (SELECT hash FROM passage_text)")


def read_stamp(connection: sqlite3.Connection, rows: Sequence[int]) -> tuple[object, ...]:
    """Return a value that changes when `read_vectors` of these documents would."""
    counters = connection.execute(
        "SELECT seq FROM sqlite_sequence WHERE name IN ('passage_text', 'vector') ORDER BY name"
    ).fetchall()
    added = "SELECT id, added FROM document WHERE row = ?"
    return (*counters, *((row, *connection.execute(added, (row,)).fetchone()) for row in rows))


def _lines(
    connection: sqlite3.Connection, rows: Sequence[int], model: str
) -> Iterator[tuple[tuple[int, int], bytes, bytes | None, bytes]]:
    """Yield `(place, hash, numbers, digest)` of each named passage; None where there is none."""
    for row in rows:
        lines = connection.execute(
            "SELECT number, passage_text.hash, numbers, digest FROM passage_text"
            " LEFT JOIN vector ON vector.hash = passage_text.hash AND model = ?"
            " WHERE document = ? ORDER BY number",
            (model, row),
        )
        for number, key, numbers, digest in lines:
            yield (row, number), key, numbers, digest


def _digest(key: bytes, model: str, numbers: bytes) -> bytes:
    return blake2b(b"".join((key, model.encode(), numbers)), digest_size=_DIGEST_BYTES).digest()
