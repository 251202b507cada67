"""Tables as Markdown: a row is a line, its cells stand between pipes.

Nothing is escaped, so that the words of a cell are found as they were written. Only a pipe within
a cell becomes the wide one (U+FF5C), which counts as the same sign where quotes are compared.
A row ends after its last cell that says something; where cells are merged, the others say whose
they are: "← both years" is the cell to the left, "↑ Grain" the one above.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.formats.base import Refused

WIDE_PIPE = "\uff5c"
LEFT, ABOVE = "←", "↑"
# Longer words are not said again in the cells that were merged; the arrow stands alone.
_SAID_AGAIN_CHARACTERS = 80
_MAX_COVERED = 1_000_000
_TOO_MANY = "holds a table of more merged cells than can be read; save it as PDF."
# Not the spaces of `str.split`: a number written with thin spaces must keep them.
_SPACES = re.compile(r"[\t\n\x0b\x0c\r ]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table, with how many columns and rows it takes."""

    text: str
    columns: int = 1
    rows: int = 1


def one_line(text: str) -> str:
    """Return the words of a cell on one line, with no pipe that could be taken for its end."""
    return _SPACES.sub(" ", text).strip(" ").replace("|", WIDE_PIPE)


def row_line(cells: Iterable[str]) -> str:
    """Return a row of a Markdown table, without the line's end."""
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def rule_line(columns: int) -> str:
    """Return the line below the first row of a Markdown table."""
    return "|" + " --- |" * columns


def covered(words: str, arrow: str) -> str:
    """Return what a cell says that was merged with the one of these `words`."""
    if not words:
        return ""
    return f"{arrow} {words}" if len(words) <= _SAID_AGAIN_CHARACTERS else arrow


def up_to_last(columns: Sequence[int], cells: Mapping[int, str]) -> list[str]:
    """Return the cells of a row in the order of `columns`, without those empty at its end."""
    last = max((column for column, words in cells.items() if words), default=-1)
    return [cells.get(column, "") for column in columns[: bisect_right(columns, last)]]


def lay_out(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Return the rows of a table with every cell in its column; columns of nothing are left out."""
    placed = list(_place(rows))
    used = sorted({start for row in placed for start, _, _, words in row if words})
    grid: list[dict[int, str]] = [{} for _ in rows]
    budget = _MAX_COVERED
    for top, row in enumerate(placed):
        for start, columns, height, words in row:
            first, after = bisect_left(used, start), bisect_left(used, start + columns)
            bottom = min(top + height, len(rows))
            budget -= (after - first) * (bottom - top) if words else 0
            if budget < 0:
                raise Refused(_TOO_MANY)
            for line in range(top, bottom) if words else ():
                for column in used[first:after]:
                    arrow = ABOVE if line > top else LEFT
                    grid[line].setdefault(column, covered(words, arrow))
            if words:
                grid[top][start] = words
    return [up_to_last(used, row) for row in grid]


_Placed = tuple[int, int, int, str]  # first column, how many, how many rows, words


def _place(rows: Sequence[Sequence[Cell]]) -> Iterator[list[_Placed]]:
    """Yield the cells of each row where they stand, right of those that hang down into it."""
    hanging: list[tuple[int, int, int]] = []  # first column, the one after the last, last row
    budget = _MAX_COVERED
    for number, row in enumerate(rows):
        budget -= len(hanging)
        if budget < 0:
            raise Refused(_TOO_MANY)
        hanging = sorted((block for block in hanging if block[2] >= number), reverse=True)
        before, column, placed = hanging.copy(), 0, []
        for cell in row:
            while before and before[-1][0] <= column:
                column = max(column, before.pop()[1])
            placed.append((column, max(1, cell.columns), max(1, cell.rows), cell.text))
            column += max(1, cell.columns)
        yield placed
        hanging += [(at, at + wide, number + high - 1) for at, wide, high, _ in placed if high > 1]


def table_lines(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Return the lines of a table, which belong to its rows but for the second, below the first.

    A table of one column is no more than its lines; "" stands for a row that says nothing.
    """
    laid = lay_out(rows)
    width = max(map(len, laid), default=0)
    if width <= 1:
        return ["".join(row) for row in laid]
    first, *others = laid
    first += [""] * (width - len(first))
    return [
        "\n".join((row_line(first), rule_line(width))),
        *(row_line(row) if row else "" for row in others),
    ]
