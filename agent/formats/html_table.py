"""Tables of HTML: of each row a line of Markdown, of tables made for layout paragraphs."""

from typing import TYPE_CHECKING

from agent.formats.tables import Cell, one_line, table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# A cell longer than this, in characters, belongs to a table made for layout.
_LONG_CELL_CHARACTERS = 1_000
# Both are what browsers hold to. Source: WHATWG HTML, "Forming a table".
_MAX_COLUMNS = 1_000
_MAX_ROWS = 65_534
_BLOCKS = ("p", "div", "br", "li", "tr", "dt", "dd", "pre", "blockquote")
_PARTS = ("thead", "tbody", "tfoot", "tr", "td", "th")


def flatten_tables(tree: "_Element") -> None:
    """Make lines of all tables in `tree`.

    Drawn as a table, text would stand in columns: words of neighbouring cells mixed line by line,
    padded with spaces to the width of the widest cell.
    """
    layout: set[_Element] = set()
    for table in reversed(list(tree.iter("table"))):
        layout.update(table.iterancestors("table"))
        if table not in layout and not any(map(_is_long, table.iter("td", "th"))):
            _write_rows(table)
        for part in (table, *table.iter(*_PARTS)):
            part.tag = "div"


def _is_long(cell: "_Element") -> bool:
    length = sum(map(len, map(str, cell.itertext())))
    return length > _LONG_CELL_CHARACTERS or next(cell.iter(*HEADINGS), None) is not None


def _write_rows(table: "_Element") -> None:
    from lxml.etree import SubElement  # noqa: PLC0415 - needed for few formats

    rows = list(table.iter("tr"))
    lines = table_lines([[_cell(cell) for cell in row.iter("td", "th")] for row in rows])
    for row, line in zip(rows, lines, strict=True):
        tail = row.tail
        row.clear()
        row.text, _, below = line.partition("\n")
        if below:
            SubElement(row, "br").tail = below
        row.tail = tail


def _cell(cell: "_Element") -> Cell:
    return Cell(
        _words(cell), _span(cell, "colspan", _MAX_COLUMNS), _span(cell, "rowspan", _MAX_ROWS)
    )


def _words(cell: "_Element") -> str:
    for part in cell.iterdescendants(*_BLOCKS):
        part.text = " " + (part.text or "")
        part.tail = " " + (part.tail or "")
    return one_line("".join(map(str, cell.itertext())))


def _span(cell: "_Element", name: str, most: int) -> int:
    value = cell.get(name, "").strip()
    if not (value.isascii() and value.isdigit()):
        return 1
    # Zero means "to the end"; a number of thousands of digits is none that Python would read.
    return int(value[:6]) if 0 < int(value[:6]) <= most else most
