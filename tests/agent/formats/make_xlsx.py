"""Workbooks: written by openpyxl, which is not what reads them, or by hand where it cannot."""

import datetime as dt
import io

from openpyxl import Workbook
from openpyxl.comments import Comment

from tests.agent.formats.make import HIDDEN, Sample, make_zip

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def save(book: Workbook) -> bytes:
    """Return the file of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def raw_xlsx(sheet: str, extra: dict[str, str | bytes] | None = None, state: str = "") -> bytes:
    """Return a workbook of one sheet, "S", whose XML within <worksheet> is `sheet`."""
    return make_zip(
        {
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="S" sheetId="1" {state} r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship '
            f'Id="r1" Type="{_OFFICE}/worksheet" Target="/xl/sheet.xml"/></Relationships>',
            "xl/sheet.xml": f'<worksheet xmlns="{_MAIN}">{sheet}</worksheet>',
            **(extra or {}),
        }
    )


def _harbour() -> bytes:
    book = Workbook()
    ships = book.active
    ships.title = "Ships"
    ships.append(["Harbour of Vinga"])
    ships.merge_cells("A1:D1")
    ships.append([])
    ships.append(["Year", "Ships", None, "Share", "Paid", "Seen on"])
    ships.append([None, "in", "out|lost", None, None, None])
    ships.merge_cells("B3:C3")
    ships.append([1907, 1204, 1199, 0.125, 1234.5, dt.date(1907, 11, 1)])
    ships.append([1908, "=SUM(B5:B5)", None, None, "one\ntwo", True])
    ships["B5"].number_format = ships["C5"].number_format = "#,##0"
    ships["D5"].number_format = "0.0%"
    ships["E5"].number_format = "#,##0.00 [$€-407]"
    ships["F5"].number_format = "d mmmm yyyy"
    ships["A5"].comment = Comment("Counted by hand.", "the pilot")
    ships.row_dimensions[6].hidden = True
    ships.column_dimensions["E"].hidden = True
    secret = book.create_sheet("Pilots")
    secret["C130"] = "They moved out."
    secret.sheet_state = "hidden"
    long = book.create_sheet("Log")
    long.append(["Day", "Depth"])
    for day in range(1, 100):
        long.append([f"day {day}", day / 2])
    return save(book)


HARBOUR_XLSX = _harbour()
SAMPLE = Sample(
    "harbour.xlsx",
    HARBOUR_XLSX,
    "xlsx",
    labels=("Ships", "Pilots", "Log", "Log 2"),
    headings=(
        (1, "Ships (with hidden rows, with hidden columns)"),
        (1, "Pilots (hidden sheet)"),
        (1, "Log"),
    ),
    must_include=(
        (
            "Ships (with hidden rows, with hidden columns)\n\n"
            "| | A | B | C | D | E hidden | F |\n"
            "| --- | --- | --- | --- | --- | --- | --- |\n"
            "| 1 | Harbour of Vinga |\n"
            "| 3 | Year | Ships | ← Ships | Share | Paid | Seen on |\n"
            "| 4 | | in | out\uff5clost |\n"
            "| 5 | 1907 | 1,204 | 1,199 | 12.5% | 1,234.50 € | 1 November 1907 |\n"
            "| 6 hidden | 1908 | =SUM(B5:B5) (not calculated) | | | one two | TRUE |\n\n"
            "Comment on A5: Counted by hand.\n"
        ),
        "Pilots (hidden sheet)\n\n| | C |\n| --- | --- |\n| 130 | They moved out. |\n",
        (
            "| 60 | day 59 | 29.5 |\n\nLog 2\n\n| | A | B |\n| --- | --- | --- |\n"
            "| 1 again | Day | Depth |\n| 61 | day 60 | 30 |\n"
        ),
    ),
    must_not_include=(HIDDEN, "\r", "| 2 | Year"),
)
