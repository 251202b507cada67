"""Postings: in which passages of one document each term stands, ready to be stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from agent.index.terms import counts_as_word, indexed_terms
from agent.index.words import indexed_pieces

NUMBERS = np.dtype("<u4")


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


class Indexer:
    """Makes the postings of one document, a batch of passages after the other."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._words = _Vocabulary()
        self._numbered: list[NDArray[np.int64]] = []

    def add(self, texts: Iterable[str]) -> None:
        """Take in the texts of the passages that follow."""
        number = self._words.__getitem__
        self._numbered += [
            np.fromiter(map(number, indexed_pieces(text)), np.int64) for text in texts
        ]

    def postings(self) -> Postings:
        """Return what all of them make."""
        words, numbered = self._words, self._numbered
        sizes = np.fromiter(map(len, numbered), np.int64, len(numbered))
        if not words:
            return Postings([], _to_bytes(sizes))
        word_at = np.concatenate(numbered)
        passage_at = np.repeat(np.arange(len(sizes)), sizes)
        counted = np.fromiter(map(counts_as_word, words), np.bool_, len(words))
        lengths = np.bincount(passage_at[counted[word_at]], minlength=len(sizes))
        terms = _Vocabulary()
        of_words = [[terms[t] for t in indexed_terms(word, self._language)] for word in words]
        term_at, passage_at = _each_term(of_words, word_at, passage_at)
        return Postings(_rows(list(terms), term_at, passage_at, len(sizes)), _to_bytes(lengths))


def passage_lengths(texts: Iterable[str]) -> bytes:
    """Count the words of each passage alone, as `Postings.lengths` does."""
    counts = [sum(map(counts_as_word, indexed_pieces(text))) for text in texts]
    return _to_bytes(np.array(counts, np.int64))


def _each_term(
    of_words: Sequence[Sequence[int]],
    word_at: NDArray[np.int64],
    passage_at: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put the terms of each word in its place; return them and the passages they stand in."""
    counts = np.fromiter(map(len, of_words), np.int64, len(of_words))
    flat = np.fromiter(chain.from_iterable(of_words), np.int64)
    begins = np.cumsum(counts) - counts
    many = counts[word_at]
    # 0, 1, 2 ... from each word on
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return flat[np.repeat(begins[word_at], many) + within], np.repeat(passage_at, many)


def _rows(
    terms: list[str],
    term_at: NDArray[np.int64],
    passage_at: NDArray[np.int64],
    passages: int,
) -> list[tuple[str, bytes, bytes]]:
    # One number for each (term, passage): sorting it groups by term and keeps reading order.
    pairs, counts = np.unique(term_at * passages + passage_at, return_counts=True)
    term_of_pair, passage_of_pair = np.divmod(pairs, passages)
    starts = np.searchsorted(term_of_pair, np.arange(len(terms) + 1)).tolist()
    held, often = _to_bytes(passage_of_pair), _to_bytes(counts)
    width = NUMBERS.itemsize
    return sorted(
        (term, held[a * width : b * width], often[a * width : b * width])
        for term, a, b in zip(terms, starts, starts[1:], strict=False)
    )


def _to_bytes(numbers: NDArray[np.int64]) -> bytes:
    return numbers.astype(NUMBERS).tobytes()
