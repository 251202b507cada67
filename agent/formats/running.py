"""Running heads, feet and page numbers: lines that stand at the edge of page after page.

They cut sentences that go on overleaf, and repeat words on every page. A line is one of them if
nearby pages have the very same at the same edge, or the same but for the page's number. Not every
number that counts along is the page's: "Question 5" may well stand on page 5. It is the page's if
the line has no other words, or a word for page beside it; else it has to stand at an end of the
line, behind a bar or with words beside it that change while it goes on.
What is in doubt stays, as do the rows of a table that goes on. The first of a row of equal heads
stays too, so that no word is lost.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from agent.formats.page_number import BARS, NUMBER, at_ends, is_bare, is_named

MOST_LINES: Final = 6
"""How many lines at either edge may be taken out, blank ones included."""

_EDGE_LINES = 3  # how many of them that are not blank
_NEAR_PAGES = 12  # heads alternate from left to right, and stop where a chapter ends
_LEAST_COUNTING = 2  # other pages whose numbers count along: chance does not do that
_LEAST_ALIKE = 5  # other pages with the same words: five pages may well end in the same signature
_LONGEST = 200  # characters; a longer line is text
_YEARS = range(1900, 2101)  # a page's number only in a document of so many pages
_ROMAN = re.compile("[ivxlc]{1,8}")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

_Near = Mapping[int, Sequence[tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line at an edge: its words with the numbers taken out, the numbers, its place."""

    text: str
    words: str
    numbers: tuple[int, ...]
    index: int

    @property
    def has_words(self) -> bool:
        return any(map(str.isalpha, self.words))


@dataclass(frozen=True, slots=True)
class _Edge:
    """The top or the bottom of all pages: the outermost lines of each, the outermost first.

    `rows` are the pages that may have their number beside the same word, by how far that number
    is ahead of the page's index, and by the word.
    """

    lines: Sequence[Sequence[_Line]]
    rows: Mapping[int, Mapping[str, AbstractSet[int]]]


def count_running(pages: Sequence[str]) -> list[tuple[int, int]]:
    """Return for each page how many lines at its top and at its bottom are running.

    A page of running lines alone keeps them all.
    """
    tops, bottoms = _edges([page.split("\n") for page in pages])
    counts = []
    for number, page in enumerate(pages):
        top, bottom = _count(tops, number), _count(bottoms, number)
        is_all = not cut_lines(page, top, bottom)[1].strip()
        counts.append((0, 0) if is_all else (top, bottom))
    return counts


def cut_lines(page: str, top: int, bottom: int) -> tuple[int, str]:
    """Return a page without some lines, and where in it what is left begins."""
    lines = page.strip("\n").split("\n")
    left = lines[top : max(top, len(lines) - bottom)]
    start = len(page) - len(page.lstrip("\n")) + sum(len(line) + 1 for line in lines[:top])
    text = "\n".join(left)
    return start + len(text) - len(text.lstrip("\n")), text.strip("\n") + "\n"


def _edges(pages: Sequence[list[str]]) -> list[_Edge]:
    """Return the top and the bottom of all pages."""
    edges = [[_outermost(lines, step) for lines in pages] for step in (1, -1)]
    numbered = {page for lines in edges for page in _numbered(_Edge(lines, {}))}
    return [_Edge(lines, _rows(lines, numbered)) for lines in edges]


def _outermost(lines: list[str], step: int) -> list[_Line]:
    """Return the outermost lines that are not blank, the outermost first."""
    lines = "\n".join(lines).strip("\n").split("\n")[::step]
    found = [(index, line) for index, line in enumerate(lines) if line.strip()]
    return [_line(text, index) for index, text in found[:_EDGE_LINES]]


def _line(text: str, index: int) -> _Line:
    text = " ".join(text.split()).casefold()
    if len(text) > _LONGEST:
        return _Line("", "", (), index)
    if _ROMAN.fullmatch(text):
        text = str(_roman(text))
    return _Line(text, NUMBER.sub("#", text), tuple(map(int, NUMBER.findall(text))), index)


def _roman(text: str) -> int:
    digits = [_ROMAN_DIGITS[letter] for letter in text]
    following = [*digits[1:], 0]
    return sum(-d if d < after else d for d, after in zip(digits, following, strict=True))


def _numbered(edge: _Edge) -> Iterator[int]:
    """Yield the pages that have their number in a line of its own: in others it is not theirs."""
    for page, lines in enumerate(edge.lines):
        if any(is_bare(line.text) and _is_running(edge, page, line) for line in lines):
            yield page


def _rows(
    edge: Sequence[Sequence[_Line]], numbered: AbstractSet[int]
) -> Mapping[int, Mapping[str, AbstractSet[int]]]:
    rows: defaultdict[int, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for page, lines in enumerate(edge):
        for line in lines if page not in numbered else ():
            for place, beside in at_ends(line.text):
                rows[line.numbers[place] - page][beside].add(page)
    return rows


def _count(edge: _Edge, page: int) -> int:
    """Return how many lines at the edge of a page are running, blank ones before them included."""
    count = 0
    for line in edge.lines[page]:
        if line.index >= MOST_LINES or not _is_running(edge, page, line):
            break
        count = line.index + 1
    return count


def _is_running(edge: _Edge, page: int, line: _Line) -> bool:
    near = dict(_near(edge, page, line))
    same = [other for other, found in near.items() if line.numbers in found]
    if len(same) >= _LEAST_ALIKE and line.has_words and same[0] < page:
        return True
    places = range(len(line.numbers))
    return any(_is_page_number(edge, page, line, place, near) for place in places)


def _is_page_number(edge: _Edge, page: int, line: _Line, place: int, near: _Near) -> bool:
    """Whether a number of a line, given by its place among them, is the page's."""
    counting = [
        other for other, found in near.items() if _ahead(line, place, other - page) in found
    ]
    if len(counting) < _LEAST_COUNTING:
        return False
    if is_bare(line.text):
        return line.numbers[place] not in _YEARS or line.numbers[place] <= len(edge.lines)
    if counting[0] > page:
        return False
    return is_named(line.text, place) or (
        len(counting) == len(near) and _is_set_off(edge, page, line, place)
    )


def _is_set_off(edge: _Edge, page: int, line: _Line, place: int) -> bool:
    """Whether a number that stands at an end of a line does not count the words beside it.

    They are behind a bar, or other pages go on with the number beside other words.
    """
    beside = dict(at_ends(line.text)).get(place)
    rows = edge.rows.get(line.numbers[place] - page, {})
    own = rows.get(beside or "", frozenset())
    if page not in own or line.numbers[place] > len(edge.lines):
        return False
    long = [row for row in rows.values() if len(row) > _LEAST_ALIKE]
    # Two numbers on one page are not both its own.
    evidence = sum(row is own or row.isdisjoint(own) for row in long)
    return evidence >= (1 if beside in BARS else 2)


def _ahead(line: _Line, place: int, pages: int) -> tuple[int, ...]:
    """Return the numbers of a line as they are some pages further if one is the page's."""
    return (*line.numbers[:place], line.numbers[place] + pages, *line.numbers[place + 1 :])


def _near(edge: _Edge, page: int, line: _Line) -> Iterator[tuple[int, list[tuple[int, ...]]]]:
    """Yield the near pages that have the same words at this edge, and the numbers in them."""
    first = max(0, page - _NEAR_PAGES)
    for other, lines in enumerate(edge.lines[first : page + _NEAR_PAGES + 1], first):
        found = [candidate.numbers for candidate in lines if candidate.words == line.words]
        if found and line.words and other != page:
            yield other, found
