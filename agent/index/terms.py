"""Index terms: what of a word is stored for a document, and what is asked for.

Each word is indexed twice: loosely (its stem, or in some languages its pieces of four letters) and,
where that differs, as it is written. A match of the loose form counts fully, one of the written
form a little more on top: other forms are found, and the very words asked for come first. Where
nothing parts words, pairs of letters stand for the loose form and single letters for the other.
All weights here were chosen by recall in ten languages and more (docs/log.md, 2026-11-24).
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from agent.index.stems import stem
from agent.index.words import WRITTEN, drop_accents, is_paired, is_single, split_pieces

WRITTEN_SLOT = "written"
WRITTEN_WEIGHT = 0.3
# Without its accents a Vietnamese syllable is another word; with them it is nearly the word itself.
_WRITTEN_WEIGHTS = {"vi": 2.0}
# Languages whose words change at both ends or are put together, without a stemmer that finds as
# much: pieces of this many letters.
_GRAM = 4
_GRAM_WEIGHT = 0.4  # a word is two or three of them
_GRAM_LANGUAGES = frozenset({"ar", "bn", "de", "he"})


@dataclass(frozen=True, slots=True)
class Term:
    """A term that is asked for.

    Attributes:
        slot: terms of one slot and word are one word in documents of several languages, and their
            rarity is counted together.
        text: as it stands in the index.
        weight: how much a match counts.
    """

    slot: str
    text: str
    weight: float


@functools.lru_cache(maxsize=200_000)
def loose_terms(word: str, language: str) -> tuple[str, ...]:
    """Return what stands for a word in any of its forms, in a document of `language`."""
    if is_paired(word) or word.startswith(WRITTEN):
        return (word,)
    if language not in _GRAM_LANGUAGES or word.isdigit():
        return (drop_accents(stem(word, language)),)
    bare = drop_accents(word)
    return tuple(bare[at : at + _GRAM] for at in range(max(1, len(bare) - _GRAM + 1)))


def written_term(word: str, language: str) -> str:
    """Return under what a word is stored as it is written: itself, where it stands for itself."""
    stands_alone = language not in _GRAM_LANGUAGES and loose_terms(word, language) == (word,)
    return word if stands_alone else WRITTEN + word


def indexed_terms(word: str, language: str) -> tuple[str, ...]:
    """Return all terms under which a word, or what stands beside pairs, is stored."""
    if word.startswith(WRITTEN) or is_paired(word):
        return (word,)
    loose = loose_terms(word, language)
    written = written_term(word, language)
    return loose if loose == (written,) else (*loose, written)


def prefix_terms(prefix: str, language: str) -> list[str]:
    """Return the beginnings of the terms of all words that begin with `prefix`."""
    if language in _GRAM_LANGUAGES:  # where plain terms are pieces from anywhere in a word
        return [WRITTEN + prefix]
    return [WRITTEN + prefix, drop_accents(prefix)]


def counts_as_word(piece: str) -> bool:
    """Whether a piece counts in the length of a passage: words and single letters, not pairs."""
    return not is_paired(piece) or is_single(piece)


def asked_terms(query: str, language: str) -> Iterator[tuple[str, bool, list[Term]]]:
    """Yield each word of `query` once, whether it only stands beside pairs, and its terms."""
    for word, is_side in dict.fromkeys(split_pieces(query)):
        yield word, is_side, _terms(word, language, is_side=is_side)


def _terms(word: str, language: str, *, is_side: bool) -> list[Term]:
    """Return the terms of a word; for one that is stored in one form their weights sum to 1."""
    written = _WRITTEN_WEIGHTS.get(language, WRITTEN_WEIGHT)
    if is_side:
        return [Term("side", word, written / (1 + written))]
    slot, weight = ("piece", _GRAM_WEIGHT) if language in _GRAM_LANGUAGES else ("stem", 1.0)
    if is_paired(word):
        slot, weight = "pair", 1.0
    terms = [
        Term(f"{slot} {n}", term, weight / (1 + written))
        for n, term in enumerate(loose_terms(word, language))
    ]
    if not is_paired(word):
        text = written_term(word, language)
        terms.append(Term(WRITTEN_SLOT, text, written / (1 + written)))
    return terms
