"""Words and meaning in one ranking: a weighted sum of both scores.

Each list's scores are brought to 0..1 (BM25 by its best, cosines between the list's least and best)
and added with the weight that the dense index gives each passage. Sum of scores instead of ranks:
Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023), found it the
better of the two. Here, too, reciprocal ranks (Cormack, Clarke and Büttcher 2009) came out below
keywords alone: a weak second ranking pulls strong hits down, whatever the scores say (docs/log.md).

A passage that has no vector yet is judged by its words alone, with full weight. So a document whose
vectors are half made is searched no worse than without them.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from agent.index.base import Hit, Index
from agent.passage import Passage

DEPTH: Final = 100
"""How far down each list is read; 50 is a little worse, 200 no better (docs/log.md)."""


class WeighedIndex(Index, Protocol):
    """An index that says how far its word counts for a passage."""

    def weight(self, passage: Passage) -> float:
        """Return the weight of its score against the other index's, from 0 to 1."""
        ...


class FusedIndex:
    """Searches by words and by meaning.

    Args:
        keyword: finds words; its hits' `weights` are passed on.
        dense: finds meaning, and weighs it.
        depth: how far down each list is read.
    """

    def __init__(self, keyword: Index, dense: WeighedIndex, depth: int = DEPTH) -> None:
        self._keyword = keyword
        self._dense = dense
        self._depth = depth

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most `k` passages, best first; scores are from 0 to 1.

        A passage that only the dense index found gets the term weights of the first keyword hit in
        its document, or else in any: they belong to the question, not to the passage.
        """
        depth = max(k, self._depth)
        words, meaning = self._keyword.search(query, depth), self._dense.search(query, depth)
        by_word, by_meaning = _scale_by_best(words), _scale_between(meaning)
        found = {_key(hit): hit for hit in (*reversed(meaning), *reversed(words))}
        weights = _weights_by_document(words)
        repeated = {(s.document, s.start) for hit in words for s in hit.others}
        fused = []
        for key in dict.fromkeys((*by_word, *by_meaning)):
            hit = found[key]
            share = self._dense.weight(hit.passage)
            score = (1 - share) * by_word.get(key, 0.0) + share * by_meaning.get(key, 0.0)
            terms = hit.weights or weights.get(key[0]) or weights.get("", {})
            is_repeated = (key[0], hit.passage.span.start) in repeated
            # What only meaning found, and meaning does not count for, is not found.
            if (share > 0 or key in by_word) and not is_repeated:
                fused.append(Hit(hit.passage, score, terms, hit.others))
        return sorted(fused, key=lambda hit: -hit.score)[:k]


def _key(hit: Hit) -> tuple[str, int]:
    return hit.passage.span.document, hit.passage.number


def _scale_by_best(hits: Sequence[Hit]) -> dict[tuple[str, int], float]:
    """Return scores as shares of the best one."""
    return {_key(hit): hit.score / hits[0].score for hit in hits}


def _scale_between(hits: Sequence[Hit]) -> dict[tuple[str, int], float]:
    """Return scores between 0 for the least and 1 for the best; 1 if all are equal."""
    if not hits:
        return {}
    best, least = hits[0].score, hits[-1].score
    room = best - least
    return {_key(hit): (hit.score - least) / room if room > 0 else 1.0 for hit in hits}


def _weights_by_document(hits: Sequence[Hit]) -> dict[str, Mapping[str, float]]:
    """Return the term weights of the first hit in each document, and of the first of all as ""."""
    weights = {"": hits[0].weights} if hits else {}
    for hit in hits:
        weights.setdefault(hit.passage.span.document, hit.weights)
    return weights
