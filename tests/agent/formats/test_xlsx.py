"""What XLSX promises beyond the contract; openpyxl reads the same files as a second opinion."""

import io
import random
import time

import pytest
from openpyxl import Workbook, load_workbook

from agent.errors import DocumentError
from agent.formats import parse
from agent.formats.isolate import parse_file
from tests.agent.formats.make import run
from tests.agent.formats.make_xlsx import HARBOUR_XLSX, raw_xlsx, save


def _text(data: bytes) -> str:
    return parse(data, "book.xlsx", lambda _done, _of: None).text


def _rows(text: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line[:1] == "|"]
    return {cells[0]: cells[1:] for cells in lines}


def test_openpyxl_finds_the_same_cells():
    random.seed(7)
    book = Workbook()
    for number in range(1, 400):
        cells = [random.choice([f"w{number}", number, number / 8, None]) for _ in range(6)]
        book.active.append([f"row {number}", *cells, "end"])
    data = save(book)
    rows = _rows(_text(data))
    for number, cells in enumerate(load_workbook(io.BytesIO(data)).active.values, 1):
        want = ["" if cell is None else f"{cell}" for cell in cells]
        assert " ".join(rows[str(number)]).replace("|", "").split() == " ".join(want).split()


def test_cells_without_places_stand_one_after_the_other():
    cells = "<c><v>1</v></c><c t='inlineStr'><is><t>two</t></is></c>"
    sheet = f"<sheetData><row>{cells}</row><row><c r='B2'><v>3</v></c></row></sheetData>"
    assert "| 1 | 1 | two |\n| 2 | | 3 |\n" in _text(raw_xlsx(sheet))


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("<c t='e'><v>#DIV/0!</v></c>", "#DIV/0!"),
        ("<c t='str'><f>A2</f><v>found</v></c>", "found"),
        ("<c><f t='shared' si='0'/></c>", "formula (not calculated)"),
        ("<c><f>A1+1</f><v/></c>", "=A1+1 (not calculated)"),
        ("<c><f>A1+1</f><v>7</v></c>", "7"),
        ("<c t='b'><v>0</v></c>", "FALSE"),
        ("<c t='d'><v>1907-11-01T00:00:00</v></c>", "1907-11-01"),
        ("<c><v>0.30000000000000004</v></c>", "0.3"),
        ("<c><v>1.5E-7</v></c>", "1.5E-07"),
        ("<c t='inlineStr'><is><r><t>The </t></r><r><t>light</t></r></is></c>", "The light"),
        ("<c t='inlineStr'><is><t>光</t><rPh><t>ひかり</t></rPh></is></c>", "光"),
        ("<c t='inlineStr'><is><t>a_x000D_\nb_x0041_</t></is></c>", "a bA"),
    ],
)
def test_a_cell_says_what_is_seen(cell, words):
    assert f"| 1 | {words} |\n" in _text(raw_xlsx(f"<sheetData><row>{cell}</row></sheetData>"))


def test_merged_cells_below_say_so_and_those_of_nothing_do_not():
    book = Workbook()
    for row in (["Grain", 1], [None, 2], [None, 3], ["Salt", 4]):
        book.active.append(row)
    book.active.merge_cells("A1:A3")
    book.active.merge_cells("D1:F9")
    assert "| 1 | Grain | 1 |\n| 2 | ↑ Grain | 2 |\n| 3 | ↑ Grain | 3 |\n" in _text(save(book))


def test_words_of_one_sheet_are_not_lost_to_a_strange_one():
    book = Workbook()
    book.active["A1"] = "words"
    book.create_chartsheet("Drawn")
    assert "Drawn (chartsheet, not read)\n" in _text(save(book))


HOSTILE = {
    "a workbook of empty sheets": (save(Workbook()), "holds no text"),
    "a sheet that is not there": (
        raw_xlsx("", {"xl/_rels/workbook.xml.rels": "<Relationships/>"}), "is damaged",
    ),
    "a word that is not there": (
        raw_xlsx("<sheetData><row><c t='s'><v>9</v></c></row></sheetData>"), "is damaged",
    ),
    "a number that is none": (
        raw_xlsx("<sheetData><row><c><v>x</v></c></row></sheetData>"), "is damaged",
    ),
    "a number without end": (
        raw_xlsx("<sheetData><row><c><v>1e999</v></c></row></sheetData>"), "is damaged",
    ),
    "a place that is none": (
        raw_xlsx("<sheetData><row><c r='ABCD1'><v>1</v></c></row></sheetData>"), "is damaged",
    ),
    "a sheet cut in the middle": (raw_xlsx("<sheetData><row><c>"), "is damaged"),
    "deep nesting": (raw_xlsx("<a>" * 5_000 + "</a>" * 5_000), "is damaged"),
    "entities": (
        raw_xlsx("", {"xl/x.xml": "<!DOCTYPE d [<!ENTITY x 'a'>]><d/>"}), "declares XML entities",
    ),
    "entities in wide letters": (
        raw_xlsx("", {"xl/x.xml": "<!DOCTYPE d [<!ENTITY x 'boom'>]><d/>".encode("utf-16")}),
        "declares XML entities",
    ),
    "a zip bomb": (raw_xlsx(" " * 20_000_000), "as a zip bomb does"),
    "half a file": (HARBOUR_XLSX[: len(HARBOUR_XLSX) // 2], "is damaged: it cannot be unpacked"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_or_hostile_workbook_is_one_sentence(name):
    data, hint = HOSTILE[name]
    with pytest.raises(DocumentError) as refusal:
        _text(data)
    assert hint in str(refusal.value)


def test_two_cells_at_the_ends_of_the_sheet_are_two_cells():
    sheet = (
        "<sheetData><row r='1'><c r='A1'><v>1</v></c></row>"
        "<row r='1048576'><c r='XFD1048576'><v>2</v></c></row></sheetData>"
        "<mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells>"
    )
    started = time.process_time()
    assert "| 1048576 | ↑ 1 | 2 |\n" in _text(raw_xlsx(sheet))
    assert time.process_time() - started < 1


def test_a_million_merged_cells_are_bounded(tmp_path):
    places = "".join(f"<mergeCell ref='A{n}:B{n}'/>" for n in range(1, 1_000_001))
    rows = "".join(f"<row r='{n}'><c r='A{n}'><v>1</v></c></row>" for n in range(1, 2_001))
    path = tmp_path / "merged.xlsx"
    path.write_bytes(
        raw_xlsx(f"<sheetData>{rows}</sheetData><mergeCells>{places}</mergeCells>", {"x": bytes(9)})
    )
    document, _ = run(parse_file(path))
    assert "| 2000 | 1 |\n" in document.text
    overlapping = "<mergeCell ref='A1:C2000'/>" * 1_000
    cells = "<row r='1'><c r='A1'><v>1</v></c><c r='B1'><v>1</v></c></row>"
    with pytest.raises(DocumentError, match="more merged cells than can be read"):
        _text(raw_xlsx(f"<sheetData>{cells}{rows[rows.index('</row>') + 6 :]}</sheetData>"
                       f"<mergeCells>{overlapping}</mergeCells>"))  # fmt: skip
