"""PDF: PDFium reads text, labels and outline; pypdf is the second try where PDFium fails.

PDFium reads all of them about twelve times faster, and on 500 odd files its labels and outlines
were those of pypdf. A file that only pypdf can repair comes without an outline.
"""

import contextlib
import functools
import io
import logging
import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.document import Heading
from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.pages import clean, join

if TYPE_CHECKING:
    from pypdf import PdfReader

_HEAD_BYTES = 1024
_PASSWORD = "is protected by a password; save a copy without it."  # noqa: S105 - a sentence
_DAMAGED = "is damaged or no PDF: it cannot be opened; get it again, or print it to a new PDF."
# PDFium puts this where a line ended in a hyphen, and leaves the line end out.
_LINE_END_HYPHEN = "\x02"

# Level from 1, title, index of the page from 0.
_Entry = tuple[int, str, int]


def _sniff(data: bytes) -> bool:
    head = data[:_HEAD_BYTES].lstrip()
    # Other bytes may stand before the header, but a text may also just tell of it.
    return head.startswith(b"%PDF-") or (b"%PDF-" in head and b" obj" in data)


def _parse(data: bytes, on_page: OnPage) -> Parsed:
    import pypdfium2  # noqa: PLC0415 - needed for this format only

    with _quiet():
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            # The code of an earlier failure may still stand, so the file is asked as well.
            if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD and b"/Encrypt" in data:
                raise Refused(_PASSWORD) from error
            return _parse_with_pypdf(data, on_page)
        with document:
            texts = _texts(document, data, on_page)
            labels = [_label(document, index) for index in range(len(document))]
            return _assemble("pdfium", texts, labels, _outline(document))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
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
    engine: str, texts: Iterable[str], labels: Sequence[str], outline: Iterable[_Entry]
) -> Parsed:
    pages = [clean(text).strip("\n") + "\n" for text in texts]
    if not pages:
        raise Refused("has no pages; get it again, or print it to a new PDF.")
    if not any(map(str.strip, pages)):
        where = "its only page" if len(pages) == 1 else f"any of its {len(pages)} pages"
        raise Refused(
            f"has no text layer on {where}, as scans have none; run OCR first, "
            "for example `ocrmypdf in.pdf out.pdf`."
        )
    headings = _place(outline, pages)
    return join(
        engine,
        (
            Piece(text, clean(label).strip(), tuple(headings.get(index, ())))
            for index, (text, label) in enumerate(zip(pages, labels, strict=True))
        ),
    )


def _texts(document: Any, data: bytes, on_page: OnPage) -> Iterator[str]:
    """Yield the text of each page; one that neither library can read is empty, and stays."""
    import pypdfium2  # noqa: PLC0415 - see above

    second_try = functools.cache(functools.partial(_open_with_pypdf, data))
    for index in range(len(document)):
        on_page(index, len(document))
        try:
            yield _page_text(document, index)
        except pypdfium2.PdfiumError:
            try:
                yield _page_text_by_pypdf(second_try(), index)
            except Refused:
                yield ""


def _page_text(document: Any, index: int) -> str:
    with (
        contextlib.closing(document[index]) as page,
        contextlib.closing(page.get_textpage()) as text,
    ):
        # Only what lies on the page: text beside it is seen by nobody.
        bounded: str = text.get_text_bounded()
    return bounded.replace(_LINE_END_HYPHEN, "-\n")


def _label(document: Any, index: int) -> str:
    try:
        return str(document.get_page_label(index))
    except (RuntimeError, ValueError):  # broken labels must not cost the text
        return ""


def _outline(document: Any) -> list[_Entry]:
    entries: list[_Entry] = []
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


def _place(outline: Iterable[_Entry], pages: Sequence[str]) -> Mapping[int, list[Heading]]:
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


def _parse_with_pypdf(data: bytes, on_page: OnPage) -> Parsed:
    reader = _open_with_pypdf(data)
    try:
        count = len(reader.pages)
        labels = [str(label) for label in reader.page_labels]
    except Exception as error:  # see `_open_with_pypdf`
        raise Refused(_DAMAGED) from error

    def texts() -> Iterator[str]:
        for index in range(count):
            on_page(index, count)
            yield _page_text_by_pypdf(reader, index)

    return _assemble("pypdf", texts(), labels, [])


def _open_with_pypdf(data: bytes) -> "PdfReader":
    from pypdf import PasswordType, PdfReader  # noqa: PLC0415 - needed for few files

    try:
        reader = PdfReader(io.BytesIO(data))
        locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except Exception as error:
        # On broken files pypdf raises far more than its own errors: AttributeError, TypeError,
        # AssertionError, NotImplementedError were all met.
        raise Refused(_DAMAGED) from error
    if locked:
        raise Refused(_PASSWORD)
    return reader


def _page_text_by_pypdf(reader: "PdfReader", index: int) -> str:
    try:
        return reader.pages[index].extract_text()
    except Exception:  # noqa: BLE001 - see `_open_with_pypdf`; the page stays, empty
        return ""


FORMAT = Format("pdf", "PDF", (".pdf",), _sniff, _parse)
