"""What CSV promises beyond the contract."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DocumentError
from agent.formats import parse
from agent.formats.isolate import parse_file
from agent.formats.tables import one_line
from tests.agent.formats.make import run


def _read(text: str | bytes, name: str = "table.csv"):
    data = text.encode() if isinstance(text, str) else text
    return parse(data, name, lambda _done, _of: None)


def _rows(text: str) -> list[list[str]]:
    lines = [line[2:].removesuffix(" |").split(" | ") for line in text.splitlines()]
    return [cells for cells in lines if cells[0] != "---"]


@pytest.mark.parametrize("sign", ",;\t|")
def test_the_sign_that_makes_even_rows_divides_the_cells(sign):
    text = f"name{sign}depth{sign}note\nThe light, old{sign}1{sign}a; b\nVinga{sign}2,5{sign}c\n"
    if sign == ",":
        text = text.replace("The light, old", '"The light, old"').replace("2,5", "2.5")
    assert _rows(_read(text, "table.tsv").text)[1][1:3] == ["The light, old", "1"]


def test_a_number_with_a_comma_is_one_cell():
    assert _rows(_read("1,5;2,7\n3,1;4,9\n").text) == [["1", "1,5", "2,7"], ["2", "3,1", "4,9"]]


def test_a_declared_sign_is_believed_and_no_row():
    assert _rows(_read("sep=;\na,b;c\n").text) == [["1", "a,b", "c"]]


def test_a_quote_never_closed_does_not_swallow_what_follows():
    text = 'name,depth\n"Vinga,9\nMarstrand,12\n'
    assert _rows(_read(text).text)[1:] == [["2", '"Vinga', "9"], ["3", "Marstrand", "12"]]


def test_a_quote_within_a_cell_is_a_quote():
    assert _rows(_read('a,b\n5" pipe,"6"x\n').text)[1] == ["2", '5" pipe', "6x"]


def test_rows_of_odd_lengths_keep_all_their_cells():
    text = _read("a,b\n1,2,3,4\n5\n6,7\n").text
    assert text.startswith(
        "| 1 | a | b | | |\n| --- | --- | --- | --- | --- |\n| 2 | 1 | 2 | 3 | 4"
    )
    assert "| 3 | 5 |\n| 4 | 6 | 7 |\n" in text


def test_the_encoding_is_told_as_for_text():
    document = _read("место;глубина\nМорская гавань;9\n".encode("cp1251"))
    assert "| 1 | место | глубина |" in document.text
    assert document.engine == "csv, cp1251"


_WORDS = st.text("ab,;\"'| \n1.\t", max_size=9)


@given(st.lists(st.lists(_WORDS, min_size=2, max_size=4), min_size=1, max_size=9))
def test_what_python_writes_is_read_cell_by_cell(rows):
    rows = [["first", "second"], *rows]
    out = io.StringIO()
    out.write("sep=,\n")
    csv.writer(out).writerows(rows)
    text = _read(out.getvalue()).text
    for number, row in enumerate(rows, 1):
        cells = [one_line(cell.replace("\r", "\n")) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        line = f"| {number} |" + "".join(f" {cell} |" if cell else " |" for cell in cells)
        assert not cells or line in text


def test_one_endless_line_is_refused_and_one_endless_row_is_bounded(tmp_path):
    with pytest.raises(DocumentError, match="has a line of 20,000,000 characters, as no table"):
        _read(b"x" * 20_000_000)
    path = tmp_path / "wide.csv"
    path.write_bytes(b"a,b\n" + b"1," * 4_000_000)
    assert run(parse_file(path))[0].text.startswith("| 1 | a | b |")
    with pytest.raises(DocumentError, match="no table that can be read"):
        _read("a\n" + "x" * 2_000_000)


def test_a_hundred_megabytes_in_one_line_are_refused_by_the_child(tmp_path):
    path = tmp_path / "line.csv"
    path.write_bytes(b"word " * 20_000_000)
    with pytest.raises(DocumentError, match="has a line of 100,000,000 characters"):
        run(parse_file(path))


def test_names_of_columns_that_are_a_book_are_said_once():
    text = _read("a" * 3_000 + ",b\n" + "1,2\n" * 200).text
    assert text.count("a" * 3_000) == 1


def test_a_table_of_nothing_is_refused():
    with pytest.raises(DocumentError, match="holds no text"):
        _read(",,\n,,\n")
