"""Columns drawn line by line read like the same page drawn column by column; tables stay whole."""

import io
import random
from itertools import chain, zip_longest

import pytest
from PIL import Image
from reportlab.lib.colors import black, red
from reportlab.pdfbase.pdfmetrics import stringWidth

from agent.document import Span
from agent.formats import parse
from agent.page_view import boxes_of_span, render
from tests.agent.formats.make_pdf import draw

SIZE = 10
WORDS = (
    "the keeper of the harbour wrote in his book that no ship had come since the gale and that "
    "stores of oil and flour would last until the third week of march if nobody fell ill again"
).split()


def _lines(seed: int, count: int, width: float) -> list[str]:
    """Return lines of words, as full as they can be; a paragraph ends now and then."""
    chance = random.Random(seed)
    lines: list[str] = []
    for _ in range(count):
        line = chance.choice(WORDS)
        while True:
            longer = f"{line} {chance.choice(WORDS)}"
            if stringWidth(longer, "Helvetica", SIZE) > width or (
                chance.random() < 0.01 and len(line) > 10
            ):
                break
            line = longer
        lines.append(line)
    return lines


def _page(pieces, *, words: bool = False):
    """Draw pieces `(x, y, text)` in their order, whole or word by word."""

    def on(canvas):
        canvas.setFont("Helvetica", SIZE)
        for x, y, text in pieces:
            at = x
            for word in text.split(" ") if words else [text]:
                canvas.setFillColor(red if "dredged" in word else black)
                canvas.drawString(at, y, word)
                at += stringWidth(word + " ", "Helvetica", SIZE)

    return draw(on)


def _parse(data: bytes):
    return parse(data, "some.pdf", lambda _done, _of: None)


def _columns(count: int, rows: int, width: float, gutter: float, y: float = 700):
    return [
        [
            (50 + column * (width + gutter), y - 12 * row, line)
            for row, line in enumerate(_lines(column, rows - column, width))
        ]
        for column in range(count)
    ]


def _across(columns):
    return [piece for row in zip_longest(*columns) for piece in row if piece]


@pytest.mark.parametrize("words", [False, True], ids=["lines", "words"])
@pytest.mark.parametrize("count", [2, 3])
def test_what_is_drawn_across_reads_as_what_is_drawn_down(count, words):
    columns = _columns(count, 30, 500 / count - 15, 15)
    title = (50, 740, "A title that reaches across the page, over all of the columns that follow")
    after = (50, 300, "A line that reaches across the page again, under all of these columns here")
    down = _parse(_page([title, *chain(*columns), after], words=words)).text
    across = _parse(_page([title, *_across(columns), after], words=words)).text
    assert across == down
    assert down.startswith(title[2])
    assert down.rstrip().endswith(after[2])


def test_two_stretches_are_read_one_after_the_other():
    upper, lower = _columns(2, 20, 240, 20), _columns(2, 20, 240, 20, y=420)
    middle = (50, 445, "Between them stands a line that is as wide as the two columns together are")
    down = _page([*chain(*upper), middle, *chain(*lower)])
    across = _page([*_across(upper), middle, *_across(lower)])
    assert _parse(across).text == _parse(down).text


def test_a_word_cut_at_the_end_of_a_columns_line_is_made_whole():
    columns = _columns(2, 20, 240, 20)
    columns[0][3] = (50, columns[0][3][1], "and then there was no more infor-")
    columns[0][4] = (50, columns[0][4][1], "mation from the island until spring")
    assert "infor\nmation" not in (text := _parse(_page(_across(columns))).text)
    assert "no more information" in text


def test_columns_of_a_right_to_left_page_begin_on_the_right():
    from tests.agent.formats.make_pdf import write  # noqa: PLC0415 - letters of another meaning

    hebrew = dict(zip("abcdefghij", "אבגדהוזחטי", strict=True))
    left, right = "abcdefghij " * 4, "jihgfedcba " * 4
    content = "BT /F3 10 Tf 1 0 0 1 50 700 Tm "
    for row in range(12):
        y = 700 - 12 * row
        content += f"1 0 0 1 320 {y} Tm ({right}) Tj 1 0 0 1 50 {y} Tm ({left}) Tj "
    text = _parse(write((content + "ET").encode(), letters=hebrew)).text
    lines = text.strip().split("\n")
    first, last = set(lines[:12]), set(lines[12:])
    assert len(lines) == 24
    assert len(first) == len(last) == 1
    assert first != last
    assert lines[0].startswith("א")  # "jih..." is drawn from its end: it reads "abc..."


TABLES = {
    "labels and figures": [("Net revenue of the year", "15,338"), ("Cost", "8,803")],
    "two columns of figures": [("$ 15,338   19,192   $ 49,012", "$ 4,202   9,974   316   1,612")],
    "terms and what they mean": [("Godwit", "the ship that is to be delivered"), ("Yard", "the")],
    "questions and answers": [
        ("Was the yard paid?", "It was, in the second week of march."),
        ("Who is liable for it?", "No."),
        ("Why?", "Since the gale had come before the end of the term."),
    ],
}


@pytest.mark.parametrize("kind", TABLES)
def test_the_cells_of_a_row_stay_together(kind):
    rows = TABLES[kind] * 12
    pieces = [
        (50 + 250 * column, 700 - 12 * at, cell)
        for at, row in enumerate(rows)
        for column, cell in enumerate(row)
    ]
    text = _parse(_page(pieces)).text
    assert [" ".join(line.split()) for line in text.strip().split("\n")] == [
        " ".join(" ".join(row).split()) for row in rows
    ]


def test_a_quote_in_columns_is_boxed_where_it_stands():
    columns = _columns(2, 20, 240, 20)
    x, y, line = columns[0][5]
    columns[0][5] = (x, y, f"dredged {line.split(' ', 1)[1]}")
    data = _page(_across(columns), words=True)
    document = _parse(data)
    start = document.text.index("dredged")
    ((found,),) = boxes_of_span(
        data, document, Span(document.id, start, start + len("dredged"))
    ).values()
    image = Image.open(io.BytesIO(render(data, 1, 1_200))).convert("RGB")
    red_ink, green, _ = image.split()
    mask = Image.eval(green, lambda value: 255 * (value < 150))
    mask.paste(0, mask=Image.eval(red_ink, lambda value: 255 * (value < 150)))
    left, top, right, bottom = mask.getbbox()
    wide, high = image.size
    wanted = (left / wide, top / high, right / wide, bottom / high)
    assert all(abs(one - other) < 0.003 for one, other in zip(found, wanted, strict=True))


def test_more_lines_than_any_page_has_are_not_looked_at():
    columns = _columns(2, 12, 240, 20)
    many = [(20, 10 + 20 * (at % 2), "x") for at in range(1_001)]
    pieces = _across(columns)
    assert pieces[0][2] + " " + pieces[1][2] in _parse(_page([*pieces, *many])).text
