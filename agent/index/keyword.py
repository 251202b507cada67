"""BM25 over the passages of chosen documents, from postings kept in the library.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
with the inverse document frequency of Lucene, log(1 + (N - df + 0.5) / (df + 0.5)), which is never
negative. N, df and the mean length are counted over the documents that are searched, so that a
document answers the same whatever else the library holds.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.document import Span
from agent.index.base import Hit
from agent.index.words import split_words, to_terms
from agent.passage import Passage

K1 = 1.2  # how soon a repeated word stops adding
B = 0.75  # how much a long passage is held back
_NUMBERS = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Postings:
    """One document's words, ready to be stored.

    Attributes:
        rows: for each term `(term, passages, counts)`: in which passages it stands and how often,
            as two arrays of little-endian uint32 in bytes.
        lengths: words in each passage, an array of uint32 in bytes.
    """

    rows: list[tuple[str, bytes, bytes]]
    lengths: bytes


class _Vocabulary(dict[str, int]):
    """Numbers words in the order in which they are first met."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


def make_postings(texts: Iterable[str], language: str) -> Postings:
    """Index the passages of one document, given their texts in reading order."""
    words, terms = _Vocabulary(), _Vocabulary()
    numbered = [np.fromiter(map(words.__getitem__, split_words(text)), np.int64) for text in texts]
    lengths = np.fromiter(map(len, numbered), np.int64, len(numbered))
    term_of_word = np.fromiter(map(terms.__getitem__, to_terms(list(words), language)), np.int64)
    if not len(term_of_word):
        return Postings([], _to_bytes(lengths))
    # One number for each (term, passage): sorting it groups by term and keeps reading order.
    passage_of_word = np.repeat(np.arange(len(lengths)), lengths)
    pairs = term_of_word[np.concatenate(numbered)] * len(lengths) + passage_of_word
    pairs, counts = np.unique(pairs, return_counts=True)
    term_of_pair, passages = np.divmod(pairs, len(lengths))
    starts = np.searchsorted(term_of_pair, np.arange(1, len(terms)))
    columns = zip(terms, np.split(passages, starts), np.split(counts, starts), strict=True)
    return Postings(
        sorted((t, _to_bytes(p), _to_bytes(c)) for t, p, c in columns), _to_bytes(lengths)
    )


def _to_bytes(numbers: NDArray[np.int64]) -> bytes:
    return numbers.astype(_NUMBERS).tobytes()


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One searched document: its row number, its words' lengths, where its passages begin."""

    row: int
    language: str
    lengths: NDArray[np.uint32]
    offset: int


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a term stands in one document: (row, term), in which passages and how often in each."""

    key: tuple[int, str]
    passages: NDArray[np.int64]
    counts: NDArray[np.uint32]


class KeywordIndex:
    """BM25 search over some documents of a library.

    Args:
        connection: the library's database.
        rows: the row numbers of the documents to search.
    """

    def __init__(self, connection: sqlite3.Connection, rows: Sequence[int]) -> None:
        self._connection = connection
        self._shelves = self._open_shelves(rows)
        lengths = [shelf.lengths for shelf in self._shelves]
        self._lengths = np.concatenate(lengths) if lengths else np.empty(0, _NUMBERS)

    def _open_shelves(self, rows: Sequence[int]) -> list[_Shelf]:
        shelves, offset = [], 0
        for row in rows:
            found = self._connection.execute(
                "SELECT language, passage_words FROM document WHERE row = ?",
                (row,),
            ).fetchone()
            lengths = np.frombuffer(found[1], dtype=_NUMBERS)
            shelves.append(_Shelf(row, found[0], lengths, offset))
            offset += len(lengths)
        return shelves

    def search(self, query: str, k: int) -> list[Hit]:
        """Return at most `k` passages that hold words of `query`, best first.

        Equal scores come in reading order, documents in the order they were given. Words that are
        one term in a document ("pump pumps" in English) count once there.
        """
        scores = np.zeros(len(self._lengths))
        rarities = {}
        counted: set[tuple[int, str]] = set()
        for word in dict.fromkeys(split_words(query)):
            postings = [self._postings(shelf, word) for shelf in self._shelves]
            rarities[word] = self._rarity(sum(len(each.passages) for each in postings))
            for each in postings:
                if each.key not in counted:
                    saturated = self._saturate(each.passages, each.counts)
                    scores[each.passages] += rarities[word] * saturated
            counted.update(each.key for each in postings)
        best = np.argsort(-scores, kind="stable")[:k]
        return [self._hit(int(i), float(scores[i]), rarities) for i in best if scores[i] > 0]

    def _postings(self, shelf: _Shelf, word: str) -> _Found:
        (term,) = to_terms([word], shelf.language)
        key = shelf.row, term
        row = self._connection.execute(
            "SELECT passages, counts FROM posting WHERE document = ? AND term = ?", key
        ).fetchone()
        numbers, counts = (np.frombuffer(column, _NUMBERS) for column in row or (b"", b""))
        return _Found(key, numbers.astype(np.int64) + shelf.offset, counts)

    def _saturate(
        self,
        passages: NDArray[np.int64],
        counts: NDArray[np.uint32],
    ) -> NDArray[np.float64]:
        """Return how far each count goes towards a full match, by the passages' lengths."""
        norm = 1 - B + B * self._lengths[passages] / self._lengths.mean()
        saturated: NDArray[np.float64] = counts * (K1 + 1) / (counts + K1 * norm)
        return saturated

    def _rarity(self, passages_with_word: int) -> float:
        """Return the inverse document frequency of a word, in natural-log units."""
        total = len(self._lengths)
        return float(np.log1p((total - passages_with_word + 0.5) / (passages_with_word + 0.5)))

    def _hit(self, place: int, score: float, rarities: dict[str, float]) -> Hit:
        shelf = next(s for s in reversed(self._shelves) if s.offset <= place and len(s.lengths))
        terms = to_terms(list(rarities), shelf.language)
        weights: dict[str, float] = {}
        for term, rarity in zip(terms, rarities.values(), strict=True):
            weights.setdefault(term, rarity)  # as in the score, the first word of a term counts
        return Hit(self._passage(shelf.row, place - shelf.offset), score, weights)

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
