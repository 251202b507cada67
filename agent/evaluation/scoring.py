"""Scores an answer by code: which of the expected values it names, and what it cites."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.evidence import Citation

# Thousands apart: by comma, stop, apostrophe, or one of the spaces that countries use.
_GROUPED: Final = re.compile(r"(?<![\d.,])\d{1,3}(?:([,.'’ \u2009\u202f])\d{3})(?:\1\d{3})*(?!\d)")
_NOT_DIGIT: Final = re.compile(r"\D")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a right answer to one question says, and where that stands.

    Attributes:
        values: what it names, all of them; none if the documents do not say it.
        wrong: what it must not name.
        places: where in the document it stands, `[start, end)` each.
        pages: of each place, the numbers of its pages.
    """

    values: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ()
    pages: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """What an answer is worth.

    Attributes:
        found: how many of the wanted values it names.
        wrong: how many it names of those it must not.
        right: it names all that is wanted and nothing wrong; where nothing is wanted, it also says
            that it has no answer.
        cited: how many of the places it cites; None for a reader that cites nothing.
        paged: how many of the places it cites by page; None likewise.
    """

    found: int
    wrong: int
    right: bool
    cited: int | None = None
    paged: int | None = None


def score(
    text: str, wanted: Wanted, *, answered: bool, citations: Sequence[Citation] | None
) -> Score:
    """Score an answer.

    Args:
        text: of the answer, or of the model's reply.
        wanted: what a right one says.
        answered: False if the reader itself says that it has no answer.
        citations: what it cites; None of a reader that cites nothing.
    """
    plain = _plain(text)
    found = sum(_holds(plain, value) for value in wanted.values)
    wrong = sum(_holds(plain, value) for value in wanted.wrong)
    right = found == len(wanted.values) and not wrong
    if not wanted.values and citations is not None:
        right = right and not answered
    if citations is None:
        return Score(found, wrong, right)
    cited = sum(
        any(c.start < end and start < c.end for c in citations) for start, end in wanted.places
    )
    numbers = {c.page for c in citations}
    paged = sum(bool(pages & numbers) for pages in wanted.pages)
    return Score(found, wrong, right, cited, paged)


def names(text: str, value: str) -> bool:
    """Whether a text names a value: its words in a row, its number whole, in digits of any script.

    Case, kinds of white space and separators of thousands do not count.
    """
    return _holds(_plain(text), value)


def _holds(plain: str, value: str) -> bool:
    wanted = _plain(value)
    before, after = _edge(wanted[:1], "<!"), _edge(wanted[-1:], "!")
    return re.search(f"{before}{re.escape(wanted)}{after}", plain) is not None


def _edge(character: str, look: str) -> str:
    """Return what may not stand beside a value: another digit, or another letter of its script.

    Writing without spaces has no edges of words.
    """
    if character.isdigit():
        return rf"(?{look}\d)"
    return rf"(?{look}\w)" if character.isalpha() and character.isascii() else ""


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)
    return _GROUPED.sub(lambda number: _NOT_DIGIT.sub("", number[0]), _SPACE.sub(" ", digits))
