"""A search as the library does it: by words, by meaning besides, the best judged again."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from agent.entries import find_row
from agent.errors import LibraryError
from agent.index.base import Hit, Index
from agent.index.dense import DenseIndexes
from agent.index.fuse import FusedIndex
from agent.index.keyword import KeywordIndex
from agent.index.query import parse_query
from agent.index.rerank import RerankedIndex, Reranker
from agent.index.shelf import open_shelves
from agent.index.vectors import Embedder
from agent.passage import Passage


class Searcher:
    """Searches documents of one library; may be used by several threads.

    Args:
        embedder: searches by meaning too; None for words alone.
        reranker: judges the best passages again; None for as they were found.
    """

    def __init__(self, embedder: Embedder | None, reranker: Reranker | None) -> None:
        self.embedder: Final = embedder
        self._dense = DenseIndexes(embedder) if embedder else None
        self._reranker = reranker

    def search(
        self,
        connection: sqlite3.Connection,
        query: str,
        documents: Sequence[str],
        k: int,
        pages: tuple[int, int] | None,
        *,
        operators: bool,
    ) -> list[Hit]:
        """Do what `Library.search` says."""
        with _damage_said():
            rows = [find_row(connection, identity) for identity in dict.fromkeys(documents)]
            words = KeywordIndex(connection, rows, pages)
            asked = parse_query(query, operators=operators)
            if asked.phrases or asked.prefixes:
                return words.search(query, k, operators=operators)
            index: Index = words
            if self._dense is not None and not pages:
                index = FusedIndex(words, self._dense.open(connection, rows))
            if self._reranker is not None:
                index = RerankedIndex(index, self._reranker, _Texts(connection, rows).of)
            return index.search(query, k)


def weights(
    connection: sqlite3.Connection, question: str, documents: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Do what `Library.weights` says."""
    with _damage_said():
        rows = [find_row(connection, identity) for identity in documents]
        return dict(zip(documents, KeywordIndex(connection, rows).weights(question), strict=True))


class _Texts:
    """Reads passages of some documents."""

    def __init__(self, connection: sqlite3.Connection, rows: Sequence[int]) -> None:
        self._connection = connection
        self._shelves = {shelf.row: shelf for shelf in open_shelves(connection, rows, None)}

    def of(self, passage: Passage) -> str:
        """Return the words of a passage."""
        shelf = self._shelves[find_row(self._connection, passage.span.document)]
        return shelf.text(shelf.offset + passage.number)


@contextlib.contextmanager
def _damage_said() -> Iterator[None]:
    """Say in a sentence that postings are damaged, however they fail to be read."""
    try:
        yield
    except (ValueError, IndexError, TypeError) as error:
        raise LibraryError(
            "the index in the library is damaged; `longread doctor --repair` makes it anew.",
        ) from error
