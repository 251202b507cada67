"""A page beside the conversation: the picture with the very words lit, or the text."""

import base64
import re

import pytest

from agent import Library
from agent.ocr import ScriptedOcr
from app import strings
from app.pages import Spot, show
from app.turn import SAMPLE
from app.widgets.page import page_html
from tests.agent.formats.make import encrypt
from tests.agent.formats.make_pdf import draw
from tests.agent.test_scans import WORDS as WORDS_OF_SCAN
from tests.agent.test_scans import scan

PASSWORD = "open sesame"  # noqa: S105  of nothing
WORDS = "11,482 bookings were charged twice"


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


@pytest.fixture
def report(library):
    return library.add(SAMPLE)


def spot_on(document, words):
    start = document.text.index(words)
    return Spot(document.id, document.page_at(start).number, start, start + len(words))


def test_the_picture_has_the_quoted_words_lit_and_says_so(library, report):
    shown = show(library, spot_on(report, WORDS))
    assert (shown.page.number, shown.page.label, shown.pages, shown.note) == (10, "7", 16, "")
    assert shown.quote == WORDS
    assert base64.b64decode(shown.picture.removeprefix("data:image/png;base64,"))[:4] == b"\x89PNG"
    (box,) = shown.boxes
    drawn = page_html(shown)
    left, top, width, height = map(float, re.findall(r":([\d.]+)%", drawn))
    assert [left, top, left + width, top + height] == pytest.approx(
        [100 * x for x in box], abs=0.01
    )
    assert f"with these words marked: {WORDS}" in drawn


def test_another_page_of_the_document_has_nothing_lit(library, report):
    spot = spot_on(report, WORDS)
    shown = show(library, Spot(spot.document, spot.page + 1, spot.start, spot.end))
    assert (shown.page.number, shown.boxes, shown.quote, shown.note) == (11, (), "", "")
    assert "lr-lit" not in page_html(shown)


@pytest.mark.parametrize(("asked", "number"), [(0, 1), (-5, 1), (99, 16)])
def test_a_page_that_is_not_there_is_brought_into_the_document(library, report, asked, number):
    assert show(library, Spot(report.id, asked)).page.number == number


def test_a_quote_over_two_pages_is_lit_on_each(library, report):
    end = report.pages[9].end
    spots = [Spot(report.id, number, end - 60, end + 60) for number in (10, 11)]
    first, second = (show(library, spot) for spot in spots)
    assert first.boxes
    assert second.boxes
    assert first.quote + second.quote == report.text[end - 60 : end + 60]


def test_a_document_without_pictures_shows_its_text_with_the_quote_marked(library, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("The <b>lamp</b> was lit\nin 1871. Nobody saw it.\n")
    document = library.add(path)
    shown = show(library, spot_on(document, "was lit\nin 1871."))
    assert (shown.picture, shown.note) == ("", "")
    assert page_html(shown) == (
        '<div class="lr-sheet lr-sheet-text" tabindex="0" role="region" '
        'aria-label="Page that is shown" dir="auto">The &lt;b&gt;lamp&lt;/b&gt; '
        "<mark>was lit\nin 1871.</mark> Nobody saw it.\n</div>"
    )


def test_a_file_that_is_not_kept_is_said_and_its_text_is_shown(library, report):
    library.file(report.id).unlink()
    shown = show(library, spot_on(report, WORDS))
    assert (shown.picture, shown.note) == ("", strings.NO_FILE)
    assert f"<mark>{WORDS}</mark>" in page_html(shown)


def test_words_recognised_in_a_scan_are_lit(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(draw(scan("one")))
    library = Library(tmp_path / "home", find_ocr=lambda: ScriptedOcr(WORDS_OF_SCAN))
    document = library.add(path)
    words = document.text.split()[0]
    shown = show(library, spot_on(document, words))
    assert (shown.quote, shown.note, len(shown.boxes)) == (words, "", 1)
    assert "lr-lit" in page_html(shown)


def test_a_locked_file_cannot_be_drawn_and_that_is_said(library, tmp_path):
    path = tmp_path / "locked.pdf"
    path.write_bytes(encrypt(SAMPLE.read_bytes(), PASSWORD))
    document = library.add(path, password=PASSWORD)
    shown = show(library, spot_on(document, WORDS))
    assert shown.picture == ""
    assert "password" in shown.note
    assert shown.quote == WORDS
