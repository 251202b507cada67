"""Columns of a page that was drawn line by line, left and right in turn.

Most programs draw one column after the other, and their pages read well as they are. What was
drawn across would read as one line of two halves, so each stretch of such lines is told here, and
its columns are read one after the other. Tables look alike but for this: the lines of columns are
full, cells are not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agent.formats.pdf_page import Box

# Which stretch of the page, an odd number where it has columns, and which column of it.
Group = tuple[int, int]

_GUTTER_POINTS: Final = 8.0
_LEAST_LINES: Final = 8  # that have text in more than one column
_MOST_LINES: Final = 1_000  # of a page that is looked at
_LEAST_WIDTH: Final = 0.15  # of a column, as a share of the page
_FULL: Final = 0.8  # of its column's width: what a line has that is no end of a paragraph
_FULL_LINES: Final = 0.7
_LETTERS: Final = 0.6  # of a column's characters
_SAME_LINE: Final = 0.5  # of the lower one's height
_FAR: Final = 2.5  # heights between two lines: what comes then is another stretch


@dataclass(frozen=True, slots=True)
class _Line:
    """What stands side by side: pieces from left to right, and the text objects they are made of.

    Attributes:
        objects: their places in the order of drawing.
        bottom: of the lowest.
        top: of the highest.
        pieces: where each begins and ends.
    """

    objects: range
    bottom: float
    top: float
    pieces: list[tuple[float, float]]


def find_columns(boxes: Sequence[Box], bounds: Box) -> list[Group] | None:
    """Return the group of each text object, in the order in which groups are read.

    Args:
        boxes: of the page's text objects, as they were drawn.
        bounds: the part of the page that is shown.

    Returns:
        None if the page reads well as it was drawn.
    """
    lines = _lines(boxes)
    if len(lines) > _MOST_LINES or sum(len(line.pieces) > 1 for line in lines) < _LEAST_LINES:
        return None
    groups: list[Group] = []
    stretch, found = 0, False
    at = 0
    while at < len(lines):
        after, gutters = _stretch(lines, at)
        if _are_columns(lines[at:after], gutters, bounds[2] - bounds[0]):
            stretch, found = stretch + 2, True
            for line in lines[at:after]:
                groups += [(stretch - 1, _column(boxes[of], gutters)) for of in line.objects]
            at = after
        else:
            groups += [(stretch, 0) for _ in lines[at].objects]
            at += 1
    return groups if found else None


def _lines(boxes: Sequence[Box]) -> list[_Line]:
    """Join what follows each other on one height."""
    lines: list[_Line] = []
    first, low, high, pieces = 0, 0.0, 0.0, list[tuple[float, float]]()
    # A page may hold each of its letters as an object of its own: all counts that is done here.
    for index, (left, bottom, right, top) in enumerate(boxes):
        shared = min(top, high) - max(bottom, low)
        height = min(top - bottom, high - low)
        if pieces and shared >= _SAME_LINE * height:
            low, high = min(bottom, low), max(top, high)
            pieces.append((left, right))
        else:
            if pieces:
                lines.append(_Line(range(first, index), low, high, _joined(pieces)))
            first, low, high, pieces = index, bottom, top, [(left, right)]
    if pieces:
        lines.append(_Line(range(first, len(boxes)), low, high, _joined(pieces)))
    return lines


def _joined(pieces: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the pieces of a line from left to right; what is no gutter apart is one."""
    pieces.sort()
    joined: list[tuple[float, float]] = []
    left, right = pieces[0]
    for start, end in pieces:
        if start - right >= _GUTTER_POINTS:
            joined.append((left, right))
            left, right = start, end
        elif end > right:
            right = end
    return [*joined, (left, right)]


def _stretch(lines: Sequence[_Line], first: int) -> tuple[int, list[tuple[float, float]]]:
    """Return where the lines end that leave the same gutters free as `first`, and these."""
    pieces = lines[first].pieces
    gutters = [(one[1], other[0]) for one, other in pairwise(pieces)]
    after = first + 1
    while gutters and after < len(lines) and _follows(lines[after - 1], lines[after]):
        kept = list(_left_free(gutters, lines[after].pieces))
        if not kept:
            break
        gutters, after = kept, after + 1
    return after, gutters


def _follows(line: _Line, below: _Line) -> bool:
    height = line.top - line.bottom
    return line.bottom >= below.bottom and line.bottom - below.top <= _FAR * height


def _left_free(
    gutters: Sequence[tuple[float, float]], pieces: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    """Yield what `pieces` leave of gutters, as far as it still is one."""
    for free, right in gutters:
        left = free
        for start, end in pieces:
            if end <= left or start >= right:
                continue
            if start - left >= _GUTTER_POINTS:
                yield left, start
            left = max(left, end)
        if right - left >= _GUTTER_POINTS:
            yield left, right


def _are_columns(
    lines: Sequence[_Line], gutters: Sequence[tuple[float, float]], page_width: float
) -> bool:
    if not gutters or sum(len(line.pieces) > 1 for line in lines) < _LEAST_LINES:
        return False
    widths: list[list[float]] = [[] for _ in range(len(gutters) + 1)]
    for line in lines:
        for column, pieces in _by_column(line, gutters).items():
            # A line of prose has no gap; what has one may be the cells of a table.
            widths[column].append(pieces[0] if len(pieces) == 1 else 0.0)
    return all(of_one and _are_full(of_one, page_width) for of_one in widths)


def _by_column(line: _Line, gutters: Sequence[tuple[float, float]]) -> dict[int, list[float]]:
    """Return the widths of a line's pieces by the column they stand in."""
    found: dict[int, list[float]] = {}
    for left, right in line.pieces:
        found.setdefault(_column((left, 0, right, 0), gutters), []).append(right - left)
    return found


def _are_full(widths: Sequence[float], page_width: float) -> bool:
    widest = max(widths)
    full = sum(width >= _FULL * widest for width in widths)
    return widest >= _LEAST_WIDTH * page_width and full >= _FULL_LINES * len(widths)


def _column(box: Box, gutters: Sequence[tuple[float, float]]) -> int:
    middle = (box[0] + box[2]) / 2
    return sum(middle > (left + right) / 2 for left, right in gutters)


def are_prose(texts: Mapping[Group, str]) -> bool:
    """Whether the groups' texts are words, most of all: columns of figures are a table's."""
    return all(_are_words(text) for (stretch, _), text in texts.items() if stretch % 2)


def _are_words(text: str) -> bool:
    marks = [character for character in text if not character.isspace()]
    return sum(map(str.isalpha, marks)) >= _LETTERS * len(marks)
