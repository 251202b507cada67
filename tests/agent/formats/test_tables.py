"""Tables as Markdown, against tables drawn by hand."""

import time

import pytest

from agent.document import Document, Page
from agent.formats.base import Refused
from agent.formats.tables import Cell, lay_out, one_line, table_lines
from agent.quote import find_quote


def _rows(*rows):
    return [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]


def test_a_table_is_lines_with_a_rule_below_the_first():
    assert table_lines(_rows(("Year", "Ships"), ("1907", "1,204"))) == [
        "| Year | Ships |\n| --- | --- |",
        "| 1907 | 1,204 |",
    ]


def test_rows_end_with_their_last_word_and_columns_of_nothing_are_left_out():
    rows = _rows(("", "Year", "", "Ships", ""), ("", "1907", "", "", ""), ("", "", "", "", ""))
    assert table_lines(rows) == ["| Year | Ships |\n| --- | --- |", "| 1907 |", ""]
    assert table_lines(_rows(("", "Year"), ("a", "1907", "b")))[0].startswith("| | Year | |\n")


def test_one_column_is_no_table():
    assert table_lines(_rows(("one",), ("", ""), ("two", ""))) == ["one", "", "two"]
    assert table_lines([]) == []


def test_merged_cells_say_whose_they_are():
    rows = _rows(
        (Cell("Year", rows=3), Cell("Ships", columns=2)),
        (Cell("in"), Cell("out")),
        (Cell("all", columns=2, rows=2),),
        ("1907",),
    )
    assert lay_out(rows) == [
        ["Year", "Ships", "← Ships"],
        ["↑ Year", "in", "out"],
        ["↑ Year", "all", "← all"],
        ["1907", "↑ all", "↑ all"],
    ]


def test_long_words_of_merged_cells_are_said_once():
    assert lay_out(_rows((Cell("w" * 81, columns=2),), ("1", "2")))[0] == ["w" * 81, "←"]


def test_only_pipes_are_changed_in_a_cell_and_quotes_find_them():
    words = "alpha|beta *c* _d_ \\ <e> `f` &amp; 1\u202f204\u00a0m"
    assert one_line(f"\n {words}\t\n ") == words.replace("|", "\uff5c")
    (line,) = table_lines(_rows((one_line(words), "9")))
    text = line + "\n"
    document = Document("0", "t", "text", "made", text, (Page(1, "1", 0, len(text)),))
    found = find_quote("alpha|beta *c*", document)
    assert found is not None
    assert text[found.start : found.end] == "alpha\uff5cbeta *c*"


def test_tables_of_hostile_spans_are_bounded():
    started = time.process_time()
    wide = _rows(*[[Cell("a", columns=1_000, rows=65_534)] * 20] * 2_000)
    with pytest.raises(Refused, match="more merged cells than can be read"):
        lay_out([*wide, [Cell("x")] * 5_000])
    ragged = _rows(*[("a",)] * 50_000, ["b"] * 50_000)
    assert sum(map(len, table_lines(ragged))) < 1_000_000
    assert time.process_time() - started < 20
