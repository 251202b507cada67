"""PDF: PDFium reads text, labels and outline; pypdf is the second try where PDFium fails.

PDFium reads all of them about twelve times faster, and on 500 odd files its labels and outlines
were those of pypdf.
"""

import contextlib
import logging
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.document import Heading, Note
from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.hyphens import join_words
from agent.formats.pages import clean, join
from agent.formats.pdf_hidden import Eye
from agent.formats.pdf_pypdf import LOCKED, OTHER_PASSWORD, Entry, Pypdf, SecondTry
from agent.formats.pdf_text import PageText, read_page
from agent.formats.running import count_running, cut_lines

_HEAD_BYTES = 1024
_EXCERPT_CHARACTERS = 200
_MAX_ATTACHMENTS = 1_000
_PDFIUM, _PYPDF = "pdfium", "pypdf"


@dataclass(frozen=True, slots=True)
class _Read:
    """One page: its text before it is canonical, and what is to be known of it."""

    text: str
    notes: tuple[Note, ...] = ()


def _sniff(data: bytes) -> bool:
    head = data[:_HEAD_BYTES].lstrip()
    # Other bytes may stand before the header, but a text may also just tell of it.
    return head.startswith(b"%PDF-") or (b"%PDF-" in head and b" obj" in data)


def _parse(data: bytes, on_page: OnPage, password: str | None = None) -> Parsed:
    with quiet():
        document = open_document(data, password)
        if document is None:
            return _parse_with_pypdf(Pypdf.open(data, password), on_page)
        with document:
            second_try = SecondTry(data, password, len(document))
            pages = list(_pages(document, second_try, on_page))
            labels = [_label(document, index) for index in range(len(document))]
            return _assemble(_PDFIUM, pages, labels, _outline(document), _attachments(document))


