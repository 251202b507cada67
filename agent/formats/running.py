"""Running heads, feet and page numbers: lines that stand at the edge of page after page.

They cut sentences that go on overleaf, and repeat words on every page. A line is one of them if
nearby pages have the same one at the same edge, its numbers the same or counting along with the
pages. So the rows of a table that goes on are none, and neither is a number that does not count.
The first of a row of equal heads stays, so that no word is lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

MOST_LINES: Final = 6
"""How many lines at either edge may be taken out, blank ones included."""

_EDGE_LINES = 3  # how many of them that are not blank
_NEAR_PAGES = 12  # heads alternate from left to right, and stop where a chapter ends
_LEAST_COUNTING = 2  # other pages whose numbers count along: chance does not do that
_LEAST_ALIKE = 5  # other pages with the very same: five pages may well end in the same signature
_LONGEST = 200  # characters; a longer line is text
_NUMBER = re.compile(r"\d{1,6}")
_ROMAN = re.compile("[ivxlc]{1,8}", re.IGNORECASE)
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line at an edge: its words with the numbers taken out, the numbers, its place."""

    words: str
    numbers: tuple[int, ...]
    index: int

    @property
    def has_words(self) -> bool:
        return any(map(str.isalpha, self.words))


def count_running(pages: Sequence[str]) -> list[tuple[int, int]]:
    """Return for each page how many lines at its top and at its bottom are running.

    A page of running lines alone keeps them all.
    """
    tops = [_edge(page.split("\n"), 1) for page in pages]
    bottoms = [_edge(page.split("\n"), -1) for page in pages]
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


def _edge(lines: list[str], step: int) -> list[_Line]:
    """Return the outermost lines that are not blank, the outermost first."""
    lines = "\n".join(lines).strip("\n").split("\n")[::step]
    found = [(index, line) for index, line in enumerate(lines) if line.strip()]
    return [_line(text, index) for index, text in found[:_EDGE_LINES]]


def _line(text: str, index: int) -> _Line:
    words = " ".join(text.split()).casefold()
    if _ROMAN.fullmatch(words):
        return _Line("#", (_roman(words),), index)
    numbers = tuple(map(int, _NUMBER.findall(words)))
    return _Line(_NUMBER.sub("#", words) if len(words) <= _LONGEST else "", numbers, index)


def _roman(text: str) -> int:
    digits = [_ROMAN_DIGITS[letter] for letter in text]
    following = [*digits[1:], 0]
    return sum(-d if d < after else d for d, after in zip(digits, following, strict=True))


def _count(edges: Sequence[Sequence[_Line]], number: int) -> int:
    """Return how many lines at the edge of a page are running, blank ones before them included."""
    count = 0
    for line in edges[number]:
        if line.index >= MOST_LINES or not _is_running(edges, number, line):
            break
        count = line.index + 1
    return count


def _is_running(edges: Sequence[Sequence[_Line]], number: int, line: _Line) -> bool:
    alike = list(_alike(edges, number, line))
    if sum(counts for _, counts in alike) >= _LEAST_COUNTING:
        return True
    is_first = not any(other < number for other, _ in alike)
    return len(alike) >= _LEAST_ALIKE and line.has_words and not is_first


def _alike(
    edges: Sequence[Sequence[_Line]], number: int, line: _Line
) -> Iterator[tuple[int, bool]]:
    """Yield the near pages that have the same line, and whether its numbers count the pages."""
    if not line.words:
        return
    near = range(max(0, number - _NEAR_PAGES), min(len(edges), number + _NEAR_PAGES + 1))
    for other in near:
        for candidate in edges[other] if other != number else ():
            if candidate.words == line.words and len(candidate.numbers) == len(line.numbers):
                steps = {b - a for a, b in zip(line.numbers, candidate.numbers, strict=True)}
                if steps <= {0, other - number}:
                    yield other, other - number in steps
                    break
