"""The files of PDFs are kept whole beside the library, and go with their documents."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from agent import Library
from agent.check import Traces
from agent.errors import DocumentError, LibraryError
from agent.files import KeptFiles
from tests.agent.formats.make import HARBOUR_PDF

IDENTITY = hashlib.sha256(HARBOUR_PDF).hexdigest()
OLD = 7200  # seconds


@pytest.fixture
def harbour(tmp_path):
    path = tmp_path / "harbour.pdf"
    path.write_bytes(HARBOUR_PDF)
    return path


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


def names_in(library):
    return sorted(path.name for path in (library.home / "files").glob("*"))


def test_the_file_of_a_pdf_is_kept_and_goes_with_it(library, harbour):
    document = library.add(harbour)
    harbour.unlink()
    assert library.file(document.id).read_bytes() == HARBOUR_PDF
    library.remove(document.id)
    assert library.file(document.id) is None
    assert names_in(library) == []


def test_the_file_of_a_text_is_not_kept(library, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("The dam held.")
    assert library.file(library.add(path).id) is None
    assert names_in(library) == []


def test_a_document_of_before_files_were_kept_gets_its_own_when_it_is_added_again(library, harbour):
    document = library.add(harbour)
    library.file(document.id).unlink()
    assert library.file(library.add(harbour).id).read_bytes() == HARBOUR_PDF


def test_a_file_that_changed_is_refused_and_nothing_is_left(tmp_path, harbour):
    tmp_path.joinpath("home").mkdir()
    files = KeptFiles(tmp_path / "home")
    with pytest.raises(DocumentError, match="changed while it was being read; add it again"):
        files.keep("0" * 64, harbour, "harbour.pdf")
    assert list((tmp_path / "home" / "files").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_sentence_and_nothing_is_added(library, harbour):
    (library.home / "files").write_text("in the way")
    with pytest.raises(LibraryError, match=r"harbour.pdf could not be kept in .*add it again"):
        library.add(harbour)
    assert library.documents() == []


@pytest.mark.parametrize("age", [0, OLD])
def test_what_a_killed_run_left_is_found_and_wiped_out_once_it_is_old(library, harbour, age):
    library.add(harbour)
    stranger = library.home / "files" / "unfinished-x"
    stranger.write_bytes(b"half")
    os.utime(stranger, times=(time.time() - age,) * 2)
    assert (Traces() in library.check()) is bool(age)
    assert Traces() not in library.check(repair=True)
    assert names_in(library) == ([IDENTITY] if age else [IDENTITY, "unfinished-x"])


def test_an_imported_document_has_no_file(library, harbour, tmp_path):
    library.add(harbour)
    list(library.exporting(tmp_path / "export"))
    other = Library(tmp_path / "other")
    list(other.importing(tmp_path / "export"))
    assert other.file(IDENTITY) is None
    other.add(harbour)
    assert Path(other.file(IDENTITY)).read_bytes() == HARBOUR_PDF
