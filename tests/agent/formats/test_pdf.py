"""What PDFs promise beyond the contract: repair, places of the outline, nothing lost silently."""

import io
import logging
import re

import pytest
from pypdf import PdfReader, PdfWriter

from agent.document import Heading, Note
from agent.errors import DocumentError
from agent.formats import parse
from tests.agent.formats.make import HARBOUR_PDF, encrypt, make_pdf
from tests.agent.formats.make_pdf import write


def _parse(data: bytes):
    return parse(data, "some.pdf", lambda _done, _of: None)


def test_a_file_that_only_pypdf_can_open_is_read_by_it():
    document = _parse(b"rubbish before it\n" * 200 + HARBOUR_PDF)
    assert document.engine == "pypdf"
    assert "dredged in 1907" in document.text
    assert [page.label for page in document.pages] == ["i", "1", "2"]
    assert [(h.level, h.title) for h in document.headings] == [
        (1, "Preface"), (1, "1. The pilots"), (2, "2. The light"),
    ]  # fmt: skip
    assert _parse(HARBOUR_PDF).engine == "pdfium"


def test_a_page_that_cannot_be_read_stays_as_an_empty_page():
    kids = re.search(rb"/Kids \[ \d 0 R (\d) 0 R", HARBOUR_PDF)
    damaged = HARBOUR_PDF[: kids.start(1)] + b"0" + HARBOUR_PDF[kids.end(1) :]
    document = _parse(damaged)
    texts = [document.text[page.start : page.end] for page in document.pages]
    assert [bool(text.strip()) for text in texts] == [True, False, True]
    assert texts[2].startswith("2. The light")
    assert [note.page for note in document.notes if note.kind == "unread"] == [2]


def test_a_page_that_only_pypdf_can_read_says_so():
    document = _parse(write(b"BT /F1 9 Tf 72 700 Td <0001> Tj ET", {1: "\u2611"}))
    assert document.text == "\u2611\n"
    assert (document.engine, document.notes) == ("pdfium", (Note(1, "engine", text="pypdf"),))


def test_a_locked_file_opens_with_its_password():
    locked = encrypt(HARBOUR_PDF, "sésame")
    document = parse(locked, "some.pdf", lambda _done, _of: None, password="sésame")  # noqa: S106
    assert document.text == _parse(HARBOUR_PDF).text
    with pytest.raises(DocumentError, match="not opened by this password; check it"):
        parse(locked, "some.pdf", lambda _done, _of: None, password="other")  # noqa: S106
    assert parse(HARBOUR_PDF, "a.pdf", lambda _d, _o: None, password="x")  # noqa: S106 - not asked


@pytest.mark.parametrize("before", [b"", b"rubbish before it\n" * 200])
def test_attachments_are_named(before):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(HARBOUR_PDF)))
    writer.add_attachment("tides.csv", b"hour,depth")
    writer.add_attachment("pilots\nof Vinga.txt", b"names")
    out = io.BytesIO()
    writer.write(out)
    assert sorted(_parse(before + out.getvalue()).attachments) == [
        "pilots of Vinga.txt",
        "tides.csv",
    ]


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