def open_document(data: bytes, password: str | None) -> Any | None:
    """Open a file with PDFium; None if PDFium cannot.

    Raises:
        Refused: if it is locked, and not with `password`.
    """
    import pypdfium2  # noqa: PLC0415 - needed for this format only

    try:
        return pypdfium2.PdfDocument(data, password=password)
    except pypdfium2.PdfiumError as error:
        # The code of an earlier failure may still stand, so the file is asked as well.
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD and b"/Encrypt" in data:
            raise Refused(OTHER_PASSWORD if password else LOCKED) from error
        return None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' remarks on odd files off the screen; what matters is raised."""
    loggers = [logging.getLogger(name) for name in ("pypdf", "pypdfium2")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for logger in loggers:
                logger.setLevel(logging.CRITICAL + 1)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _assemble(
    engine: str,
    reads: Sequence[_Read],
    labels: Sequence[str],
    outline: Iterable[Entry],
    attachments: Iterable[str],
) -> Parsed:
    if not reads:
        raise Refused("has no pages; get it again, or print it to a new PDF.")
    cut, running = _without_running([clean(read.text).strip("\n") + "\n" for read in reads])
    pages = join_words(cut)
    headings = _place(outline, pages)
    parsed = join(
        engine,
        (
            Piece(text, clean(label).strip(), tuple(headings.get(index, ())))
            for index, (text, label) in enumerate(zip(pages, labels, strict=True))
        ),
    )
    notes = tuple(sorted((*(n for read in reads for n in read.notes), *running), key=_page_of))
    named = tuple(name for name in map(_on_one_line, attachments) if name)
    return replace(parsed, notes=notes, attachments=named, blank=_why_blank(len(pages), notes))


def _without_running(pages: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Take out the lines that stand on page after page, and note them."""
    kept, notes = [], []
    for number, (page, (top, bottom)) in enumerate(
        zip(pages, count_running(pages), strict=True), 1
    ):
        kept.append(cut_lines(page, top, bottom)[1])
        if top or bottom:
            lines = page.strip("\n").split("\n")
            out = _on_one_line(" ".join([*lines[:top], *lines[len(lines) - bottom :]]))
            notes.append(Note(number, "running", top + bottom, out[:_EXCERPT_CHARACTERS]))
    return kept, notes


def _page_of(note: Note) -> int:
    return note.page


def _why_blank(pages: int, notes: Iterable[Note]) -> str:
    where = "its only page" if pages == 1 else f"any of its {pages} pages"
    kinds = {note.kind for note in notes}
    if "hidden" in kinds and "scan" not in kinds:
        return f"shows no text on {where}: what there is, nobody can see; print it to a new PDF."
    return (
        f"has no text layer on {where}, as scans have none; run OCR first, "
        "for example `ocrmypdf in.pdf out.pdf`."
    )


def _pages(document: Any, second_try: SecondTry, on_page: OnPage) -> Iterator[_Read]:
    """Yield each page; one that neither library can read is empty, and stays."""
    eye = Eye()
    for index in range(len(document)):
        on_page(index, len(document))
        yield _page(document, index, eye, second_try)


def _page(document: Any, index: int, eye: Eye, second_try: SecondTry) -> _Read:
    number = index + 1
    read = _read_with_pdfium(document, index, eye)
    if read is None:
        text = second_try.text(index)
        if text is None:
            return _Read("", (Note(number, "unread"),))
        return _Read(text, (Note(number, "engine", text=_PYPDF),))
    notes = tuple(_notes(number, read))
    if _is_unlikely(read):
        text = second_try.text(index) or ""
        if text.strip():
            return _Read(text, (Note(number, "engine", text=_PYPDF), *notes))
    return _Read(read.text, notes)


def _is_unlikely(read: PageText) -> bool:
    """Whether PDFium may have missed the text: some is drawn, or nothing at all is."""
    return not (read.text.strip() or read.hidden) and (read.has_drawn_text or read.is_bare)


def _read_with_pdfium(document: Any, index: int, eye: Eye) -> PageText | None:
    import pypdfium2  # noqa: PLC0415 - see above

    try:
        with (
            contextlib.closing(document[index]) as page,
            contextlib.closing(page.get_textpage()) as text,
        ):
            return read_page(page, text, eye)
    except pypdfium2.PdfiumError:
        return None


def _notes(number: int, read: PageText) -> Iterator[Note]:
    if read.hidden:
        excerpt = _on_one_line(read.hidden)[:_EXCERPT_CHARACTERS]
        yield Note(number, "hidden", len(read.hidden), excerpt)
    if read.zero_width:
        yield Note(number, "zero-width", read.zero_width)
    if read.is_scan:
        yield Note(number, "scan")


def _on_one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _label(document: Any, index: int) -> str:
    try:
        return str(document.get_page_label(index))
    except (RuntimeError, ValueError):  # broken labels must not cost the text
        return ""


def _outline(document: Any) -> list[Entry]:
    entries: list[Entry] = []
    try:
        for bookmark in document.get_toc():
            destination = bookmark.get_dest()
            index = destination.get_index() if destination else None
            if index is not None:
                entries.append((bookmark.level + 1, bookmark.get_title(), index))
    except (RuntimeError, ValueError):
        # A broken outline must not cost the text; what came before the break is good.
        return entries
    return entries


def _attachments(document: Any) -> list[str]:
    """Return the names of the files within the file; one without a name is called by its number."""
    names: list[str] = []
    for index in range(min(document.count_attachments(), _MAX_ATTACHMENTS)):
        try:
            names.append(document.get_attachment(index).get_name())
        except (RuntimeError, ValueError):
            names.append(f"attachment {index + 1}")
    return names


def _place(outline: Iterable[Entry], pages: Sequence[str]) -> Mapping[int, list[Heading]]:
    """Find each title on its page, after the one before it; else it stands where that does."""
    headings: defaultdict[int, list[Heading]] = defaultdict(list)
    for level, title, index in outline:
        words = clean(title).split()
        if words and 0 <= index < len(pages):
            above = headings[index]
            after = above[-1].start if above else 0
            start = _find(words, pages[index], after + len(above[-1].title) if above else 0)
            above.append(Heading(level, " ".join(words), after if start is None else start))
    return headings


def _find(words: Sequence[str], page: str, after: int) -> int | None:
    """Return where `words` stand, at a line's beginning if they do so anywhere."""
    title = r"\s*".join(map(re.escape, words))
    for pattern in (rf"(?im)(?<=\n){title}", rf"(?i){title}"):
        found = re.compile(pattern).search(page, after)
        if found:
            return found.start()
    return None


def _parse_with_pypdf(reader: Pypdf, on_page: OnPage) -> Parsed:
    labels = reader.labels()

    def pages() -> Iterator[_Read]:
        for index in range(len(labels)):
            on_page(index, len(labels))
            text = reader.text(index)
            yield _Read(text or "", () if text is not None else (Note(index + 1, "unread"),))

    return _assemble(_PYPDF, list(pages()), labels, reader.outline(), reader.attachments())


FORMAT = Format("pdf", "PDF", (".pdf",), _sniff, _parse, _parse)
