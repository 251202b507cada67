"""Search by meaning: the passages whose vectors are nearest to the question's, from memory.

The vectors come from the library and the index is built anew from them: an index file of FAISS has
no checksum. What has no vector yet is not found here, and `covered` says how much that is.
"""

import sqlite3
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from agent.document import Span
from agent.index.base import Hit
from agent.index.vectors import Embedder, Vectors, read_stamp, read_vectors
from agent.passage import Passage

if TYPE_CHECKING:
    import faiss

APPROXIMATE_FROM: Final = 400_000
"""Texts, about a hundred million tokens. Below, looking at all of them takes at most 25 ms and a
clustered index some 15 seconds to build (docs/log.md)."""

PROBED_SHARE: Final = 0.1
"""Of the clusters; finds over 99 of 100 of the true 20 nearest (docs/log.md)."""

OWN_WEIGHT: Final = 0.3
"""Of meaning against words, in the languages the model is made for (docs/log.md)."""

FOREIGN_WEIGHT: Final = 0.0
"""In all others: words alone. At 0.1 nine languages are level with that in the mean, but Arabic and
Russian lose .006 of MRR (docs/log.md), and no language is to lose by it."""

_TRAINED_A_CLUSTER = 64  # vectors; more made clustering slower and recall no better
_KEPT_INDEXES = 4


class Nearest:
    """Finds the nearest of the vectors in memory.

    Args:
        matrix: unit vectors, (texts, dimensions), float32.
        approximate_from: how many of them it takes before some are left out of the comparison.
    """

    def __init__(
        self, matrix: NDArray[np.float32], approximate_from: int = APPROXIMATE_FROM
    ) -> None:
        self.is_exact: Final = len(matrix) < approximate_from
        self._index = _build_flat(matrix) if self.is_exact else _build_clusters(matrix)

    def find(
        self, query: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the numbers and the cosines of at most `k` vectors, the nearest first."""
        k = min(k, self._index.ntotal)
        if k < 1:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, numbers = self._index.search(query[None].astype(np.float32), k)
        found = numbers[0] >= 0  # the clusters looked at may hold less than k
        return numbers[0][found], scores[0][found]


def _build_flat(matrix: NDArray[np.float32]) -> "faiss.IndexFlatIP":
    import faiss  # noqa: PLC0415  compiled code, not needed before

    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(matrix)
    return index


def _build_clusters(matrix: NDArray[np.float32]) -> "faiss.IndexIVFFlat":
    """Cluster the vectors; the same vectors give the same index."""
    import faiss  # noqa: PLC0415  compiled code, not needed before

    clusters = max(1, int(2 * len(matrix) ** 0.5))
    dimensions = matrix.shape[1]
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(dimensions), dimensions, clusters, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.max_points_per_centroid = _TRAINED_A_CLUSTER
    index.cp.min_points_per_centroid = 1  # it only warns
    index.train(matrix)
    index.add(matrix)
    index.nprobe = max(1, round(PROBED_SHARE * clusters))
    return index


class _Shelf:
    """The vectors of some documents, searchable; holds no connection."""

    def __init__(self, vectors: Vectors, approximate_from: int) -> None:
        self.vectors = vectors
        self.nearest = Nearest(vectors.matrix, approximate_from)
        self.places = frozenset(vectors.places)
        # Passages by text: those of text t are order[starts[t] : starts[t + 1]], in reading order.
        self.order = np.argsort(vectors.texts, kind="stable")
        counts = np.bincount(vectors.texts, minlength=len(vectors.matrix))
        self.starts = np.concatenate([[0], np.cumsum(counts)])

    def find(self, query: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """Return at most `k` passages as `(index into places, cosine)`, the nearest first.

        The same text in several places comes in reading order.
        """
        found: list[tuple[int, float]] = []
        for text, score in zip(*self.nearest.find(query, k), strict=True):
            same = self.order[self.starts[text] : self.starts[text + 1]]
            found += [(int(index), float(score)) for index in same]
        return found[:k]


class DenseIndex:
    """Search by meaning over some documents of a library.

    Args:
        connection: the library's database.
        rows: the row numbers of the documents to search.
        embedder: gave the vectors, and gives the question's.
        approximate_from: see `Nearest`.
        shelf: the vectors, if they were read before.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        rows: Sequence[int],
        embedder: Embedder,
        *,
        approximate_from: int = APPROXIMATE_FROM,
        shelf: _Shelf | None = None,
    ) -> None:
        self._connection = connection
        self._embedder = embedder
        self.shelf = shelf or _Shelf(
            read_vectors(connection, rows, embedder.model_id), approximate_from
        )
        document = "SELECT id, row, language FROM document WHERE row = ?"
        lines = [connection.execute(document, (row,)).fetchone() for row in rows]
        self._rows = {identity: row for identity, row, _ in lines}
        self._languages = {identity: language for identity, _, language in lines}

    @property
    def covered(self) -> float:
        """The share of the documents' passages that can be found, from 0 to 1."""
        return self.shelf.vectors.covered

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most `k` passages, the nearest in meaning first; scores are cosines."""
        vectors = self.shelf.vectors
        if not vectors.places:
            return []
        vector = np.asarray(self._embedder.embed_query(query), np.float32)
        found = self.shelf.find(vector, k)
        return [Hit(self._passage(*vectors.places[index]), score) for index, score in found]

    def weight(self, passage: Passage) -> float:
        """Return how much meaning counts against words in judging this passage, from 0 to 1."""
        identity = passage.span.document
        if (self._rows[identity], passage.number) not in self.shelf.places:
            return 0.0
        made_for = self._embedder.languages
        own = not made_for or self._languages[identity] in made_for
        return OWN_WEIGHT if own else FOREIGN_WEIGHT

    def _passage(self, row: int, number: int) -> Passage:
        document, start, end, tokens, path = self._connection.execute(
            "SELECT document.id, start, end, passage.tokens, heading_path FROM passage"
            " JOIN document ON document.row = passage.document"
            " WHERE passage.document = ? AND number = ?",
            (row, number),
        ).fetchone()
        return Passage(
            Span(document, start, end), number, tokens, tuple(path.split("\n")) if path else ()
        )


class DenseIndexes:
    """Opens dense indexes, and keeps the vectors of the last few in memory while they are current.

    May be used by several threads.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.embedder: Final = embedder
        # Under the documents' rows the stamp and the vectors, the last used at the end.
        self._kept: dict[tuple[int, ...], tuple[tuple[object, ...], _Shelf]] = {}
        self._lock = Lock()

    def open(self, connection: sqlite3.Connection, rows: Sequence[int]) -> DenseIndex:
        """Open the index of some documents as the connection's transaction sees them."""
        key, stamp = tuple(rows), read_stamp(connection, rows)
        with self._lock:
            # It stays here meanwhile: another thread that searches the same needs it too.
            kept = self._kept.get(key)
        shelf = kept[1] if kept and kept[0] == stamp else None
        index = DenseIndex(connection, rows, self.embedder, shelf=shelf)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = stamp, index.shelf
            while len(self._kept) > _KEPT_INDEXES:
                del self._kept[next(iter(self._kept))]
        return index
