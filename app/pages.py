"""A page of a document as it is shown beside the conversation: its picture, what is lit on it."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from agent import Library
from agent.document import Document, Page, Span
from agent.errors import DocumentError
from agent.page_view import Box, boxes_of_span, render
from agent.scans import boxes_of_scan
from app import strings

WIDTH_PIXELS: Final = 1_100  # sharp in half of a wide window, and some 200 kB
_KEPT_PICTURES: Final = 24


@dataclass(frozen=True, slots=True)
class Spot:
    """What is to be shown: a page, and on it the words from `start` to `end`, if there are any."""

    document: str
    page: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, ready to be drawn.

    Attributes:
        name: the document's.
        page: its number, label and place.
        pages: how many there are.
        picture: a PNG as `data:` address; empty where the text is shown instead.
        boxes: what is lit on the picture, in fractions of it.
        before: the page's text before the quote; all of it where there is none.
        quote: the words to be lit.
        after: what follows them.
        note: why there is no picture, or why nothing on it is lit; empty otherwise.
    """

    name: str
    page: Page
    pages: int
    picture: str
    boxes: tuple[Box, ...]
    before: str
    quote: str
    after: str
    note: str


def show(library: Library, spot: Spot) -> Shown:
    """Return the page of a spot, whose number is brought into the document.

    Raises:
        LibraryError: if the document is not there any more.
    """
    document = library.document(spot.document)
    page = document.pages[min(max(spot.page, 1), len(document.pages)) - 1]
    start, end = max(spot.start, page.start), min(spot.end, page.end)
    start, end = (start, end) if start < end else (page.end, page.end)
    file = library.file(document.id)
    picture, boxes, note = "", tuple[Box, ...](), ""
    if file:
        try:
            # Each is a process of its own; one need not wait for the other.
            with ThreadPoolExecutor(1) as beside:
                drawing = beside.submit(_picture, file, page.number, document.name)
                span = Span(document.id, start, end)
                boxes = _boxes(library, file, document, span) if start < end else ()
                picture = drawing.result()
            note = strings.NOT_LOCATED if start < end and not boxes else ""
        except DocumentError as error:
            note = str(error)
    elif document.format == "pdf":
        note = strings.NO_FILE
    return Shown(
        name=document.name,
        page=page,
        pages=len(document.pages),
        picture=picture,
        boxes=boxes,
        before=document.text[page.start : start],
        quote=document.text[start:end],
        after=document.text[end : page.end],
        note=note,
    )


@lru_cache(maxsize=_KEPT_PICTURES)
def _picture(file: Path, number: int, name: str) -> str:
    png = render(file, number, WIDTH_PIXELS, name=name)
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _boxes(library: Library, file: Path, document: Document, span: Span) -> tuple[Box, ...]:
    """Return the boxes of a span, on a scan those of the words that were recognised."""
    found = boxes_of_scan(library.recognised, document, span)
    found = found or boxes_of_span(file, document, span)
    return tuple(box for boxes in found.values() for box in boxes)
