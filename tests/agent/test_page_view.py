"""Boxes lie where the words are: held against the ink on the picture of the page."""

import io
import json
import sys
from itertools import pairwise

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.document import Span
from agent.errors import DocumentError
from agent.formats import parse
from agent.formats.pdf_hidden import Eye
from agent.formats.pdf_text import read_page
from agent.page_view import MAX_WIDTH_PIXELS, boxes, boxes_of_span, render
from tests.agent.formats.make import HARBOUR_PDF, encrypt
from tests.agent.formats.make_pdf import draw, write

WIDTH = 1_200
RED = b"1 0 0 rg "
BLACK = b"0 g "


def _find(data: bytes, words: str):
    """Return the boxes of `words` on the first page."""
    document = parse(data, "a.pdf", lambda _done, _of: None)
    start = document.text.index(words)
    return boxes_of_span(data, document, Span(document.id, start, start + len(words)))[1]


def _ink(data: bytes):
    """Return the boxes of the red ink on the picture of the page, one for each line of it."""
    image = Image.open(io.BytesIO(render(data, 1, WIDTH))).convert("RGB")
    red, green, _ = image.split()
    is_red = [r > 150 and g < 150 for r, g in zip(red.tobytes(), green.tobytes(), strict=True)]
    width, height = image.size
    mask = Image.frombytes("L", image.size, bytes(255 * red for red in is_red))
    left, top, right, bottom = mask.getbbox()
    return left / width, top / height, right / width, bottom / height


def _assert_close(found, wanted, tolerance=2.5):
    assert all(
        abs(one - other) < tolerance / WIDTH for one, other in zip(found, wanted, strict=True)
    ), (found, wanted)


def _around(found):
    left, top, right, bottom = zip(*found, strict=True)
    return min(left), min(top), max(right), max(bottom)


CROPPED = b"/MediaBox[-50 0 612 792]/CropBox[40 100 500 730]"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [b"/MediaBox[0 0 612 792]", CROPPED, CROPPED + b"/UserUnit 2"])
def test_boxes_lie_on_the_ink_of_pages_that_are_turned_and_cropped(turn, box):
    content = (
        b"BT /F2 14 Tf 72 700 Td (It was ) Tj 1 0 0 rg (dredged deeply) Tj 0 g ( in 1907) Tj ET"
    )
    data = write(content, page_entries=box + b"/Rotate %d" % turn)
    (found,) = _find(data, "dredged deeply")
    _assert_close(found, _ink(data))


@pytest.mark.parametrize("matrix", ["0 1 -1 0 300 300", "-1 0 0 -1 300 300", "0 -1 1 0 300 300"])
def test_boxes_lie_on_text_that_is_turned_on_its_page(matrix):
    content = f"BT /F2 14 Tf {matrix} Tm (It was ) Tj 1 0 0 rg (dredged) Tj 0 g ( in) Tj ET"
    data = write(content.encode())
    (found,) = _find(data, "dredged")
    _assert_close(found, _ink(data))


def test_a_quote_over_lines_has_a_box_for_each():
    content = (
        b"BT /F2 14 Tf 72 700 Td (It was ) Tj 1 0 0 rg (dredged) Tj 0 -20 Td (deeply) Tj "
        b"0 g ( in 1907) Tj ET"
    )
    data = write(content)
    found = _find(data, "dredged\ndeeply")
    assert len(found) == 2
    assert found[0][3] < found[1][1]
    _assert_close(_around(found), _ink(data))


def test_a_word_broken_at_a_lines_end_has_a_box_on_both():
    content = (
        b"BT /F2 14 Tf 72 700 Td (out to the ) Tj 1 0 0 rg (is) Tj 0 g (-) Tj "
        b"1 0 0 rg 0 -20 Td (land) Tj 0 g ( in autumn) Tj ET"
    )
    data = write(content)
    found = _find(data, "island")
    assert len(found) == 2
    _assert_close(_around(found), _ink(data))


def test_right_to_left_text_is_found_where_it_is_drawn():
    # Hebrew is drawn from its end to its beginning: "gfe dcba" shows what reads "abcd efg".
    hebrew = dict(zip("abcdefg", "אבגדהוז", strict=True))
    content = b"BT /F3 14 Tf 300 700 Td (gfe ) Tj 1 0 0 rg (dc) Tj 0 g (ba) Tj ET"
    data = write(content, letters=hebrew)
    (found,) = _find(data, "גד")
    _assert_close(found, _ink(data))


def test_a_ligature_is_boxed_whole():
    content = b"BT /F3 14 Tf 72 700 Td (o) Tj 1 0 0 rg (W) Tj 0 g (ce) Tj ET"
    data = write(content, letters={"W": "ffi", "o": "o", "c": "c", "e": "e"})
    ink = _ink(data)
    for words in ("ffi", "ff", "i"):
        (found,) = _find(data, words)
        _assert_close(found, ink)


def test_columns_are_not_joined_by_a_box():
    content = b"BT /F2 14 Tf 1 0 0 rg 1 0 0 1 72 700 Tm (left) Tj 1 0 0 1 400 700 Tm (right) Tj ET"
    data = write(content)
    found = _find(data, "left right")
    assert len(found) == 2
    _assert_close(_around(found), _ink(data))


def test_a_narrow_word_between_is_not_covered():
    content = (
        b"BT /F2 14 Tf 1 0 0 1 72 700 Tm (one) Tj 1 0 0 1 112 700 Tm (three) Tj "
        b"1 0 0 rg 1 0 0 1 99 705 Tm (x) Tj ET"
    )
    data = write(content)
    left, _, right, _ = _ink(data)
    found = _find(data, "one three")
    assert len(found) == 2
    assert all(box[2] <= left or box[0] >= right for box in found)


