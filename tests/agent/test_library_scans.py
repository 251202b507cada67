"""Scans in a library: read where an engine is, named where not, gone when removed."""

from pathlib import Path

import pytest

from agent.document import Note
from agent.errors import DocumentError
from agent.events import Added
from agent.library import Library
from agent.ocr import BrokenOcr, ScriptedOcr
from tests.agent.formats.make_pdf import draw, text
from tests.agent.test_scans import WORDS, Counting, scan

OTHER = draw(scan("one"), text("The mill burned down in 1911."))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(draw(text("typed words"), scan("one"), scan("two")))
    return path


def library(tmp_path, engine):
    return Library(tmp_path / "home", find_ocr=lambda: engine)


def last(events):
    *_, event = events
    assert isinstance(event, Added)
    return event


def test_the_words_of_a_scanned_page_are_found_on_it(path, tmp_path):
    held = library(tmp_path, ScriptedOcr(WORDS))
    added = last(held.adding(path))
    assert added.notes == (Note(2, "ocr", text="scripted"), Note(3, "ocr", text="scripted"))
    document = held.document(added.id)
    assert document.notes == added.notes
    (hit, *_) = held.search("harbour dredged", [added.id], 3)
    pages = {document.page_at(p).number for p in (hit.passage.span.start, hit.passage.span.end - 1)}
    assert pages & {2, 3}


def test_without_an_engine_the_rest_is_taken_and_the_pages_are_named(path, tmp_path):
    added = last(library(tmp_path, None).adding(path))
    assert added.notes == (Note(2, "scan"), Note(3, "scan"))
    again = last(library(tmp_path, None).adding(path))
    assert again.reused
    assert again.notes == added.notes


def test_once_an_engine_is_there_adding_it_again_reads_the_missing_pages(path, tmp_path):
    first = last(library(tmp_path, None).adding(path))
    added = last(library(tmp_path, ScriptedOcr(WORDS)).adding(path))
    assert (first.id, added.reused) == (added.id, False)
    assert [note.kind for note in added.notes] == ["ocr", "ocr"]
    assert last(library(tmp_path, ScriptedOcr(WORDS)).adding(path)).reused


def test_an_engine_that_cannot_start_says_so_for_the_pages(path, tmp_path):
    added = last(library(tmp_path, BrokenOcr("Tesseract cannot be started.")).adding(path))
    assert added.notes[0] == Note(2, "scan", text="Tesseract cannot be started.")
    path.write_bytes(draw(scan("one")))
    with pytest.raises(DocumentError, match=r"could be read: Tesseract cannot be started\."):
        list(library(tmp_path, BrokenOcr("Tesseract cannot be started.")).adding(path))


def test_a_removed_scan_leaves_no_word_but_what_another_document_holds_too(path, tmp_path):
    engine = Counting()
    held = library(tmp_path, engine)
    first = last(held.adding(path)).id
    path.write_bytes(OTHER)
    second = last(held.adding(path)).id
    assert len(engine.asked) == 2  # the picture that both hold was read once
    held.remove(first)
    assert left(tmp_path) == 2  # the second document's page, and what was recognised on it
    held.remove(second)
    assert left(tmp_path) == 0


def left(tmp_path: Path):
    return sum(path.is_file() for path in (tmp_path / "home" / "ocr").rglob("*"))


def test_notes_and_attachments_travel_with_an_export(path, tmp_path):
    held = library(tmp_path, ScriptedOcr(WORDS))
    added = last(held.adding(path))
    list(held.exporting(tmp_path / "all.longread"))
    other = Library(tmp_path / "other")
    assert last(other.importing(tmp_path / "all.longread")).notes == added.notes
    assert other.document(added.id) == held.document(added.id)
