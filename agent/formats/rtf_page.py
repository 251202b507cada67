"""Paragraphs and tables of RTF on their way to HTML: those of a text, of a note, or of a box."""

from dataclasses import dataclass, field

_LAST_HEADING = 6
_MOST_COLUMNS = 1_000


@dataclass(slots=True)
class _Cell:
    html: str
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class _Table:
    """A table not yet ended; of the first, the page itself, only `blocks` is used.

    Attributes:
        blocks: paragraphs and tables of the cell in hand.
        cells: cells of the row in hand.
        rows: rows that are done.
        above: the cell in each place of a row into which others below may be merged.
        merged: how each cell of a row is merged: "", "beside" or "below".
        pending: the same of the cell that is just being defined.
    """

    blocks: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    rows: list[list[_Cell]] = field(default_factory=list)
    above: dict[int, _Cell] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    pending: str = ""

    def end_row(self) -> None:
        """Put the cells of a row where they belong, merged ones into their neighbours."""
        row: list[_Cell] = []
        for index, html in enumerate(self.cells):
            how = self.merged[index] if index < len(self.merged) else ""
            if how == "beside" and row and not html:
                row[-1].columns = min(row[-1].columns + 1, _MOST_COLUMNS)
            elif how == "below" and index in self.above and not html:
                self.above[index].rows += 1
            else:
                row.append(_Cell(html))
                self.above[index] = row[-1]
        self.rows.append(row)
        self.cells = []

    def html(self) -> str:
        """Return the table, or only its paragraphs if it has no rows."""
        if self.cells:
            self.end_row()
        rows = "".join(f"<tr>{''.join(map(_td, row))}</tr>" for row in self.rows)
        return (f"<table>{rows}</table>" if rows else "") + "".join(self.blocks)


def _td(cell: _Cell) -> str:
    return f'<td colspan="{cell.columns}" rowspan="{cell.rows}">{cell.html}</td>'


@dataclass(slots=True)
class Page:
    """What was read of one run of text, and the line and the tables that are not yet done."""

    _tables: list[_Table] = field(default_factory=lambda: [_Table()])
    _line: list[str] = field(default_factory=list)
    _behind: list[str] = field(default_factory=list)
    _half: int = 0

    def add(self, html: str) -> None:
        """Add to the line in hand."""
        self._half = 0
        self._line.append(html)

    def add_behind(self, html: str) -> None:
        """Add a box, which comes behind the paragraph in hand."""
        self._behind.append(html)

    def add_unit(self, unit: int) -> None:
        """Add a unit of UTF-16: a character, or half of one."""
        if 0xD800 <= unit < 0xDC00:  # noqa: PLR2004 - the halves that come first
            self._half = unit
        elif 0xDC00 <= unit < 0xE000:  # noqa: PLR2004 - those that come second
            half, self._half = self._half, 0
            code = 0x10000 + ((half - 0xD800) << 10) + unit - 0xDC00
            self._line.append(chr(code) if half else "\ufffd")
        else:
            self.add({38: "&amp;", 60: "&lt;", 62: "&gt;"}.get(unit, chr(unit)))

    def end_paragraph(self, level: int, depth: int) -> None:
        """End a paragraph: a heading if `level` is not 0; `depth` says in how many tables."""
        self._go_to(depth)
        self._end_line(level)

    def end_cell(self, depth: int) -> None:
        """End a cell of the table at `depth`."""
        self._go_to(depth)
        self._end_line(0)
        table = self._tables[-1]
        table.cells.append("".join(table.blocks))
        table.blocks = []

    def end_row(self, depth: int) -> None:
        """End a row of the table at `depth`."""
        self._go_to(depth)
        if self._line:
            self.end_cell(depth)
        self._tables[-1].end_row()

    def define_cell(self, how: str) -> None:
        """Begin the definition of a row (""), say how the next cell is merged, or end it."""
        self._go_to(max(1, len(self._tables) - 1))
        table = self._tables[-1]
        if how == "end":
            table.merged.append(table.pending)
            table.pending = ""
        elif how:
            table.pending = how
        else:
            table.merged, table.pending = [], ""

    def html(self) -> str:
        """End what is not done, and return all."""
        self._end_line(0)
        self._go_to(0)
        return self._tables[0].html()

    def _go_to(self, depth: int) -> None:
        while len(self._tables) <= depth:
            self._tables.append(_Table())
        while len(self._tables) > depth + 1:
            html = self._tables.pop().html()
            self._tables[-1].blocks.append(html)

    def _end_line(self, level: int) -> None:
        words, self._line = "".join(self._line).strip(" "), []
        behind, self._behind = self._behind, []
        tag = f"h{min(level, _LAST_HEADING)}" if level else "p"
        blocks = self._tables[-1].blocks
        if words:
            blocks.append(f"<{tag}>{words}</{tag}>")
        blocks += behind
