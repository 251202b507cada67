"""What every index does: given words, return the passages that hold them, best first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from agent.passage import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        passage: the place.
        score: higher is better; comparable within one search only.
        weights: the index terms of the query, found in this passage or not, each with its
            inverse document frequency in what was searched.
    """

    passage: Passage
    score: float
    weights: Mapping[str, float] = field(default_factory=dict)


class Index(Protocol):
    """Keyword, dense and fused look the same to a strategy."""

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most `k` hits, best first; ties in reading order."""
        ...
