"""Shelves: the searched passages of each document, as they are stored in the library."""

import bisect
import functools
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.document import Span
from agent.index.postings import NUMBERS
from agent.index.terms import prefix_terms
from agent.passage import Passage

Pages = tuple[int, int]
"""Physical page numbers from 1: the first and the last."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where something stands: numbers of passages among all that are searched, and how often."""

    passages: NDArray[np.int64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)  # no slots: one attribute is worked out when needed
class Shelf:
    """The passages of one document that are searched: `first` and on, as many as `lengths`.

    Attributes:
        connection: the library's database.
        row: the document's row in it.
        language: whose words the document was indexed with.
        lengths: words of each passage.
        first: number of the first passage in the document.
        total: passages of the whole document.
        offset: number of the first passage among all that are searched.
    """

    connection: sqlite3.Connection
    row: int
    language: str
    lengths: NDArray[np.uint32]
    first: int
    total: int
    offset: int

    def find(self, term: str) -> Found:
        """Return where `term` stands."""
        lines = self.connection.execute(
            "SELECT passages, counts FROM posting WHERE document = ? AND term = ?",
            (self.row, term),
        )
        return self._place(lines.fetchall())

    def find_prefix(self, prefix: str) -> Found:
        """Return where words begin with `prefix`; each passage once.

        A word stands there as it is written and as its stem; the larger count is about right.
        """
        counts = np.zeros(len(self.lengths), np.int64)
        for beginning in prefix_terms(prefix, self.language):
            lines = self.connection.execute(
                "SELECT passages, counts FROM posting"
                " WHERE document = ?1 AND term >= ?2 AND term < ?3",
                (self.row, beginning, beginning + "\U0010ffff"),
            )
            found = self._place(lines.fetchall())
            places = found.passages - self.offset
            counts = np.maximum(counts, np.bincount(places, found.counts, len(counts)))
        places = np.flatnonzero(counts)
        return Found(places + self.offset, counts[places])

    def _place(self, lines: Sequence[tuple[bytes, bytes]]) -> Found:
        """Number the passages among all that are searched; leave out those that are not.

        Raises:
            ValueError: if the postings tell of a passage that the document does not have.
        """
        passages = np.frombuffer(b"".join(line[0] for line in lines), NUMBERS).astype(np.int64)
        if (passages >= self.total).any():
            raise ValueError("a term stands beyond the last passage")
        counts = np.frombuffer(b"".join(line[1] for line in lines), NUMBERS).astype(np.int64)
        places = passages - self.first
        inside = (places >= 0) & (places < len(self.lengths))
        return Found(places[inside] + self.offset, counts[inside])

    def passage(self, place: int) -> Passage:
        """Return the passage of this number among all that are searched."""
        number = place - self.offset + self.first
        return load_passages(self.connection, self.row, number, number)[0]

    def text(self, place: int) -> str:
        """Return the words of the passage of this number among all that are searched."""
        span = self.passage(place).span
        numbers = range(1, self._pages + 1)
        first = bisect.bisect_right(numbers, span.start, key=self._page_start)
        last = bisect.bisect_left(numbers, span.end, key=self._page_start)
        pages = self.connection.execute(
            "SELECT text FROM page WHERE document = ? AND number BETWEEN ? AND ? ORDER BY number",
            (self.row, first, last),
        )
        text = "".join(page for (page,) in pages)
        at = span.start - self._page_start(first)
        return text[at : at + span.end - span.start]

    @functools.cached_property
    def _pages(self) -> int:
        """How many pages there are: the number of the last."""
        (last,) = self.connection.execute(
            "SELECT max(number) FROM page WHERE document = ?", (self.row,)
        ).fetchone()
        return int(last or 0)

    @functools.cached_property
    def _starts(self) -> dict[int, int]:
        """Where pages begin, by number, of those that were looked up."""
        return {}

    def _page_start(self, number: int) -> int:
        """Return where a page begins; a dozen such look-ups find one of thousands."""
        if number not in self._starts:
            (start,) = self.connection.execute(
                "SELECT start FROM page WHERE document = ? AND number = ?", (self.row, number)
            ).fetchone()
            self._starts[number] = int(start)
        return self._starts[number]


def shelf_of(shelves: Sequence[Shelf], place: int) -> int:
    """Return which shelf holds the passage of this number among all that are searched."""
    return bisect.bisect_right(shelves, place, key=lambda shelf: shelf.offset) - 1


def open_shelves(
    connection: sqlite3.Connection, rows: Sequence[int], pages: Pages | None
) -> list[Shelf]:
    """Return a shelf for each document, in order, with the passages that touch `pages`."""
    shelves, offset = [], 0
    for row in rows:
        language, words = connection.execute(
            "SELECT language, passage_words FROM document WHERE row = ?", (row,)
        ).fetchone()
        lengths = np.frombuffer(words, dtype=NUMBERS)
        first, end = _on_pages(connection, row, pages) if pages else (0, len(lengths))
        shelves.append(
            Shelf(connection, row, language, lengths[first:end], first, len(lengths), offset)
        )
        offset += end - first
    return shelves


def _on_pages(connection: sqlite3.Connection, row: int, pages: Pages) -> tuple[int, int]:
    """Return the numbers of the first passage that touches the pages and of the one behind."""
    first, end = connection.execute(
        "SELECT min(passage.number), max(passage.number) + 1 FROM passage JOIN page"
        " ON page.document = passage.document"
        " AND page.start < passage.end AND passage.start < page.end"
        " WHERE passage.document = ? AND page.number BETWEEN ? AND ?",
        (row, *pages),
    ).fetchone()
    return (0, 0) if first is None else (first, end)


def load_passages(connection: sqlite3.Connection, row: int, first: int, last: int) -> list[Passage]:
    """Return the passages of a document from number `first` to `last`, those there are."""
    lines = connection.execute(
        "SELECT document.id, start, end, number, passage.tokens, heading_path FROM passage"
        " JOIN document ON document.row = passage.document"
        " WHERE passage.document = ? AND number BETWEEN ? AND ? ORDER BY number",
        (row, first, last),
    )
    return [
        Passage(Span(document, start, end), number, tokens, tuple(path.split("\n")) if path else ())
        for document, start, end, number, tokens, path in lines
    ]
