"""Rows of a spreadsheet as pages, each row with its number, so that every cell can be found again.

The number stands in the first cell of a row, the letters of the columns in the first row, as on
the screen: the cell in the row that begins with "| 7 |", below "B", is B7.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from agent.formats.pages import PAGE_LINES
from agent.formats.tables import row_line, rule_line, up_to_last

# About what fits two printed pages: rows are wide.
_PAGE_CHARACTERS = 6_000
_LETTERS = 26
_AGAIN = "again"
_LONGEST_AGAIN = 2_000
_MIN_NAMES = 2


@dataclass(slots=True)
class Row:
    """One row that holds something.

    Attributes:
        number: as the spreadsheet counts, from 1.
        cells: words by column, from 0; canonical, on one line.
        note: what is to be said of it, for example "hidden".
        is_names: whether it may be the one that says what the columns hold.
    """

    number: int
    cells: dict[int, str] = field(default_factory=dict)
    note: str = ""
    is_names: bool = False


def split_rows(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows of one page after another."""
    page: list[Row] = []
    size = 0
    for row in rows:
        length = sum(len(words) + 3 for words in row.cells.values())
        if page and (len(page) >= PAGE_LINES or size + length > _PAGE_CHARACTERS):
            yield page
            page, size = [], 0
        page.append(row)
        size += length
    if page:
        yield page


def names_of_columns(rows: Sequence[Row]) -> Row | None:
    """Return the row that says what the columns hold, if one of the first page looks like it."""
    return next((row for row in rows if row.is_names and len(row.cells) >= _MIN_NAMES), None)


def again(row: Row | None) -> list[Row]:
    """Return a row to be said once more and said to be so, or none if it is too long for that."""
    if row is None or sum(map(len, row.cells.values())) + 3 * max(row.cells) > _LONGEST_AGAIN:
        return []
    return [Row(row.number, row.cells, " ".join(filter(None, (row.note, _AGAIN))))]


def lettered(rows: Sequence[Row], notes: dict[int, str]) -> str:
    """Return `rows` as a Markdown table whose columns are called by their letters.

    Args:
        rows: at least one of them with words; columns of nothing are left out.
        notes: what is to be said of a column.
    """
    used = sorted({column for row in rows for column, words in row.cells.items() if words})
    names = [" ".join(filter(None, (column_letters(at), notes.get(at, "")))) for at in used]
    lines = [row_line(["", *names]), rule_line(len(used) + 1)]
    lines += (row_line([_number(row), *up_to_last(used, row.cells)]) for row in rows)
    return "\n".join(lines) + "\n"


def named(rows: Sequence[Row]) -> str:
    """Return `rows` as a Markdown table whose first row is that of the names."""
    width = max(max(row.cells, default=0) for row in rows) + 1
    columns = range(width)
    first, *others = rows
    names = [first.cells.get(column, "") for column in columns]
    lines = [row_line([_number(first), *names]), rule_line(width + 1)]
    lines += (row_line([_number(row), *up_to_last(columns, row.cells)]) for row in others)
    return "\n".join(lines) + "\n"


def _number(row: Row) -> str:
    return f"{row.number} {row.note}" if row.note else str(row.number)


def column_letters(column: int) -> str:
    """Return what a spreadsheet calls a column counted from 0: A, B, ... Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the column, from 0, that a spreadsheet calls by `letters`.

    Raises:
        ValueError: if they are none, or more than the three of the last column.
    """
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):  # noqa: PLR2004
        raise ValueError(f"no column: {letters[:9]!r}")
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number - 1
