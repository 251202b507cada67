"""Questions out of a document's own sentences: a word or a number left out is to be found again."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.document import Document
from agent.sentence import split_sentences

GAP: Final = "____"
_LENGTHS: Final = range(40, 241)  # characters of a sentence: shorter ones say little, or are heads
_LEAST_WORDS: Final = 6
_LEAST_LETTERS: Final = 4  # of a word that is left out
_PIECE: Final = 3  # characters left out where nothing parts words
_NUMBER: Final = re.compile(r"(?<![\w.,\[])\d[\d.,]*\d(?![\w%])")
_WORD: Final = re.compile(r"[^\W\d_]+")
_SPACED: Final = 0.08  # white space among the characters, in writing that parts words


@dataclass(frozen=True, slots=True)
class Cloze:
    """A sentence with a gap.

    Attributes:
        sentence: on one line, with `GAP` in the place of what is missing.
        missing: what is missing.
        start: where the whole sentence stands in the document.
        end: after its last character.
    """

    sentence: str
    missing: str
    start: int
    end: int


def make_clozes(document: Document, count: int, chance: random.Random) -> list[Cloze]:
    """Return up to `count` sentences of a document with gaps, drawn by chance, in reading order.

    Only sentences that stand once are taken, and of their words the rarest, or a number.
    """
    sentences = [
        (start, start + len(document.text[start:end].rstrip()))
        for start, end in split_sentences(document.text)
    ]
    often = Counter(document.text[start:end] for start, end in sentences)
    whole = [
        (start, end)
        for start, end in sentences
        if end - start in _LENGTHS and often[document.text[start:end]] == 1
    ]
    words = Counter(word.casefold() for word in _WORD.findall(document.text))
    found: list[Cloze] = []
    for start, end in chance.sample(whole, len(whole)):
        if len(found) == count:
            break
        found += _cut(document.text, start, end, words)
    return sorted(found, key=lambda cloze: cloze.start)


def _cut(text: str, start: int, end: int, words: Counter[str]) -> Iterator[Cloze]:
    """Yield the sentence with its gap, if there is anything in it worth to be left out."""
    sentence = " ".join(text[start:end].split())
    gap = _gap(sentence, words)
    if gap is None or sentence.count(sentence[gap[0] : gap[1]]) > 1 or "|" in sentence:
        return
    first, last = gap
    yield Cloze(sentence[:first] + GAP + sentence[last:], sentence[first:last], start, end)


def _gap(sentence: str, words: Counter[str]) -> tuple[int, int] | None:
    numbers = [found.span() for found in _NUMBER.finditer(sentence)]
    if numbers:
        return max(numbers, key=lambda span: span[1] - span[0])
    if sentence.count(" ") < _SPACED * len(sentence):
        return _rarest_piece(sentence)
    spans = [found.span() for found in _WORD.finditer(sentence)]
    long = [span for span in spans[1:] if span[1] - span[0] >= _LEAST_LETTERS]
    if len(spans) < _LEAST_WORDS or not long:
        return None
    return min(long, key=lambda span: _rarity(sentence, span, words))


def _rarity(sentence: str, span: Sequence[int], words: Counter[str]) -> tuple[int, int]:
    word = sentence[span[0] : span[1]].casefold()
    return words[word], -len(word)


def _rarest_piece(sentence: str) -> tuple[int, int] | None:
    """Return a piece in the middle, of letters alone, where nothing parts words."""
    middle = len(sentence) // 2
    for at in range(middle, len(sentence) - _PIECE):
        if sentence[at : at + _PIECE].isalpha():
            return at, at + _PIECE
    return None
