"""BM25 over the passages of chosen documents, from postings kept in the library.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
with the inverse document frequency of Lucene, log(1 + (N - df + 0.5) / (df + 0.5)), which is never
negative. N, df and the mean length are counted over the passages that are searched, so that a
document answers the same whatever else the library holds.
"""

import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from agent.index.base import Hit
from agent.index.postings import NUMBERS
from agent.index.query import Query, folded_words, holds_phrase, holds_prefix, parse_query
from agent.index.shelf import Found, Pages, open_shelves, shelf_of
from agent.index.terms import WRITTEN_SLOT, Term, asked_terms
from agent.index.words import split_units, to_terms
from agent.passage import Passage

K1 = 1.2  # how soon a repeated word stops adding
B = 0.75  # how much a long passage is held back


class KeywordIndex:
    """BM25 search over some documents of a library.

    Args:
        connection: the library's database.
        rows: the row numbers of the documents to search.
        pages: only passages that touch these pages are searched; all without.
    """

    def __init__(
        self, connection: sqlite3.Connection, rows: Sequence[int], pages: Pages | None = None
    ) -> None:
        self._connection = connection
        self._shelves = open_shelves(connection, rows, pages)
        lengths = [shelf.lengths for shelf in self._shelves]
        self._lengths = np.concatenate(lengths) if lengths else np.empty(0, NUMBERS)
        mean = self._lengths.mean() if self._lengths.any() else 1.0
        self._norms = K1 * (1 - B + B * self._lengths / mean)

    def search(self, query: str, k: int, *, operators: bool = False) -> list[Hit]:
        """Return at most `k` passages that hold words of `query`, best first.

        Equal scores come in reading order, documents in the order they were given. Forms of one
        word in a document ("pump pumps" in English) count once there, and passages of the same
        words are one hit.

        Args:
            query: words.
            k: the most hits to return.
            operators: whether "some words" asks for passages with these words next to each other
                and word* for all words that begin so; otherwise such marks mean nothing.
        """
        asked = parse_query(query, operators=operators)
        scores, weights = self._score_words(asked.words)
        for prefix in asked.prefixes:
            self._add_prefix(prefix, scores)
        order = np.argsort(-scores, kind="stable")
        places = map(int, order[: np.count_nonzero(scores > 0)])
        distinct = self._fold_duplicates(self._verified(places, asked), scores)
        return [
            self._hit(places, float(scores[places[0]]), weights)
            for places in itertools.islice(distinct, k)
        ]

    def weights(self, query: str) -> list[dict[str, float]]:
        """Return for each document the words of `query` as it holds them, and how rare each is."""
        return self._score_words(parse_query(query, operators=False).words)[1]

    def _score_words(self, query: str) -> tuple[NDArray[np.float64], list[dict[str, float]]]:
        """Return the passages' scores, and for each shelf the words asked and their rarities."""
        scores = np.zeros(len(self._lengths))
        weights: list[dict[str, float]] = [{} for _ in self._shelves]
        counted: dict[tuple[int, bool, str], float] = {}
        asked = [list(asked_terms(query, shelf.language)) for shelf in self._shelves]
        for word_on_shelves in zip(*asked, strict=True):
            slots: dict[str, list[tuple[int, Term]]] = {}
            for number, (_, _, terms) in enumerate(word_on_shelves):
                for term in terms:
                    slots.setdefault(term.slot, []).append((number, term))
            rarities: list[list[float]] = [[] for _ in self._shelves]
            for slot, terms_of_slot in slots.items():
                rarity = self._add_slot(terms_of_slot, counted, scores)
                for number, _ in terms_of_slot if slot != WRITTEN_SLOT else ():
                    rarities[number].append(rarity)
            for number, (word, is_side, _) in enumerate(word_on_shelves):
                if not is_side:  # the first form of a word counts, its pieces taken together
                    (term,) = to_terms([word], self._shelves[number].language)
                    weights[number].setdefault(term, fmean(rarities[number]))
        return scores, weights

    def _add_slot(
        self,
        terms: Sequence[tuple[int, Term]],
        counted: dict[tuple[int, bool, str], float],
        scores: NDArray[np.float64],
    ) -> float:
        """Add what matches of one slot count on all shelves, and return how rare they are."""
        found = [self._shelves[number].find(term.text) for number, term in terms]
        rarity = self._rarity(sum(len(each.passages) for each in found))
        for (number, term), each in zip(terms, found, strict=True):
            key = number, term.slot == WRITTEN_SLOT, term.text
            more = term.weight - counted.get(key, 0.0)
            if more > 0:
                scores[each.passages] += more * rarity * self._saturate(each)
                counted[key] = term.weight
        return rarity

    def _add_prefix(self, prefix: str, scores: NDArray[np.float64]) -> None:
        """Add what all words that begin with `prefix` count as if they were one."""
        found = [shelf.find_prefix(prefix) for shelf in self._shelves]
        rarity = self._rarity(sum(len(each.passages) for each in found))
        for each in found:
            scores[each.passages] += rarity * self._saturate(each)

    def _saturate(self, found: Found) -> NDArray[np.float64]:
        """Return how far each count goes towards a full match, by the passages' lengths."""
        counts = found.counts
        saturated: NDArray[np.float64] = counts * (K1 + 1) / (counts + self._norms[found.passages])
        return saturated

    def _rarity(self, passages_with_word: int) -> float:
        """Return the inverse document frequency of a word, in natural-log units."""
        total = len(self._lengths)
        return float(np.log1p((total - passages_with_word + 0.5) / (passages_with_word + 0.5)))

    def _verified(self, places: Iterable[int], asked: Query) -> Iterator[int]:
        """Yield the places whose text holds every phrase, and what was asked by prefixes alone."""
        prefixes = asked.prefixes if not split_units(asked.words) else ()
        for place in places:
            text = self._text(place) if asked.phrases or prefixes else ""
            if all(holds_phrase(text, phrase) for phrase in asked.phrases) and (
                not prefixes or any(holds_prefix(text, prefix) for prefix in prefixes)
            ):
                yield place

    def _fold_duplicates(
        self, places: Iterable[int], scores: NDArray[np.float64]
    ) -> Iterator[list[int]]:
        """Yield places best first, those of the same words together as one.

        The same words have the same score, so only among equal scores need texts be compared.
        """
        for _, equal in itertools.groupby(places, key=lambda place: round(float(scores[place]), 9)):
            first, *others = equal
            if not others:
                yield [first]
                continue
            folded: dict[str, str] = {}  # most copies are the same to the letter
            same: dict[str, list[int]] = {}
            for place in (first, *others):
                text = self._text(place)
                if text not in folded:
                    folded[text] = folded_words(text)
                same.setdefault(folded[text], []).append(place)
            yield from same.values()

    def _text(self, place: int) -> str:
        return self._shelves[shelf_of(self._shelves, place)].text(place)

    def _passage(self, place: int) -> Passage:
        return self._shelves[shelf_of(self._shelves, place)].passage(place)

    def _hit(self, places: list[int], score: float, weights: Sequence[dict[str, float]]) -> Hit:
        of_document = weights[shelf_of(self._shelves, places[0])]
        others = tuple(self._passage(place).span for place in places[1:])
        return Hit(self._passage(places[0]), score, of_document, others)
