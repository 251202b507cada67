"""Give passages their vectors, little by little, behind a library that can be searched already."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from agent.index.vectors import (
    Embedder,
    Wanted,
    count_passages,
    find_made,
    find_wanted,
    hash_text,
    keep_vectors,
    name_passages,
    read_text,
)

_FIRST_BATCH = 8  # texts, until their time is known
_LARGEST_BATCH = 512
_SECONDS = (0.4, 1.0)  # a batch that took less is doubled, one that took more is halved


class Database(Protocol):
    """Where vectors are kept: `agent.store.Store`."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection in a read transaction."""
        ...

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection in a write transaction: all of it is kept, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Filling:
    """How far it is.

    Attributes:
        done: passages that have a vector.
        total: all passages of the documents.
        repaired: texts whose vector did not match its digest and is made anew in this run.
    """

    done: int
    total: int
    repaired: int = 0


def fill(database: Database, documents: Sequence[str], embedder: Embedder) -> Iterator[Filling]:
    """Embed the passages that have no vector; close the iterator to stop.

    Yields before the first batch and after each, which is every second or so on any machine. What
    was yielded is kept: another run goes on from there. No transaction is open while the model
    works, and a document that is removed or replaced meanwhile is left alone.

    Args:
        database: the library's.
        documents: whole ids, the most urgent first; unknown ones are passed over.
        embedder: gives the vectors.
    """
    rows = _name(database, documents)
    with database.reading() as connection:
        wanted = find_wanted(connection, rows, embedder.model_id)
        total = count_passages(connection, rows)
    done = total - sum(text.passages for text in wanted)
    repaired = sum(text.damaged for text in wanted)
    yield Filling(done, total, repaired)
    size = _FIRST_BATCH
    read = _TextReader(database)
    while wanted:
        batch, wanted = wanted[:size], wanted[size:]
        began = time.monotonic()
        _embed(database, batch, embedder, read)
        size = _next_size(size, time.monotonic() - began)
        done += sum(text.passages for text in batch)
        yield Filling(done, total, repaired)


def _name(database: Database, documents: Sequence[str]) -> list[int]:
    """Return the documents' rows, the hashes of their texts noted."""
    rows = []
    for identity in dict.fromkeys(documents):
        with database.writing() as connection:
            found = connection.execute(
                "SELECT row FROM document WHERE id = ?", (identity,)
            ).fetchone()
            if found:
                name_passages(connection, found[0])
                rows.append(int(found[0]))
    return rows


def _embed(
    database: Database,
    batch: Sequence[Wanted],
    embedder: Embedder,
    read: Callable[[tuple[int, int]], str],
) -> None:
    """Embed and keep a batch, less what another process has embedded meanwhile."""
    with database.reading() as connection:
        made = find_made(connection, [text.hash for text in batch], embedder.model_id)
    texts = {text: read(text.place) for text in batch if text.hash not in made}
    # A document that was replaced meanwhile holds another text there.
    left = [text for text in texts if hash_text(texts[text]) == text.hash]
    if not left:
        return
    vectors = embedder.embed_documents([texts[text] for text in left])
    with database.writing() as connection:
        keep_vectors(connection, embedder.model_id, left, np.asarray(vectors, np.float32))


class _TextReader:
    """Reads passages' texts, one document at a time in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._row = -1
        self._text = ""
        self._spans: dict[int, tuple[int, int]] = {}

    def __call__(self, place: tuple[int, int]) -> str:
        row, number = place
        if row != self._row:
            with self._database.reading() as connection:
                spans = connection.execute(
                    "SELECT number, start, end FROM passage WHERE document = ?", (row,)
                )
                self._spans = {number: (start, end) for number, start, end in spans}
                self._text, self._row = read_text(connection, row), row
        start, end = self._spans.get(number, (0, 0))
        return self._text[start:end]


def _next_size(size: int, seconds: float) -> int:
    shortest, longest = _SECONDS
    if seconds > longest:
        return max(1, size // 2)
    return min(_LARGEST_BATCH, 2 * size) if seconds < shortest else size