def test_letters_without_shape_are_boxed_by_their_bodies():
    data = write(b"BT /F1 20 Tf 72 700 Td <00010002> Tj ET", {1: "\u0627", 2: "\u0628"})
    (found,) = _find(data, "\u0628\u0627")
    _assert_close(found, (72 / 612, 76 / 792, 96 / 612, 96 / 792))


def test_what_cannot_be_located_has_no_box():
    content = b"BT /F2 14 Tf 72 700 Td (dredged) Tj ET"
    data = write(content)
    assert boxes(data, 1, 0, 3, page_text="another text\n") == []
    assert boxes(data, 1, 3, 3, page_text="dredged\n") == []
    assert boxes(data, 1, 0, 99, page_text="dredged\n") == []
    assert boxes(data, 1, 0, 7, page_text="dredged\n") != []
    only_by_pypdf = b"rubbish before it\n" * 200 + HARBOUR_PDF
    assert boxes(only_by_pypdf, 1, 0, 7, page_text="Preface\n") == []


def test_hidden_text_beside_does_not_shift_the_boxes():
    content = (
        b"BT /F2 14 Tf 72 700 Td 1 g (hidden words) Tj 0 g ( seen ) Tj 1 0 0 rg (target) Tj "
        b"0 -20 Td 0 g (end) Tj ET"
    )
    data = write(content)
    (found,) = _find(data, "target")
    _assert_close(found, _ink(data))


def test_a_span_over_pages_has_boxes_on_each():
    document = parse(HARBOUR_PDF, "a.pdf", lambda _done, _of: None)
    start, end = document.text.index("1907"), document.text.index("pilots") + 6
    found = boxes_of_span(HARBOUR_PDF, document, Span(document.id, start, end))
    assert {number: len(of_page) for number, of_page in found.items()} == {1: 1, 2: 1}


words = st.lists(st.text(alphabet="abgÅé-1.,(Wj", min_size=1, max_size=6), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(words, min_size=1, max_size=4))
def test_each_character_comes_from_one_that_is_the_same(lines):
    """And both ways to the text of a page give the same; in this process, for speed."""

    def page(canvas):
        for row, line in enumerate(lines):
            canvas.drawString(72, 700 - 20 * row, " ".join(line))

    document = pypdfium2.PdfDocument(draw(page))
    textpage = document[0].get_textpage()
    read = read_page(document[0], textpage, Eye(), with_places=True)
    assert read_page(document[0], textpage, Eye()).text == read.text
    assert len(read.places) == len(read.text)
    units = textpage.get_text_range()
    placed = [(at, place) for at, place in enumerate(read.places) if place >= 0]
    assert all(before[1] < after[1] for before, after in pairwise(placed))
    for at, place in placed:
        assert read.text[at] == units[place] or read.text[at] in "-\n"


def test_a_picture_has_the_width_asked_for_and_is_never_too_large():
    def size(data, width):
        return Image.open(io.BytesIO(render(data, 1, width))).size

    assert size(HARBOUR_PDF, 600) == (600, 849)
    assert size(HARBOUR_PDF, 10**9)[0] == MAX_WIDTH_PIXELS
    huge = write(b"", page_entries=b"/MediaBox[0 0 14400 14400]")
    assert size(huge, 4_000) == (4_000, 4_000)
    tall = write(b"", page_entries=b"/MediaBox[0 0 595 14400000]")
    width, height = size(tall, 4_000)
    assert width * height < 26_000_000


def test_a_locked_page_is_shown_with_its_password():
    locked = encrypt(HARBOUR_PDF, "secret")
    assert render(locked, 1, 100, password="secret")  # noqa: S106
    with pytest.raises(DocumentError, match=r"^a\.pdf: is protected by a password"):
        render(locked, 1, 100, name="a.pdf")


def test_a_page_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(DocumentError, match="has no page 4"):
        render(HARBOUR_PDF, 4, 100)
    with pytest.raises(DocumentError, match="too damaged for its page 1 to be shown"):
        render(b"%PDF-1.7 rubbish", 1, 100)
    with pytest.raises(DocumentError, match="cannot be opened"):
        render(tmp_path / "none.pdf", 1, 100)


BROKEN = [
    {"boxes": None}, {"boxes": [[0, 0, 1]]}, {"boxes": [[0, 0, 1, 2]]}, {"boxes": [[1, 0, 0, 1]]},
    {"boxes": [[0, 0, "x", 1]]}, {"boxes": [[True, 0, 1, 1]]}, {},
]  # fmt: skip


@pytest.mark.parametrize("answer", BROKEN)
def test_boxes_are_believed_only_if_they_are_some(answer):
    command = [sys.executable, "-I", "-S", "-c", f"print({json.dumps(answer)!r})"]
    with pytest.raises(DocumentError, match="gave a broken answer"):
        boxes(b"x", 1, 0, 1, page_text="x", command=command)


@pytest.mark.parametrize("png", ["", "AAAA", "no base64!", "iVBORw0KGgo="])
def test_a_picture_is_believed_only_if_it_is_one(png):
    command = [sys.executable, "-I", "-S", "-c", f"print({json.dumps({'png': png})!r})"]
    with pytest.raises(DocumentError, match="gave a broken answer"):
        render(b"x", 1, 100, command=command)
