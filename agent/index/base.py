"""What every index does: given words, return the passages that hold them, best first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from agent.document import Span
from agent.passage import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        passage: the place.
        score: higher is better; comparable within one search only.
        weights: the words of the query as they are compared in the passage's document, found in
            this passage or not, each with its inverse document frequency in what was searched.
        others: where else the same words stand as a passage; they are no hits of their own.
    """

    passage: Passage
    score: float
    weights: Mapping[str, float] = field(default_factory=dict)
    others: tuple[Span, ...] = ()


class Index(Protocol):
    """Keyword, dense and fused look the same to a strategy."""

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most `k` hits, best first; ties in reading order."""
        ...
