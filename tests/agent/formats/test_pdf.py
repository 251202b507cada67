"""What PDFs promise beyond the contract: repair, places of the outline, nothing lost silently."""

import logging
import re

from agent.document import Heading
from agent.formats import parse
from tests.agent.formats.make import HARBOUR_PDF, make_pdf


def _parse(data: bytes):
    return parse(data, "some.pdf", lambda _done, _of: None)


def test_a_file_that_only_pypdf_can_open_is_read_by_it():
    document = _parse(b"rubbish before it\n" * 200 + HARBOUR_PDF)
    assert document.engine == "pypdf"
    assert "dredged in 1907" in document.text
    assert [page.label for page in document.pages] == ["i", "1", "2"]
    assert _parse(HARBOUR_PDF).engine == "pdfium"


def test_a_page_that_cannot_be_read_stays_as_an_empty_page():
    kids = re.search(rb"/Kids \[ \d 0 R (\d) 0 R", HARBOUR_PDF)
    damaged = HARBOUR_PDF[: kids.start(1)] + b"9" + HARBOUR_PDF[kids.end(1) :]
    document = _parse(damaged)
    texts = [document.text[page.start : page.end] for page in document.pages]
    assert [bool(text.strip()) for text in texts] == [True, False, True]
    assert texts[2].startswith("2. The light")


def test_a_page_without_text_keeps_its_number():
    document = _parse(make_pdf([["first"], [], ["third"]]))
    assert document.text == "first\n\nthird\n"
    assert document.page_at(document.text.index("third")).number == 3


def test_titles_that_are_told_twice_are_found_in_their_order():
    lines = ["Results are told below.", "Results", "first", "Results", "second"]
    outline = [(0, "Results", 1), (1, "results", 1), (1, "Nowhere to be found", 1)]
    document = _parse(make_pdf([lines], outline))
    first = document.text.index("Results\nfirst")
    second = document.text.index("Results\nsecond")
    assert document.headings == (
        Heading(1, "Results", first),
        Heading(2, "results", second),
        Heading(2, "Nowhere to be found", second),
    )


def test_a_title_that_is_not_on_its_page_stands_at_its_beginning():
    document = _parse(make_pdf([["one"], ["two"]], [(0, "Elsewhere", 2)]))
    assert document.headings == (Heading(1, "Elsewhere", document.pages[1].start),)


def test_remarks_of_the_libraries_stay_off_the_screen(capfd, caplog):
    level = logging.getLogger("pypdf").level
    _parse(b"rubbish before it\n" * 200 + HARBOUR_PDF)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert logging.getLogger("pypdf").level == level


def test_a_text_that_tells_of_pdf_is_a_text():
    document = parse(b"A file that begins with %PDF- is one.", "notes", lambda _done, _of: None)
    assert document.format == "text"
