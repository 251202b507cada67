"""The quote gate: a quote counts only if its words stand in the document.

Compared are the folded forms of quote and text: case, white space, line-end and in-word hyphens,
ligatures, full and half width, typographic quotation marks and dashes make no difference; letters,
digits, accents and punctuation do. A quote must begin and end where words begin and end, so that
"5 million" is not found in "15 million" nor "1,500" in "1,500,000".
"""

import itertools
import re
import unicodedata
from bisect import bisect_left, bisect_right

from agent.document import Document, Span

# Shorter than this proves nothing, in letters and digits.
MIN_QUOTE_CHARACTERS = 4
_SOFT_HYPHEN = "\u00ad"
_IN_WORD_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u2011](?:\s*\n\s*)?(?=[^\W\d_])")
_DASHES = dict.fromkeys(
    map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\ufe58\ufe63\uff0d"), "-"
)
_MARKS = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4`"), "'") | dict.fromkeys(
    map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d\u300e\u300f"),
    '"',
)
_QUOTATION_MARKS = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb\u300c\u300d"
# Scripts written without spaces between words: any character may begin or end a quote there.
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]",
)


class _FoldTable(dict[int, str]):
    """What each character folds to, worked out when first met; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    decomposed = unicodedata.normalize("NFKD", decomposed).translate(_DASHES).translate(_MARKS)
    return "".join(
        c for c in decomposed if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"}
    )


_FOLD = _FoldTable(_DASHES | _MARKS)


def fold(text: str) -> str:
    """Return `text` in the form in which quotes are compared: no white space, one case."""
    return _without_hyphens(text).translate(_FOLD)


def _without_hyphens(text: str) -> str:
    """Replace hyphens inside words by as many soft hyphens, which fold to nothing."""
    return _IN_WORD_HYPHEN.sub(lambda match: _SOFT_HYPHEN * len(match.group()), text)


def find_quote(quote: str, document: Document) -> Span | None:
    """Return where the words of `quote` first stand in `document`, or None if they do not."""
    wanted = _wanted(quote)
    found = _find_anywhere(wanted, document) if wanted else None
    return Span(document.id, *found) if found else None


def find_quote_between(quote: str, document: Document, between: Span) -> Span | None:
    """Return where the words of `quote` first stand in the span `between`, or None."""
    wanted = _wanted(quote)
    found = _find_between(wanted, document.text, between.start, between.end) if wanted else None
    return Span(document.id, *found) if found else None


def _wanted(quote: str) -> str:
    """Return the folded quote, empty if it is too short to prove anything."""
    wanted = fold(quote.strip().strip(_QUOTATION_MARKS))
    return wanted if sum(map(str.isalnum, wanted)) >= MIN_QUOTE_CHARACTERS else ""


def _find_anywhere(wanted: str, document: Document) -> tuple[int, int] | None:
    """Search page by page in C, and look closer only at pages that can hold `wanted`."""
    folded_pages = [fold(document.text[page.start : page.end]) for page in document.pages]
    starts = list(itertools.accumulate(map(len, folded_pages), initial=0))
    whole = "".join(folded_pages)
    at = whole.find(wanted)
    while at >= 0:
        first = bisect_right(starts, at) - 1
        last = bisect_left(starts, at + len(wanted)) - 1
        start, end = document.pages[first].start, document.pages[last].end
        found = _find_between(wanted, document.text, start, end)
        if found:
            return found
        at = whole.find(wanted, at + 1)
    return None


def _find_between(wanted: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the first place of `wanted` in `text[start:end]` that begins and ends at words."""
    pieces = [_FOLD[ord(c)] for c in _without_hyphens(text[start:end])]
    places = list(
        itertools.chain.from_iterable(
            itertools.repeat(start + i, len(piece)) for i, piece in enumerate(pieces)
        )
    )
    folded = "".join(pieces)
    at = folded.find(wanted)
    while at >= 0:
        found = places[at], places[at + len(wanted) - 1] + 1
        if _is_whole(text, *found):
            return found
        at = folded.find(wanted, at + 1)
    return None


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` cuts no word and no number in two, nor a number from its minus."""
    return not (
        _joins(text, start)
        or _joins(text, end)
        or (
            text[start].isdigit()
            and re.search(r"(?:\d[.,]|(?<!\w)[-\u2212])$", text[max(0, start - 3) : start])
        )
        or (text[end - 1].isdigit() and re.match(r"[.,]\d", text[end : end + 2]))
    )


def _joins(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` belong to one word."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if unicodedata.combining(after):
        return True
    return (
        before.isalnum()
        and after.isalnum()
        and not (_NO_SPACES.match(before) or _NO_SPACES.match(after))
    )
