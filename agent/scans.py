"""Documents whose pages are pictures: read with an OCR engine, page by page.

What was recognised is kept in a folder, one file for each picture, named by the picture and the
engine; a run that was stopped goes on where it was, and the same page of another file is not read
again.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.document import Document, Heading, Note, Page, Span
from agent.errors import DocumentError, LibraryError
from agent.formats.isolate import DEFAULT_LIMITS, Limits, parse_file
from agent.formats.pages import clean
from agent.ocr import HOW_TO_INSTALL, Box, Ocr, OcrError, Recognised, Word
from agent.page_view import render_for_ocr

_KEY = re.compile("[0-9a-f]{64}")


def read_file(
    path: Path,
    name: str | None = None,
    *,
    ocr: Ocr | None,
    folder: Path,
    password: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Generator[tuple[int, int], None, Document]:
    """Read a file, its scanned pages too; yield (pages done, pages in all), return the document.

    Progress runs twice where there are scans: over all pages, then over the scanned ones. Without
    an engine the document comes without them, each named by a `Note` of kind "scan".

    Args:
        path: the file.
        name: what to call it; by default the file's own name.
        ocr: the engine, if there is one.
        folder: where to keep what was recognised.
        password: opens the file if it is locked.
        limits: what reading the file may take, the engine's own time apart.

    Raises:
        DocumentError: if the file cannot be taken, or no text at all is found.
        LibraryError: if what was recognised cannot be kept.
    """
    name = name or path.name
    document = yield from parse_file(path, name, limits=limits, password=password, allow_blank=True)
    scans = [note.page for note in document.notes if note.kind == "scan"]
    if ocr is None or not scans:
        if not document.text.strip():
            yield from _refuse_blank(path, name, len(scans), limits, password)
        return document
    results: dict[int, Recognised | OcrError] = {}
    for number in scans:
        yield len(results), len(scans)
        picture = render_for_ocr(path, number, name=name, password=password)
        results[number] = _recognise(picture, ocr, folder)
        _keep_key(folder, document.id, number, _key(picture, ocr))
    yield len(scans), len(scans)
    return _completed(document, results, ocr.name)


def boxes_of_scan(folder: Path, document: Document, span: Span) -> dict[int, list[Box]]:
    """Return the boxes of a span on pages whose text was recognised: one for each line, by page.

    Boxes are of whole words, in fractions of the page as it is shown.
    """
    found: dict[int, list[Box]] = {}
    for page in document.pages:
        start, end = max(span.start, page.start), min(span.end, page.end)
        result = _kept(folder, document.id, page.number) if start < end else None
        if result and _canonical(result.text) == document.text[page.start : page.end]:
            found[page.number] = list(_lines(result, start - page.start, end - page.start))
    return found


def forget(folder: Path, identity: str) -> None:
    """Delete what was recognised in a document, but not what others have recognised too."""
    own = folder / identity
    keys = _keys(own)
    shutil.rmtree(own, ignore_errors=True)
    others = {key for other in folder.glob("*/") for key in _keys(other)} if keys else set()
    for key in keys - others:
        (folder / f"{key}.json").unlink(missing_ok=True)


def _keys(folder: Path) -> set[str]:
    keys = set()
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            key = json.loads(path.read_bytes())
            keys |= {key} if isinstance(key, str) and _KEY.fullmatch(key) else set()
    return keys


def _refuse_blank(
    path: Path, name: str, scans: int, limits: Limits, password: str | None
) -> Generator[tuple[int, int], None, None]:
    if scans:
        pages = "its only page is a picture" if scans == 1 else f"its {scans} pages are pictures"
        raise DocumentError(
            name, f"is a scan: {pages} of text; run {HOW_TO_INSTALL}, then add it again."
        )
    yield from parse_file(path, name, limits=limits, password=password)  # says why it is blank


def _key(picture: bytes, ocr: Ocr) -> str:
    return hashlib.sha256(ocr.name.encode() + b"\0" + picture).hexdigest()


def _recognise(picture: bytes, ocr: Ocr, folder: Path) -> Recognised | OcrError:
    path = folder / f"{_key(picture, ocr)}.json"
    kept = _load(path)
    if kept is not None:
        return kept
    try:
        result = ocr.read(picture)
    except OcrError as error:
        return error
    _save(
        path,
        {"text": result.text, "words": [[w.start, w.end, w.line, *w.box] for w in result.words]},
    )
    return result


def _load(path: Path) -> Recognised | None:
    """Return what was kept, or None if there is none or it is damaged: then it is made again."""
    try:
        value = json.loads(path.read_bytes())
        return Recognised(str(value["text"]), tuple(map(_word, value["words"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _word(row: Any) -> Word:
    start, end, line, *sides = row
    left, top, right, bottom = map(float, sides)
    return Word(int(start), int(end), int(line), (left, top, right, bottom))


def _save(path: Path, value: Any) -> None:
    """Write a file so that it is there whole or not at all."""
    made = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        made.replace(path)
    except OSError as error:
        raise LibraryError(
            f"{path.parent}: what was recognised cannot be kept ({error.strerror}); "
            "free some space or check the rights of that folder, then add the file again."
        ) from error


def _keep_key(folder: Path, identity: str, number: int, key: str) -> None:
    _save(folder / identity / f"{number}.json", key)


def _kept(folder: Path, identity: str, number: int) -> Recognised | None:
    try:
        key = json.loads((folder / identity / f"{number}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return _load(folder / f"{key}.json")


def _lines(result: Recognised, start: int, end: int) -> Iterator[Box]:
    lines: dict[int, list[Box]] = {}
    lead = len(result.text) - len(result.text.lstrip("\n"))  # which `_canonical` takes away
    for word in result.words:
        if word.start - lead < end and word.end - lead > start:
            lines.setdefault(word.line, []).append(word.box)
    for boxes in lines.values():
        left, top, right, bottom = zip(*boxes, strict=True)
        yield min(left), min(top), max(right), max(bottom)


def _canonical(text: str) -> str:
    return clean(text).strip("\n") + "\n"


def _completed(
    document: Document, results: Mapping[int, Recognised | OcrError], engine: str
) -> Document:
    """Put what was recognised in the place of the pages that had no text."""
    texts = {
        number: _canonical(result.text)
        for number, result in results.items()
        if isinstance(result, Recognised)
    }
    parts, pages, shift = [], [], {}
    start = 0
    for page in document.pages:
        text = texts.get(page.number, document.text[page.start : page.end])
        shift[page.number] = start - page.start
        parts.append(text)
        pages.append(Page(page.number, page.label, start, start + len(text)))
        start += len(text)
    if not "".join(parts).strip():
        raise DocumentError(document.name, _why_nothing(results))
    return replace(
        document,
        text="".join(parts),
        pages=tuple(pages),
        headings=tuple(
            Heading(h.level, h.title, h.start + shift[document.page_at(h.start).number])
            for h in document.headings
        ),
        notes=tuple(_note(note, results, engine) for note in document.notes),
    )


def _why_nothing(results: Mapping[int, Recognised | OcrError]) -> str:
    reasons = [str(result) for result in results.values() if isinstance(result, OcrError)]
    if reasons:
        return f"is a scan, and none of its pages could be read: {reasons[0]}"
    return "is a scan in which no text was recognised; check that it is the right file."


def _note(note: Note, results: Mapping[int, Recognised | OcrError], engine: str) -> Note:
    if note.kind != "scan" or note.page not in results:
        return note
    result = results[note.page]
    if isinstance(result, OcrError):
        return Note(note.page, "scan", text=str(result))
    return Note(note.page, "ocr", text=engine)
