"""A document on its way out of the child process: JSON, and on the other side nothing believed."""

from typing import Any

from agent.document import Document, Heading, Page
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
    }


def unpack(value: Any, name: str) -> Document:
    """Check `value` for everything that a document promises, and return it as one.

    Raises:
        ValueError: if it is not a whole and sound document.
    """
    if not isinstance(value, dict):
        raise ValueError("no document")  # noqa: TRY004 - one error for all that can be wrong
    texts = [value.get(key) for key in ("id", "format", "engine", "text")]
    identity, format_, engine, text = map(_string, texts)
    pages = tuple(Page(*_row(row, (int, str, int, int))) for row in _rows(value, "pages"))
    headings = tuple(Heading(*_row(row, (int, str, int))) for row in _rows(value, "headings"))
    if not is_clean(text) or not text.strip():
        raise ValueError("text is not canonical")
    _check_pages(pages, text)
    _check_headings(headings, text)
    return Document(identity, name, format_, engine, text, pages, headings)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a string")  # noqa: TRY004 - see above
    return value


def _rows(value: dict[str, Any], key: str) -> list[Any]:
    rows = value.get(key)
    if not isinstance(rows, list):
        raise ValueError(f"no {key}")  # noqa: TRY004 - see above
    return rows


def _row(row: Any, types: tuple[type, ...]) -> list[Any]:
    """Check the form of a row; `True` is no number here, though it is one for Python."""
    if not isinstance(row, list) or tuple(map(type, row)) != types:
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
