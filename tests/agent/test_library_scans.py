"""Scans in a library: read where an engine is, named where not, gone when removed."""

import re
import sqlite3

import pytest

from agent.document import Note
from agent.errors import DocumentError, LibraryError
from agent.events import Added, Parsing
from agent.library import Library
from agent.ocr import BrokenOcr, ScriptedOcr
from tests.agent.formats.make import encrypt
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


def test_a_page_that_failed_is_tried_again_by_another_engine_only(path, tmp_path):
    engine = Counting(fails=2)
    added = last(library(tmp_path, engine).adding(path))
    assert [note.kind for note in added.notes] == ["ocr", "scan"]
    assert last(library(tmp_path, engine).adding(path)).reused
    assert len(engine.asked) == 2
    again = last(library(tmp_path, ScriptedOcr(WORDS, "better")).adding(path))
    assert not again.reused
    assert [note.kind for note in again.notes] == ["ocr", "ocr"]


def test_a_broken_engine_is_tried_once(path, tmp_path):
    broken = BrokenOcr("Tesseract cannot be started.")
    last(library(tmp_path, None).adding(path))
    assert not last(library(tmp_path, broken).adding(path)).reused
    assert last(library(tmp_path, broken).adding(path)).reused


def test_a_removed_scan_leaves_no_word_and_takes_none_from_another(path, tmp_path):
    engine = Counting()
    held = library(tmp_path, engine)
    first = last(held.adding(path)).id
    path.write_bytes(OTHER)
    second = last(held.adding(path)).id
    assert len(engine.asked) == 2  # the picture that both hold was read once
    held.remove(first)
    assert WORDS in held.document(second).text
    assert recognised(held, second) == {1}
    held.remove(second)
    assert recognised(held) == set()
    assert WORDS.encode() not in all_bytes(tmp_path)


def test_what_an_earlier_engine_recognised_goes_too(path, tmp_path):
    last(library(tmp_path, ScriptedOcr("The hrbour was drdged", "first")).adding(path))
    with sqlite3.connect(tmp_path / "home" / "library.db") as connection:
        connection.execute("UPDATE document SET recipe = 'of before'")
    connection.close()
    held = library(tmp_path, ScriptedOcr(WORDS, "second"))
    held.remove(last(held.adding(path)).id)
    assert not re.search(b"h.?rbour", all_bytes(tmp_path))


@pytest.mark.parametrize("how", ["remove", "repair"])
def test_what_was_recognised_in_a_file_that_was_never_read_whole_goes_in_time(path, tmp_path, how):
    held = library(tmp_path, Counting())
    reading = held.adding(path)
    while next(reading) != Parsing("scan.pdf", 1, 2):
        pass
    reading.close()
    path.write_bytes(OTHER)
    other = last(library(tmp_path, None).adding(path)).id

    def forget():
        if how == "repair":
            list(held.check(repair=True))
        else:
            held.remove(other)

    forget()
    assert WORDS.encode() in all_bytes(tmp_path)  # somebody may be at it, or come back
    other = last(library(tmp_path, None).adding(path)).id
    with sqlite3.connect(tmp_path / "home" / "library.db") as connection:
        connection.execute("UPDATE recognised SET at = at - 90000")
    connection.close()
    forget()
    assert WORDS.encode() not in all_bytes(tmp_path)


def test_of_several_scans_all_are_removed_or_none(path, tmp_path):
    held = library(tmp_path, ScriptedOcr(WORDS))
    added = last(held.adding(path))
    with pytest.raises(LibraryError, match="no document has the id 'ffff'"):
        held.remove_all([added.id, "ffff"])
    assert recognised(held, added.id) == {2, 3}
    assert held.remove_all([added.id, added.id[:8]]) == ["scan.pdf"]


def test_a_locked_file_is_opened_with_its_password(path, tmp_path):
    path.write_bytes(encrypt(path.read_bytes(), "secret"))
    held = library(tmp_path, ScriptedOcr(WORDS))
    with pytest.raises(DocumentError, match="`longread add --password` asks for it"):
        held.add(path)
    with pytest.raises(DocumentError, match="is not opened by this password"):
        held.add(path, password="wrong")  # noqa: S106
    assert WORDS in held.add(path, password="secret").text  # noqa: S106
    assert held.add(path).name == "scan.pdf"  # known by its bytes


def recognised(held, document=None):
    with held._store.reading() as connection:
        rows = connection.execute("SELECT document, page FROM recognised").fetchall()
    return {page for owner, page in rows if document in {None, owner}}


def all_bytes(tmp_path):
    return b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())


def test_notes_and_attachments_travel_with_an_export(path, tmp_path):
    held = library(tmp_path, ScriptedOcr(WORDS))
    added = last(held.adding(path))
    list(held.exporting(tmp_path / "all.longread"))
    other = Library(tmp_path / "other")
    assert last(other.importing(tmp_path / "all.longread")).notes == added.notes
    assert other.document(added.id) == held.document(added.id)
