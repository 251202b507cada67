"""Judge the best passages again with a model that reads question and passage together.

Slower than any index by far, so it sees a few dozen passages only. Off unless someone names a
model.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from agent.index.base import Hit, Index
from agent.passage import Passage

DEPTH: Final = 50
"""Passages that are judged again."""


class Reranker(Protocol):
    """Says how well texts answer a question."""

    def score(self, query: str, texts: list[str]) -> list[float]:
        """Return a score for each text; higher is better."""
        ...


class RerankedIndex:
    """Another index's hits in the order of a reranker.

    Args:
        index: finds the passages.
        reranker: judges them.
        read: returns a passage's text.
        depth: how many of the hits are judged; at least as many as are asked for.
    """

    def __init__(
        self, index: Index, reranker: Reranker, read: Callable[[Passage], str], depth: int = DEPTH
    ) -> None:
        self._index = index
        self._reranker = reranker
        self._read = read
        self._depth = depth

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most `k` hits, best first, scored by the reranker; ties as they were found."""
        hits = self._index.search(query, max(k, self._depth))
        if not hits:
            return []
        scores = self._reranker.score(query, [self._read(hit.passage) for hit in hits])
        judged = [replace(hit, score=score) for hit, score in zip(hits, scores, strict=True)]
        return sorted(judged, key=lambda hit: -hit.score)[:k]
