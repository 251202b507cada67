"""Scanned pages get their text from an engine, once; without one they are named as missing."""

import io
import shutil
from dataclasses import dataclass, field

import pytest
from reportlab.lib.utils import ImageReader

from agent.document import Heading, Note, Span
from agent.errors import DocumentError
from agent.ocr import OcrError, Recognised, ScriptedOcr, find_tesseract
from agent.recognised import RecognisedPages
from agent.scans import boxes_of_scan, read_file
from agent.store import Store
from tests.agent.formats.make import HARBOUR_PDF, encrypt, make_pdf, run
from tests.agent.formats.make_pdf import draw, text, write
from tests.agent.test_ocr import WORDS, picture


def scan(*lines: str):
    """Return what draws a picture of lines over the whole page."""

    def on(canvas):
        canvas.drawImage(ImageReader(io.BytesIO(picture(*lines))), 0, 27, 612, 765)
        canvas.bookmarkPage(lines[0])
        canvas.addOutlineEntry(lines[0], lines[0])

    return on


@dataclass
class Counting:
    """Recognises a text, and counts how often it was asked; fails from the `fails`-th time on."""

    text: str = WORDS
    fails: int = 99
    asked: list[bytes] = field(default_factory=list)
    name: str = "counting"

    def read(self, png: bytes) -> Recognised:
        self.asked.append(png)
        if len(self.asked) >= self.fails:
            raise OcrError("The lamp is broken.")
        return ScriptedOcr(self.text).read(png)


MIXED = draw(text("typed words"), scan("one"), text("more typed words"), scan("two"))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(MIXED)
    return path


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home")


@pytest.fixture
def kept(store):
    return RecognisedPages(store)


def test_scanned_pages_get_their_text_and_the_rest_keeps_its_own(path, kept):
    document, progress = run(read_file(path, ocr=ScriptedOcr(WORDS), kept=kept))
    texts = [document.text[page.start : page.end] for page in document.pages]
    assert texts == ["typed words\n", WORDS + "\n", "more typed words\n", WORDS + "\n"]
    assert document.notes == (Note(2, "ocr", text="scripted"), Note(4, "ocr", text="scripted"))
    assert progress[-3:] == [(0, 2), (1, 2), (2, 2)]
    second = document.pages[3].start
    assert document.headings == (Heading(1, "one", len("typed words\n")), Heading(1, "two", second))


def test_what_was_recognised_is_not_asked_for_again(path, kept):
    engine = Counting()
    reading = read_file(path, ocr=engine, kept=kept)
    while next(reading) != (1, 2):
        pass
    reading.close()  # stopped after the first scan
    assert len(engine.asked) == 1
    document, _ = run(read_file(path, ocr=engine, kept=kept))
    assert len(engine.asked) == 2
    assert [note.kind for note in document.notes] == ["ocr", "ocr"]
    run(read_file(path, ocr=engine, kept=kept))
    assert len(engine.asked) == 2
    run(read_file(path, ocr=Counting(name="other"), kept=kept))
    assert len(engine.asked) == 2


@pytest.mark.parametrize("damage", ['{"text": "wrong"', '{"text": "x", "words": [[1]]}', "7"])
def test_damaged_results_are_made_again(path, store, kept, damage):
    engine = Counting()
    first, _ = run(read_file(path, ocr=engine, kept=kept))
    with store.writing() as connection:
        connection.execute("UPDATE recognised SET result = ?", (damage,))
    again, _ = run(read_file(path, ocr=engine, kept=kept))
    assert again == first
    assert len(engine.asked) == 4


def test_without_an_engine_the_missing_pages_are_named(path, kept):
    document, _ = run(read_file(path, ocr=None, kept=kept))
    assert document.text == "typed words\n\nmore typed words\n\n"
    assert document.notes == (Note(2, "scan"), Note(4, "scan"))


def test_a_page_that_the_engine_cannot_read_says_why(path, kept):
    document, _ = run(read_file(path, ocr=Counting(fails=2), kept=kept))
    assert document.notes[0].kind == "ocr"
    assert document.notes[1] == Note(4, "scan", text="The lamp is broken.")
    assert document.text.endswith("more typed words\n\n")


def test_a_page_that_cannot_be_drawn_costs_that_page(path, kept):
    class Hindering(Counting):
        def read(self, png):
            path.unlink()
            return super().read(png)

    document, _ = run(read_file(path, ocr=Hindering(), kept=kept))
    assert [note.kind for note in document.notes] == ["ocr", "scan"]
    assert "cannot be opened" in document.notes[1].text
    assert document.text == f"typed words\n{WORDS}\nmore typed words\n\n"
    assert kept.tried(document.id, "counting") == {2, 4}


def test_a_document_of_scans_alone_needs_an_engine(path, kept):
    path.write_bytes(draw(scan("one"), scan("two")))
    with pytest.raises(DocumentError, match=r"its 2 pages are pictures of text; run `apt install"):
        run(read_file(path, ocr=None, kept=kept))
    document, _ = run(read_file(path, ocr=ScriptedOcr(WORDS), kept=kept))
    assert document.text == f"{WORDS}\n{WORDS}\n"
    with pytest.raises(DocumentError, match="none of its pages could be read: The lamp is broken"):
        run(read_file(path, ocr=Counting(fails=1), kept=kept))
    with pytest.raises(DocumentError, match="in which no text was recognised"):
        run(read_file(path, ocr=ScriptedOcr(""), kept=kept))


def test_documents_without_scans_are_what_they_are(path, kept):
    path.write_bytes(HARBOUR_PDF)
    engine = Counting()
    document, _ = run(read_file(path, ocr=engine, kept=kept))
    assert "dredged in 1907" in document.text
    path.write_bytes(make_pdf([[]]))
    with pytest.raises(DocumentError, match="what there is, nobody can see"):
        run(read_file(path, ocr=engine, kept=kept))
    path.write_bytes(write(b""))
    with pytest.raises(DocumentError, match="has no text layer on its only page"):
        run(read_file(path, ocr=engine, kept=kept))
    assert engine.asked == []


def test_a_locked_scan_is_read_with_its_password(path, kept):
    path.write_bytes(encrypt(MIXED, "secret"))
    reading = read_file(path, ocr=ScriptedOcr(WORDS), kept=kept, password="secret")  # noqa: S106
    assert WORDS in run(reading)[0].text


def test_quotes_in_scans_have_boxes_of_their_words(path, kept, tmp_path):
    document, _ = run(read_file(path, ocr=ScriptedOcr(WORDS), kept=kept))
    start = document.text.index("harbour was")
    span = Span(document.id, start, start + len("harbour was"))
    assert boxes_of_scan(kept, document, span) == {2: [(0.25, 0.0, 0.75, 1.0)]}
    typed = Span(document.id, 0, 5)
    assert boxes_of_scan(kept, document, typed) == {}
    assert boxes_of_scan(RecognisedPages(Store(tmp_path / "elsewhere")), document, span) == {}


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs the command tesseract")
def test_tesseract_reads_a_scan_to_the_letter(path, kept):
    path.write_bytes(draw(scan(WORDS, "In 1907.")))
    engine = find_tesseract(["eng"])
    document, _ = run(read_file(path, ocr=engine, kept=kept))
    assert document.text == f"{WORDS}\nIn 1907.\n"
    start = document.text.index("dredged\nIn")
    span = Span(document.id, start, start + len("dredged\nIn"))
    first, second = boxes_of_scan(kept, document, span)[1]
    assert first[0] > second[2]
    assert first[3] < second[1]
