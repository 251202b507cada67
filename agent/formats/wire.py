"""A document on its way out of the child process: JSON, and on the other side nothing believed."""

from typing import Any

from agent.document import Document, Heading, Note, Page
from agent.formats.pages import is_clean


def pack(document: Document) -> dict[str, Any]:
    """Return `document` as JSON values, without its name, which the parent knows."""
    return {
        "id": document.id,
        "format": document.format,
        "engine": document.engine,
        "text": document.text,
        "pages": [[page.number, page.label, page.start, page.end] for page in document.pages],
        "headings": [[h.level, h.title, h.start] for h in document.headings],
        "notes": [[note.page, note.kind, note.count, note.text] for note in document.notes],
        "attachments": list(document.attachments),
    }


def unpack(value: Any, name: str, *, allow_blank: bool = False) -> Document:
    """Check `value` for everything that a document promises, and return it as one.

    Args:
        value: what `pack` made.
        name: the document's name.
        allow_blank: take a document without text, as one of scans is.

    Raises:
        ValueError: if it is not a whole and sound document.
    """
    if not isinstance(value, dict):
        raise ValueError("no document")  # noqa: TRY004 - one error for all that can be wrong
    texts = [value.get(key) for key in ("id", "format", "engine", "text")]
    identity, format_, engine, text = map(_string, texts)
    pages = tuple(Page(*_row(row, (int, str, int, int))) for row in _rows(value, "pages"))
    headings = tuple(Heading(*_row(row, (int, str, int))) for row in _rows(value, "headings"))
    notes = tuple(Note(*_row(row, (int, str, int, str))) for row in _rows(value, "notes", []))
    attachments = tuple(_row(_rows(value, "attachments", []), (str,), repeated=True))
    if not is_clean(text) or not (allow_blank or text.strip()):
        raise ValueError("text is not canonical")
    _check_pages(pages, text)
    _check_headings(headings, text)
    _check_notes(notes, len(pages))
    return Document(identity, name, format_, engine, text, pages, headings, notes, attachments)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a string")  # noqa: TRY004 - see above
    return value


def _rows(value: dict[str, Any], key: str, default: Any = None) -> list[Any]:
    rows = value.get(key, default)
    if not isinstance(rows, list):
        raise ValueError(f"no {key}")  # noqa: TRY004 - see above
    return rows


def _row(row: Any, types: tuple[type, ...], *, repeated: bool = False) -> list[Any]:
    """Check the form of a row; `True` is no number here, though it is one for Python."""
    wanted = types * len(row) if repeated else types
    if not isinstance(row, list) or tuple(map(type, row)) != wanted:
        raise ValueError("a row of another form")
    if not all(is_clean(part) for part in row if isinstance(part, str)):
        raise ValueError("a name that is not canonical")
    return row


def _check_pages(pages: tuple[Page, ...], text: str) -> None:
    end = 0
    for number, page in enumerate(pages, 1):
        if page.number != number or page.start != end or page.end < page.start:
            raise ValueError(f"page {number} does not follow the one before it")
        end = page.end
    if end != len(text):
        raise ValueError("the pages do not cover the text")


def _check_headings(headings: tuple[Heading, ...], text: str) -> None:
    before = 0
    for heading in headings:
        if heading.level < 1 or not before <= heading.start < len(text):
            raise ValueError("a heading out of its place")
        before = heading.start


def _check_notes(notes: tuple[Note, ...], pages: int) -> None:
    before = 1
    for note in notes:
        if not before <= note.page <= pages or note.count < 0:
            raise ValueError("a note out of its place")
        before = note.page
