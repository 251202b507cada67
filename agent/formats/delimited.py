"""CSV and TSV: rows of a table, each with the number that a spreadsheet would give it.

`csv.Sniffer` is not asked: it guesses from letters too, and cannot say how sure it is. A sign
divides the cells if it makes rows of the same length; if none does, the comma of the name.
"""

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.encoding import decode
from agent.formats.grid import Row, again, named, split_rows
from agent.formats.pages import clean, join
from agent.formats.tables import one_line

# At equal merit the first: a comma also stands in numbers, and others hardly do.
_SIGNS = "\t;|,"
_COMMA = ","
_SAMPLE_ROWS = 200
_SAMPLE_CHARACTERS = 200_000
_MIN_SHARE = 0.5
_LONGEST_LINE = 10_000_000
_LONGEST_CELL = 1_000_000
_DECLARED = "sep="
_NO_END = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a file is written: what divides its cells, whether quotes hold them together."""

    delimiter: str
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
    strict: bool = False

    def read(self, text: str) -> Iterator[list[str]]:
        lines = io.StringIO(text, newline="\n")
        return csv.reader(lines, delimiter=self.delimiter, quoting=self.quoting, strict=self.strict)


def _parse(data: bytes, on_page: OnPage) -> Parsed:
    raw, encoding = decode(data)
    text = clean(raw)
    _refuse_long_lines(text)
    with _cells_of_any_length():
        text, delimiter = _delimiter(text)
        dialect = _dialect(text, delimiter)
        pages = list(split_rows(_rows(text, dialect)))
    on_page(0, len(pages))
    names = pages[0][0] if pages else Row(1)
    return join(f"csv, {encoding}", (_piece(rows, names) for rows in pages))


def _refuse_long_lines(text: str) -> None:
    longest = max(map(len, io.StringIO(text)), default=0)
    if longest > _LONGEST_LINE:
        raise Refused(
            f"has a line of {longest:,} characters, as no table has; "
            "if it is text, save it with the ending .txt."
        )


@contextlib.contextmanager
def _cells_of_any_length() -> Iterator[None]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    except csv.Error as error:
        raise Refused("is no table that can be read as CSV; save it again as CSV.") from error
    finally:
        csv.field_size_limit(before)


def _delimiter(text: str) -> tuple[str, str]:
    """Return the text without what it says of its delimiter, and the delimiter."""
    first, _, rest = text.partition("\n")
    if first.startswith(_DECLARED) and len(first) == len(_DECLARED) + 1:
        return rest, first[-1]
    # Of one a short sample may hold half a row, which is one of many.
    sample = text[:_SAMPLE_CHARACTERS]
    merits = {sign: _merit(sample, sign) for sign in _SIGNS}
    best = max(merits, key=lambda sign: merits[sign])
    return text, best if merits[best] >= _MIN_SHARE else _COMMA


def _merit(sample: str, sign: str) -> float:
    """Return which share of the rows have the most common length, if that is more than one."""
    rows = [len(row) for row in islice(_Dialect(sign).read(sample), _SAMPLE_ROWS) if row]
    (length, count), *_ = Counter(rows).most_common(1) or [(0, 0)]
    return count / len(rows) if length > 1 else 0.0


def _dialect(text: str, delimiter: str) -> _Dialect:
    """Tell whether quotes hold cells together; one that is never closed would hold all the rest."""
    strict = _Dialect(delimiter, strict=True)
    try:
        for _ in strict.read(text):
            pass
    except csv.Error as error:
        if _NO_END in str(error) or "limit" in str(error):
            return _Dialect(delimiter, csv.QUOTE_NONE)
        return _Dialect(delimiter)
    return strict


def _rows(text: str, dialect: _Dialect) -> Iterator[Row]:
    for number, cells in enumerate(dialect.read(text), 1):
        words = {column: one_line(cell) for column, cell in enumerate(cells)}
        filled = {column: cell for column, cell in words.items() if cell}
        if filled:
            yield Row(number, filled)


def _piece(rows: list[Row], names: Row) -> Piece:
    first, last = rows[0].number, rows[-1].number
    label = f"row {first}" if first == last else f"rows {first}-{last}"
    return Piece(named(rows if rows[0] is names else [*again(names), *rows]), label)


FORMAT = Format("csv", "CSV", (".csv", ".tsv", ".tab"), lambda _data: False, _parse)
