"""What a model's reply claims to quote, read out of it; nothing of it is believed yet."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from agent.evidence import Claim, Sentence

_OPENERS = "\"“„«「『'‘"
_CLOSERS = "\"“”»」』'’"
# `[3] "the words"`, at the beginning of a line or right after the quote before it.
_NUMBERED = re.compile(
    rf"(?:^[^\w\n{_OPENERS}]*|(?<=[{_CLOSERS}])[^\S\n]*)\[?(?:passage\s+)?(?:number\s+)?(\d{{1,4}})"
    rf"[^\S\n]*[\]).:]*[^\S\n]*(?=[{_OPENERS}])",
    re.IGNORECASE | re.MULTILINE,
)
# Up to the last closing mark, for a quote may hold quotation marks of its own.
_QUOTED = re.compile(rf"[{_OPENERS}](.+)[{_CLOSERS}](?!\w)", re.DOTALL)
_LOOSE_CLAIM = re.compile(r"[\"“„«「]([^\"“”„«»「」]{4,})[\"“”»」]")
# `an item :: [3] "the words"`, a line each.
_FOR_SOMETHING = re.compile(
    rf"^\s*(?:[-*•]\s+|\d{{1,3}}[.)]\s+)*(?P<says>\S.*?)\s*::\s*\[?(?:passage\s+)?(?P<number>\d{{1,4}})\]?[\s:.)]*"
    rf"[{_OPENERS}](?P<quote>.+)[{_CLOSERS}]\W*$",
    re.IGNORECASE | re.MULTILINE,
)

_MARKS = re.compile(r"\s*\[((?:notes?\s+)?\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\]", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_BULLET = re.compile(r"^\s*(?:[-*•]\s+|\d{1,3}[.)]\s+)+")


def read_quotes(reply: str) -> Iterator[Claim]:
    """Yield the numbered quotes of `reply`, or whatever it put in quotation marks."""
    numbers = list(_NUMBERED.finditer(reply))
    for number, following in zip_longest(numbers, numbers[1:]):
        end = following.start() if following else len(reply)
        quoted = _QUOTED.match(reply[number.end() : end])
        if quoted:
            yield Claim(quoted[1], int(number[1]) - 1)
    if not numbers:
        yield from (Claim(quote) for quote in _LOOSE_CLAIM.findall(reply))


def read_statements(reply: str) -> Iterator[Claim]:
    """Yield what stands on a line each as `what it says :: [number] "the words it rests on"`."""
    for found in _FOR_SOMETHING.finditer(reply):
        says = found["says"].strip(" *_")
        yield Claim(found["quote"], int(found["number"]) - 1, says=says)


def read_sentences(reply: str, notes: int) -> Iterator[Sentence]:
    """Yield the lines of `reply` that say on which of the notes, 1 to `notes`, they rest."""
    for line in reply.splitlines():
        said = (int(n) for marks in _MARKS.findall(line) for n in _NUMBER.findall(marks))
        marks = tuple(dict.fromkeys(n for n in said if 1 <= n <= notes))
        text = _BULLET.sub("", _MARKS.sub("", line)).strip(" *_#")
        if text and marks:
            yield Sentence(text, marks)
