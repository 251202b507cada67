"""What each sentence of a written answer rests on, and which of its numbers stand in no quote.

Whether a sentence says what its quotes say code cannot know; that a number is not there, it can.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from agent.evidence import Evidence, Sentence
from agent.marks import marks_in
from agent.sentence import split_sentences

_LEADING_MARKS: Final = re.compile(r"(?:\s*\[\d{1,4}\])+[ \t]*[.。]?\s*")
_MARK: Final = re.compile(r"\[\d{1,4}\]")
# Spaces that set thousands apart, but not the plain one, which also stands between two numbers.
_NUMBER: Final = re.compile(r"\d(?:[\d.,'’\u00a0\u2009\u202f]*\d)?")
_WORD: Final = re.compile(r"\w")


def sourced_sentences(
    text: str, evidence: Sequence[Evidence], question: str
) -> tuple[Sentence, ...]:
    """Return the sentences of `text` in their order, each with the marks in it.

    Marks after the full stop belong to the sentence before them. One without marks names no source.
    """
    marks = list(marks_in(text))
    sentences = []
    for start, end in _cuts(text):
        said = text[start:end].strip()
        numbers = tuple(dict.fromkeys(number for at, number in marks if start <= at < end))
        if _WORD.search(_MARK.sub("", said)):
            cited = [evidence[number - 1] for number in numbers]
            sentences.append(with_strange_numbers(Sentence(said, numbers), cited, question))
    return tuple(sentences)


def with_strange_numbers(sentence: Sentence, cited: Sequence[Evidence], asked: str) -> Sentence:
    """Return the sentence with those of its numbers that the quotes it cites do not hold.

    Numbers of one digit are often written as words, and are let pass; how thousands and decimals
    are set apart makes no difference. Without quotes there is nothing to compare.
    """
    if not cited:
        return sentence
    held = [asked, *(item.text for item in cited), *(item.document.name for item in cited)]
    held += [str(item.document.page_at(item.span.start).number) for item in cited]
    known = {digits for text in held for digits, _ in _numbers(text)}
    said = _MARK.sub("", sentence.text)
    strange = (written for digits, written in _numbers(said) if digits not in known)
    return replace(sentence, strange_numbers=tuple(dict.fromkeys(strange)))


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where sentences begin and end, marks that lead one counted to the one before."""
    cuts = [0]
    for start, _ in split_sentences(text)[1:]:
        leading = _LEADING_MARKS.match(text, start)
        cuts.append(leading.end() if leading else start)
    return pairwise([*cuts, len(text)])


def _numbers(text: str) -> Iterable[tuple[str, str]]:
    """Yield the digits of each number of two or more, and the number as it is written."""
    for found in _NUMBER.finditer(text):
        digits = "".join(str(unicodedata.digit(c)) for c in found[0] if c.isdigit())
        if len(digits) > 1:
            yield digits, found[0]
