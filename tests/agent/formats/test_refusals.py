"""Every file that is not taken is refused in one sentence that says what to do."""

import io
import zipfile
from pathlib import Path

import pytest

from agent.errors import DocumentError
from agent.formats import archive, parse
from agent.formats.isolate import Limits, hash_file, parse_file
from tests.agent.formats.make import (
    HARBOUR_PDF,
    empty_pdf,
    encrypt,
    make_docx,
    make_epub,
    make_zip,
    paragraph,
)

OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
DRM = (
    "<encryption><EncryptedData><EncryptionMethod "
    'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>'
)
CHAPTER = {"One": "<html><body><p>Text.</p></body></html>"}
ENTITY = '<!DOCTYPE d [<!ENTITY x "boom">]><d>&x;</d>'


def _with_encrypted_flag(data: bytes) -> bytes:
    central = data.index(b"PK\x01\x02")
    return data[: central + 8] + b"\x01" + data[central + 9 :]


def _broken_member(data: bytes) -> bytes:
    middle = data.index(b"Text.") + 1
    return data[:middle] + b"E" + data[middle + 1 :]


def _twice(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("word/document.xml", "")
        made.writestr(name, "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr(name, "two")
    return out.getvalue()


def _ole(part: str) -> bytes:
    return OLE + part.encode("utf-16-le") + bytes(600)


def _open_document(kind: str) -> bytes:
    mime_type = f"application/vnd.oasis.opendocument.{kind}"
    return make_zip({"mimetype": mime_type, "META-INF/manifest.xml": "<x/>"}, zipfile.ZIP_STORED)


REFUSALS = {
    "empty.txt": (b"", "is empty"),
    "spaces.txt": (b" \n\t\r\n ", "is empty"),
    "hidden.html": (b"<html><body><p hidden>x</p></body></html>", "holds no text"),
    "marks.txt": ("\ufeff\ufeff ".encode(), "holds no text"),
    "locked.pdf": (encrypt(HARBOUR_PDF, "secret"), "protected by a password"),
    "scan.pdf": (empty_pdf(3), "any of its 3 pages, as scans have none; run OCR first"),
    "blank.pdf": (empty_pdf(1), "its only page, as scans"),
    "nothing.pdf": (empty_pdf(0), "has no pages"),
    "corrupt.pdf": (b"%PDF-1.7\n" + b"rubbish " * 50, "is damaged or no PDF"),
    "cut.pdf": (HARBOUR_PDF[:300], "is damaged or no PDF"),
    "text.pdf": (b"This is plain text.", "is damaged or no PDF"),
    "old.doc": (_ole("WordDocument"), "old Microsoft Office format; save it as .docx or PDF"),
    "old.xls": (_ole("Workbook"), "old Microsoft Office format; save it as .xlsx"),
    "older.xls": (_ole("Book"), "old Microsoft Office format; save it as .xlsx"),
    "old.ppt": (_ole("PowerPoint Document"), "Office format; save it as .pptx or PDF"),
    "old.pub": (OLE, "old Microsoft Office format; save it as .docx, .xlsx, .pptx or PDF"),
    "mail.msg": (_ole("__substg1.0_0037001F"), "an Outlook message; save it as .eml"),
    "locked.docx": (_ole("EncryptedPackage"), "protected by a password"),
    "sheet.xlsx": (make_zip({"xl/workbook.xml": "<x/>"}), "holds no text"),
    "broken.xlsx": (make_zip({"xl/workbook.xml": "<x>"}), "is damaged: it cannot be read as XLSX"),
    "binary.xlsb": (make_zip({"xl/workbook.bin": ""}), "a binary Excel workbook: save it as .xlsx"),
    "table.ods": (_open_document("spreadsheet"), "OpenDocument spreadsheet: save it as .xlsx"),
    "talk.odp": (_open_document("presentation"), "OpenDocument presentation: save it as .pptx"),
    "map.odg": (_open_document("graphics"), "OpenDocument drawing: save it as PDF"),
    "sum.odf": (_open_document("formula"), "OpenDocument file: save it as .odt"),
    "text.pages": (make_zip({"Index/Document.iwa": ""}), "Apple iWork: export it as PDF"),
    "page.oxps": (make_zip({"FixedDocSeq.fdseq": ""}), "XPS document: print it to PDF"),
    "files.zip": (make_zip({"a.txt": "a"}), "zip archive: unpack it"),
    "text.rtf": (b"{\\rtf1\\ansi}", "holds no text"),
    "photo.png": (b"\x89PNG\r\n\x1a\n" + bytes(64), "picture; taken are CSV, DOCX, "),
    "photo.txt": (b"\xff\xd8\xff\xe0" + bytes(64), "picture"),
    "tool": (b"\x7fELF" + bytes(64), "program"),
    "noise.bin": (bytes(range(256)) * 20, "binary data of an unknown kind; taken are"),
    "noise.md": (b"a\x01b\x02c\x03", "binary data of an unknown kind; taken are"),
    "half.txt": ("gr\u00fc\u00df ".encode() * 50 + b"\xc3 ", "is damaged at byte 350; save it"),
    "broken.docx": (make_docx(paragraph("x"))[:200], "is damaged: it cannot be unpacked"),
    "xml.docx": (make_docx("<w:p>"), "is damaged: it cannot be read as DOCX"),
    "entities.docx": (make_docx("", {"word/styles.xml": ENTITY}), "declares XML entities"),
    "bomb.docx": (make_docx("", {"word/x.xml": bytes(20_000_000)}), "as a zip bomb does"),
    "escape.docx": (make_docx("", {"../x": ""}), "points outside of it"),
    "locked2.docx": (_with_encrypted_flag(make_docx("")), "protected by a password"),
    "twice.docx": (_twice("word/styles.xml"), "two parts of the same name"),
    "drm.epub": (make_epub(CHAPTER, {"META-INF/encryption.xml": DRM}), "copy protection (DRM)"),
    "broken.epub": (_broken_member(make_epub(CHAPTER)), "is damaged: it cannot be unpacked"),
    "gap.epub": (
        make_epub(CHAPTER, {"OPS/book.opf": "<p><spine><itemref idref='c9'/></spine></p>"}),
        "its reading order is broken",
    ),
    "lost.epub": (
        make_epub({}, {"META-INF/container.xml": "<c><rootfile full-path='no.opf'/></c>"}),
        "part 'no.opf' is missing",
    ),
    "deep.html": (b"<div>" * 5_000 + b"deep words " * 100, "HTML: only 0 of about"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_bad_bytes_are_refused_by_name_with_a_hint(name):
    data, hint = REFUSALS[name]
    with pytest.raises(DocumentError) as refusal:
        parse(data, name, lambda _done, _of: None)
    message = str(refusal.value)
    assert message.startswith(f"{name}: ")
    assert hint in message
    assert message.endswith(".")
    assert "\n" not in message


def test_a_pdf_with_an_empty_password_is_read():
    document = parse(encrypt(HARBOUR_PDF, ""), "open.pdf", lambda _done, _of: None)
    assert "dredged in 1907" in document.text


def test_an_archive_of_too_many_parts_is_refused():
    parts = {f"word/{number}.xml": "" for number in range(archive.MAX_ENTRIES)}
    with pytest.raises(DocumentError, match="holds 10,003 parts, more than the 10,000"):
        parse(make_docx("", parts), "many.docx", lambda _done, _of: None)


def _refusal_of_path(path: Path, limits: Limits = Limits()) -> str:  # noqa: B008 - frozen
    with pytest.raises(DocumentError) as by_hash:
        hash_file(path, path.name, limits)
    with pytest.raises(DocumentError) as by_parse:
        next(parse_file(path, limits=limits, command=["/no/such/program"]))
    assert str(by_hash.value) == str(by_parse.value)
    return str(by_parse.value)


def test_paths_that_are_no_files_are_refused_before_a_child_is_started(tmp_path: Path):
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(bytes(2_500_000))
    refusals = {
        "absent": "absent: does not exist; check its name and folder.",
        ".": f"{tmp_path.name}: is a folder; give the files in it.",
        "empty": "empty: is empty; check that it was saved or downloaded whole.",
        "large": "large: has 2 MB, more than 1 MB; split it.",
    }
    for name, message in refusals.items():
        assert _refusal_of_path(tmp_path / name, Limits(file_bytes=1_000_000)) == message


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    import os  # noqa: PLC0415 - pipes with names exist on POSIX only

    os.mkfifo(tmp_path / "pipe")
    assert "is no ordinary file" in _refusal_of_path(tmp_path / "pipe")


def test_a_name_no_file_can_have_is_refused():
    assert "cannot be opened" in _refusal_of_path(Path("a\x00b"))
    assert "cannot be opened (File name too long)" in _refusal_of_path(Path("x" * 5_000))
