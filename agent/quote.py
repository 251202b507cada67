"""The quote gate: a quote counts only if its words stand in the document.

Compared are the folded forms of quote and text: case, white space, hyphens and dashes between
letters, ligatures, full and half width, kinds of quotation marks, and the optional vowel marks of
Arabic and Hebrew make no difference; letters, digits, accents and other punctuation do. A quote
must begin and end where words and numbers begin and end, so that "5 million" is not found in
"15 million", "1,500" not in "1,500,000", "lawful" not in "un-lawful" and "15" not in "15%".
"""

import functools
import itertools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from agent.document import Document, Span

# Shorter than this a quote proves nothing but where it was claimed to stand, in letters and digits.
MIN_QUOTE_CHARACTERS = 4
MIN_QUOTE_IDEOGRAPHS = 2  # where a character is a word or a syllable
_SOFT_HYPHEN = "\u00ad"
_HYPHENS = "-\u2010\u2011"
_DASHES = "\u2012\u2013\u2014\u2015\u2e3a\u2e3b"
_MINUS = "-\u2013\u2212"
# Between letters: a hyphen, also at a line's end; a dash of any length, with or without spaces.
_BETWEEN_LETTERS = re.compile(
    rf"(?<=[^\W\d_])(?:[{_HYPHENS}](?:[^\S\n]*+\n\s*+)?"
    rf"|\s{{0,3}}(?:-{{2,3}}|[{_DASHES}])\s{{0,3}}|\s{{1,3}}-\s{{1,3}})(?=[^\W\d_])"
)
_TO_HYPHEN = dict.fromkeys(map(ord, f"{_HYPHENS}{_DASHES}\u2212\ufe58\ufe63\uff0d"), "-")
_QUOTATION_MARKS = (
    "\"'`\u00b4\u2018\u2019\u201a\u201b\u2032\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u2039\u203a"
    "\u300c\u300d\u300e\u300f\u02bc\u05f3\u05f4"
)
_TO_MARK = dict.fromkeys(map(ord, _QUOTATION_MARKS), "'")
# Hebrew points, Arabic vowel marks and the Arabic stretching line: written or not, the same word.
_OPTIONAL = re.compile("[\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
# 10\u00b2 is not 102, and \u00bd is not 1/2: these stay what they are.
_KEPT_APART = ("<super>", "<sub>", "<circle>", "<fraction>")
# Scripts written without spaces between words: any character may begin or end a quote there.
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
_THIN_SPACES = "\u00a0\u2009\u202f"
_NUMBER_GOES_ON_BEFORE = re.compile(
    rf"(?:\d[.,'\u2019\u066b\u066c/:{_THIN_SPACES}]|(?<!\w)[{_MINUS}][$€£¥]?|[<>≤≥]\s?)$"
)
_NUMBER_GOES_ON_AFTER = re.compile(rf"[.,'\u2019\u066b\u066c/:{_THIN_SPACES}]\d|\s?[%‰]|[.,](?=\d)")
_LOOK_AROUND = 4  # characters beside a quote that can belong to its first or last number


class _FoldTable(dict[int, str]):
    """What each character folds to, worked out when first met; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if unicodedata.decomposition(character).startswith(_KEPT_APART):
        return character
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    folded = _OPTIONAL.sub("", folded.translate(_TO_HYPHEN).translate(_TO_MARK))
    return "".join(
        c for c in folded if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"}
    )


_FOLD = _FoldTable()


def fold(text: str) -> str:
    """Return `text` in the form in which quotes are compared: no white space, one case."""
    return _join_words(text).translate(_FOLD)


def _join_words(text: str) -> str:
    """Replace what joins two letters by as many soft hyphens, which fold to nothing."""
    return _BETWEEN_LETTERS.sub(lambda match: _SOFT_HYPHEN * len(match.group()), text)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text with its folded form, and for each folded character where it comes from."""

    source: str
    text: str
    places: list[int]

    def gap(self, at: int) -> str:
        """Return what stands in the source between the folded characters `at` and `at + 1`."""
        return self.source[self.places[at] + 1 : self.places[at + 1]]


def _fold_with_places(source: str) -> _Folded:
    pieces = [_FOLD[ord(c)] for c in _join_words(source)]
    places = [at for at, piece in enumerate(pieces) for _ in piece]
    return _Folded(source, "".join(pieces), places)


def find_quote(quote: str, document: Document) -> Span | None:
    """Return where the words of `quote` first stand in `document`, or None if they do not.

    A quote of fewer than `MIN_QUOTE_CHARACTERS` stands nowhere: it would be found by chance.
    """
    wanted = _wanted(quote)
    letters = sum(map(str.isalnum, wanted.text))
    enough = MIN_QUOTE_IDEOGRAPHS if _NO_SPACES.search(quote) else MIN_QUOTE_CHARACTERS
    found = _find_anywhere(wanted, document) if letters >= enough else None
    return Span(document.id, *found) if found else None


def find_quote_between(quote: str, document: Document, between: Span) -> Span | None:
    """Return where the words of `quote` first stand in the span `between`, or None."""
    wanted = _wanted(quote)
    if not any(map(str.isalnum, wanted.text)):
        return None
    found = _find_between(wanted, document.text, between.start, between.end)
    return Span(document.id, *found) if found else None


def _wanted(quote: str) -> _Folded:
    return _fold_with_places(quote.strip().strip(_QUOTATION_MARKS).strip())


def _find_anywhere(wanted: _Folded, document: Document) -> tuple[int, int] | None:
    """Search all pages at once, and look closer only at those that can hold `wanted`."""
    whole, starts = _fold_pages(document.text, tuple(page.start for page in document.pages))
    at = whole.find(wanted.text)
    while at >= 0:
        first = bisect_right(starts, at) - 1
        last = bisect_left(starts, at + len(wanted.text)) - 1
        start, end = document.pages[first].start, document.pages[last].end
        found = _find_between(wanted, document.text, start, end)
        if found:
            return found
        # Whatever else stands wholly in these pages has just been looked at.
        at = whole.find(wanted.text, max(at + 1, starts[last + 1] - len(wanted.text) + 1))
    return None


@functools.lru_cache(maxsize=4)
def _fold_pages(text: str, page_starts: tuple[int, ...]) -> tuple[str, list[int]]:
    """Return the folded text, and at which of its characters each page begins; then its length."""
    joined = _join_words(text)  # as a whole: a word may be broken over two pages
    bounds = itertools.pairwise((*page_starts, len(text)))
    pages = [joined[start:end].translate(_FOLD) for start, end in bounds]
    return "".join(pages), list(itertools.accumulate(map(len, pages), initial=0))


def _find_between(wanted: _Folded, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the first place of `wanted` in `text[start:end]` that cuts nothing in two."""
    folded = _fold_with_places(text[start:end])
    at = folded.text.find(wanted.text)
    while at >= 0:
        after = at + len(wanted.text)
        last = start + folded.places[after - 1]
        found = start + folded.places[at], _with_optional(text, last + 1)
        if (
            _is_whole_characters(folded.places, at, after)
            and _is_whole_words(text, *found)
            and _has_same_gaps(folded, at, wanted)
        ):
            return found
        at = folded.text.find(wanted.text, at + 1)
    return None


def _with_optional(text: str, end: int) -> int:
    """Return the end of a match with the vowel marks on its last letter, which fold to nothing."""
    while end < len(text) and _OPTIONAL.match(text[end]):
        end += 1
    return end


def _is_whole_characters(places: list[int], at: int, after: int) -> bool:
    """Whether a match takes characters whole that fold to several: a ligature, \u00e9, \ud55c."""
    begins = at == 0 or places[at - 1] != places[at]
    ends = after == len(places) or places[after - 1] != places[after]
    return begins and ends


def _has_same_gaps(folded: _Folded, at: int, wanted: _Folded) -> bool:
    """Whether white space stands between the same digits, and is not lost between letters."""
    for i, (left, right) in enumerate(itertools.pairwise(wanted.text)):
        in_text, in_quote = folded.gap(at + i), wanted.gap(i)
        if bool(in_text) == bool(in_quote):
            continue
        if left.isdigit() and right.isdigit():
            return False
        lost = in_text.isspace() and left.isalpha() and right.isalpha()
        if lost and not (_NO_SPACES.match(left) or _NO_SPACES.match(right)):
            return False
    return True


def _is_whole_words(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` cuts no word and no number in two, nor a number from its sign."""
    return not (_cuts_word(text, start) or _cuts_word(text, end)) and not (
        _cuts_number_before(text, start) or _cuts_number_after(text, end)
    )


def _cuts_word(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` belong to one word."""
    left, right = _visible(text[max(0, at - 9) : at][::-1]), _visible(text[at : at + 9])
    if not left or not right:
        return False
    if unicodedata.category(right[0])[0] == "M":
        return True
    if _is_hyphenated(left, right) or _is_hyphenated(right, left):
        return True
    if right[0] in "'\u2019" and right[1:2].isalpha() and left[0].isalpha():
        return True  # before the end of "won't"
    return (
        _is_of_word(left[0])
        and _is_of_word(right[0])
        and not (_NO_SPACES.match(left[0]) or _NO_SPACES.match(right[0]))
    )


def _is_hyphenated(near: str, far: str) -> bool:
    """Whether `near` begins with a hyphen, perhaps at a line's end, that joins it to `far`."""
    rest = near.lstrip()
    if "\n" not in near[: len(near) - len(rest)]:
        rest = near
    beyond = rest[1:] if rest[:1] and rest[0] in _HYPHENS else ""
    if "\n" in beyond[: len(beyond) - len(beyond.lstrip())]:
        beyond = beyond.lstrip()
    return beyond[:1].isalpha() and far[0].isalpha()


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _cuts_number_before(text: str, start: int) -> bool:
    before, first = text[max(0, start - _LOOK_AROUND) : start], text[start]
    if first in ".,":
        return before[-1:].isdigit()
    if not (first.isdigit() or first in "$€£¥"):
        return False
    return _NUMBER_GOES_ON_BEFORE.search(before) is not None


def _cuts_number_after(text: str, end: int) -> bool:
    last, after = text[end - 1], text[end : end + _LOOK_AROUND]
    if last in ".,":
        return text[end - 2 : end - 1].isdigit() and after[:1].isdigit()
    return last.isdigit() and _NUMBER_GOES_ON_AFTER.match(after) is not None
