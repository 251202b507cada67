"""Documents whose pages are pictures: read with an OCR engine, page by page.

What was recognised is kept as soon as it is known, so a run that was stopped goes on where it was.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agent.document import Document, Heading, Note, Page, Span
from agent.errors import DocumentError
from agent.formats.isolate import DEFAULT_LIMITS, Limits, parse_file
from agent.formats.pages import clean
from agent.ocr import HOW_TO_INSTALL, Box, Ocr, OcrError, Recognised
from agent.page_view import render_for_ocr
from agent.recognised import RecognisedPages


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    name: str
    password: str | None


def read_file(
    path: Path,
    name: str | None = None,
    *,
    ocr: Ocr | None,
    kept: RecognisedPages,
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
        kept: where to keep what was recognised.
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
    source = _Source(path, name, password)
    results: dict[int, str | OcrError] = {}
    for number in scans:
        yield len(results), len(scans)
        results[number] = _recognise(source, number, document.id, ocr, kept)
    yield len(scans), len(scans)
    return _completed(document, results, ocr.name)


def boxes_of_scan(kept: RecognisedPages, document: Document, span: Span) -> dict[int, list[Box]]:
    """Return the boxes of a span on pages whose text was recognised: one for each line, by page.

    Boxes are of whole words, in fractions of the page as it is shown.
    """
    found: dict[int, list[Box]] = {}
    for page in document.pages:
        start, end = max(span.start, page.start), min(span.end, page.end)
        result = kept.of_page(document.id, page.number) if start < end else None
        if result and _canonical(result.text) == document.text[page.start : page.end]:
            found[page.number] = list(_lines(result, start - page.start, end - page.start))
    return found


def _refuse_blank(
    path: Path, name: str, scans: int, limits: Limits, password: str | None
) -> Generator[tuple[int, int], None, None]:
    if scans:
        pages = "its only page is a picture" if scans == 1 else f"its {scans} pages are pictures"
        raise DocumentError(
            name, f"is a scan: {pages} of text; run {HOW_TO_INSTALL}, then add it again."
        )
    yield from parse_file(path, name, limits=limits, password=password)  # says why it is blank


def _recognise(
    source: _Source, number: int, document: str, ocr: Ocr, kept: RecognisedPages
) -> str | OcrError:
    """Return the text of a page, and keep it with its boxes; or say why there is none."""
    try:
        picture = render_for_ocr(source.path, number, name=source.name, password=source.password)
        result = kept.find(picture, ocr.name) or ocr.read(picture)
    except (DocumentError, OcrError) as error:
        kept.keep(document, number, b"", ocr.name, None)  # so that it is not tried at each use
        return OcrError(error.reason if isinstance(error, DocumentError) else str(error))
    kept.keep(document, number, picture, ocr.name, result)
    return result.text


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


def _completed(document: Document, results: Mapping[int, str | OcrError], engine: str) -> Document:
    """Put what was recognised in the place of the pages that had no text."""
    texts = {
        number: _canonical(result) for number, result in results.items() if isinstance(result, str)
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


def _why_nothing(results: Mapping[int, str | OcrError]) -> str:
    reasons = [str(result) for result in results.values() if isinstance(result, OcrError)]
    if reasons:
        return f"is a scan, and none of its pages could be read: {reasons[0]}"
    return "is a scan in which no text was recognised; check that it is the right file."


def _note(note: Note, results: Mapping[int, str | OcrError], engine: str) -> Note:
    if note.kind != "scan" or note.page not in results:
        return note
    result = results[note.page]
    if isinstance(result, OcrError):
        return Note(note.page, "scan", text=str(result))
    return Note(note.page, "ocr", text=engine)
