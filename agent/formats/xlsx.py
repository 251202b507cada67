"""XLSX: every sheet is a page, or several, of rows as they are seen on the screen.

Read without openpyxl: its reader for large files knows nothing of merged and hidden cells, shows
no number as its format says, and takes twice as long.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zipfile import ZipFile

from agent.document import Heading
from agent.formats.archive import member_names
from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.grid import (
    Row,
    again,
    column_number,
    lettered,
    names_of_columns,
    split_rows,
)
from agent.formats.number_format import GENERAL, show_general, show_number, show_text
from agent.formats.office import damaged, open_office, read_xml, relations
from agent.formats.pages import clean, join
from agent.formats.tables import ABOVE, LEFT, covered, one_line
from agent.formats.workbook import (
    TITLE,
    Sheet,
    Workbook,
    iterate,
    local_name,
    read_workbook,
    says_yes,
    words_of,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Za-z]+\d+:[A-Za-z]+\d+)[\"']")
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_MAX_COVERED = 1_000_000
_HIDDEN = "hidden"
_NOT_CALCULATED = "(not calculated)"
_NUMBER, _SHARED, _INLINE, _TRUTH, _DAY = "n", "s", "inlineStr", "b", "d"


def _sniff(data: bytes) -> bool:
    names = member_names(data)
    return any(name.startswith("xl/") for name in names) and "xl/workbook.bin" not in names


def _parse(data: bytes, on_page: OnPage) -> Parsed:
    with open_office(data, TITLE) as archive:
        try:
            workbook = read_workbook(archive)
            pieces = [
                piece for sheet in workbook.sheets for piece in _pieces(archive, workbook, sheet)
            ]
        except (ValueError, IndexError, OverflowError) as error:
            raise damaged(TITLE) from error
    if not any("|" in piece.text for piece in pieces):
        raise Refused("holds no text; check that it is the right file.")
    on_page(len(pieces), len(pieces))
    return join("lxml", pieces)


def _pieces(archive: ZipFile, workbook: Workbook, sheet: Sheet) -> Iterator[Piece]:
    if sheet.part.kind != "worksheet":
        yield _piece(sheet.name, f"{sheet.name} ({sheet.part.kind}, not read)", "")
        return
    if sheet.part.path not in archive.namelist():
        raise damaged(TITLE)
    reader = _Reader(workbook, archive.read(sheet.part.path))
    pages = list(split_rows(reader.rows()))
    names = names_of_columns(pages[0]) if pages else None
    reader.cover(pages)
    tables = []
    for number, rows in enumerate(pages):
        said = again(names) if number else []
        tables.append(lettered([*said, *rows], reader.column_notes))
    notes = "".join(_comments(archive, sheet)) + _unread(archive, sheet)
    tables = [*tables[:-1], (tables[-1] if tables else "") + notes]
    title = sheet.name + _remarks(sheet, reader, is_empty=not pages)
    yield _piece(sheet.name, title, tables[0])
    for number, table in enumerate(tables[1:], 2):
        yield Piece(f"{sheet.name} {number}\n\n{table}\n", f"{sheet.name} {number}")


def _piece(label: str, title: str, table: str) -> Piece:
    text = f"{title}\n\n{table}\n" if table else f"{title}\n\n"
    return Piece(text, label, (Heading(1, title, 0),))


def _remarks(sheet: Sheet, reader: "_Reader", *, is_empty: bool) -> str:
    remarks = [
        "hidden sheet" if sheet.is_hidden else "",
        "with hidden rows" if reader.has_hidden_rows else "",
        "with hidden columns" if _HIDDEN in reader.column_notes.values() else "",
        "no cells" if is_empty else "",
    ]
    said = ", ".join(filter(None, remarks))
    return f" ({said})" if said else ""


def _comments(archive: ZipFile, sheet: Sheet) -> Iterator[str]:
    for relation in relations(archive, sheet.part.path, TITLE).values():
        if relation.kind == "comments" and relation.path in archive.namelist():
            for comment in read_xml(archive, relation.path, TITLE).iter("{*}comment"):
                words, place = words_of(comment), clean(comment.get("ref", "?"))
                yield f"\nComment on {one_line(place)}: {words}\n" if words else ""


def _unread(archive: ZipFile, sheet: Sheet) -> str:
    kinds = {relation.kind for relation in relations(archive, sheet.part.path, TITLE).values()}
    return "\n(Holds drawings or charts, which were not read.)\n" if "drawing" in kinds else ""


@dataclass(slots=True)
class _Merged:
    """A block of merged cells, its last row and column included."""

    top: int
    left: int
    bottom: int
    right: int
    words: str = ""


@dataclass(slots=True)
class _Reader:
    """Reads the rows of one sheet, and notes what else it says on the way."""

    workbook: Workbook
    data: bytes
    column_notes: dict[int, str] = field(default_factory=dict)
    has_hidden_rows: bool = False
    _row: int = 0
    _columns: dict[str, int] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold something."""
        for name, element in iterate(self.data, "col", "row"):
            if name == "col":
                self._note_column(element)
                continue
            row = self._read_row(element)
            if row.cells:
                self.has_hidden_rows |= bool(row.note)
                yield row

    def _note_column(self, element: "_Element") -> None:
        if says_yes(element.get("hidden")):
            first, last = int(element.get("min", "1")), int(element.get("max", "1"))
            for column in range(first - 1, min(last, 16_384)):
                self.column_notes[column] = _HIDDEN

    def _read_row(self, element: "_Element") -> Row:
        self._row = int(element.get("r") or self._row + 1)
        row = Row(self._row, note=_HIDDEN if says_yes(element.get("hidden")) else "")
        column = -1
        row.is_names = True
        for cell in element:
            place = cell.get("r")
            column = self._column(place) if place else column + 1
            words = self._words(cell)
            if words:
                row.cells[column] = words
                row.is_names &= cell.get("t") in {_SHARED, _INLINE, "str"}
        return row

    def _column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        known = self._columns.get(letters)
        if known is None:
            known = self._columns[letters] = column_number(letters)
        return known

    def _words(self, cell: "_Element") -> str:
        kind = cell.get("t", _NUMBER)
        value = formula = None
        for part in cell:
            name = local_name(part)
            if name == "v":
                value = part.text
            elif name == "f":
                formula = part.text or ""
            elif name == "is" and kind == _INLINE:
                return words_of(part)
        if value is None:
            return _without_value(formula) if formula is not None and kind != "str" else ""
        if kind == _NUMBER:
            return self._shown(float(value), int(cell.get("s", "0")))
        return self._other(kind, value, int(cell.get("s", "0")))

    def _shown(self, value: float, style: int) -> str:
        code = self.workbook.formats[style] if style < len(self.workbook.formats) else GENERAL
        if code == GENERAL:
            return show_general(value)
        return one_line(show_number(value, code, since_1904=self.workbook.since_1904))

    def _other(self, kind: str, value: str, style: int) -> str:
        if kind == _SHARED:
            words = self.workbook.words[int(value)]
            code = self.workbook.formats[style] if style < len(self.workbook.formats) else GENERAL
            return words if code == GENERAL else one_line(show_text(words, code))
        if kind == _TRUTH:
            return "TRUE" if value.strip() == "1" else "FALSE"
        return one_line(clean(value.replace("T00:00:00", "") if kind == _DAY else value))

    def cover(self, pages: Sequence[Sequence[Row]]) -> None:
        """Say in the cells that were merged whose they are."""
        rows = [row for page in pages for row in page]
        numbers = [row.number for row in rows]
        used = sorted({column for row in rows for column in row.cells})
        budget = _MAX_COVERED
        for merged in self._merged():
            first, after = bisect_left(numbers, merged.top), bisect_right(numbers, merged.bottom)
            if first == after or numbers[first] != merged.top:
                continue
            columns = used[bisect_left(used, merged.left) : bisect_right(used, merged.right)]
            words = rows[first].cells.get(merged.left, "")
            budget -= (after - first) * len(columns) if words else 1
            if budget < 0:
                raise Refused("has more merged cells than can be read; save it as PDF.")
            for row in rows[first:after] if words else ():
                _cover(row, columns, words, LEFT if row.number == merged.top else ABOVE)

    def _merged(self) -> Iterator[_Merged]:
        for match in _MERGED.finditer(self.data):
            places = [_PLACE.fullmatch(place) for place in match[1].decode().split(":")]
            with suppress(ValueError):
                (left, top), (right, bottom) = [
                    (column_number(place[1]), int(place[2])) for place in places if place
                ]
                yield _Merged(top, left, bottom, right)


def _cover(row: Row, columns: Sequence[int], words: str, arrow: str) -> None:
    if arrow == LEFT and len(row.cells) == 1:  # a title across all that stands below
        return
    for column in columns:
        row.cells.setdefault(column, covered(words, arrow))


def _without_value(formula: str) -> str:
    written = one_line(clean(formula))
    return f"={written} {_NOT_CALCULATED}" if written else f"formula {_NOT_CALCULATED}"


FORMAT = Format("xlsx", "XLSX", (".xlsx", ".xlsm", ".xltx", ".xltm"), _sniff, _parse)
