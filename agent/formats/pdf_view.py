"""One page of a PDF as it is shown: its picture, and where a quote stands on it.

Runs in the child process; `agent.page_view` asks for it.
"""

import base64
import contextlib
import itertools
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from agent.errors import DocumentError
from agent.formats.base import Refused
from agent.formats.hyphens import align
from agent.formats.pdf import open_document, quiet
from agent.formats.pdf_boxes import find_boxes
from agent.formats.pdf_hidden import Eye
from agent.formats.pdf_shown import Frame
from agent.formats.pdf_text import PageText, read_page
from agent.formats.running import MOST_LINES, cut_lines

MAX_PIXELS = 25_000_000
_POINTS_AN_INCH = 72


def answer(data: bytes, request: Mapping[str, Any], password: str | None) -> Mapping[str, Any]:
    """Do the "page_task" of a request: "boxes" or "render".

    Raises:
        DocumentError: if the page cannot be shown.
    """
    try:
        with quiet(), _page(data, request["page"], password) as page:
            if request["page_task"] == "boxes":
                # What PDFium cannot open was read by pypdf, which knows no places.
                return {"boxes": _boxes(page, request) if page else []}
            return {"png": base64.b64encode(_png(page, request)).decode()}
    except Refused as error:
        raise DocumentError(request["name"], error.reason) from error


@contextlib.contextmanager
def _page(data: bytes, number: int, password: str | None) -> Iterator[Any | None]:
    """Open a page; None if PDFium cannot."""
    import pypdfium2  # noqa: PLC0415 - needed for this format only

    document = open_document(data, password)
    if document is None:
        yield None
        return
    with document:
        if not 1 <= number <= len(document):
            raise Refused(f"has no page {number}.")
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            yield None
            return
        with contextlib.closing(page):
            yield page


def _boxes(page: Any, request: Mapping[str, Any]) -> list[tuple[float, float, float, float]]:
    with contextlib.closing(page.get_textpage()) as textpage:
        read = read_page(page, textpage, Eye(), with_places=True)
        places = _places(read, request["text"])
        if places is None:
            return []
        piece = slice(request["start"], request["end"])
        return find_boxes(textpage, Frame.of(page), request["text"][piece], places[piece])


def _places(read: PageText, text: str) -> list[int] | None:
    """Return PDFium's place of each character that is left of a page in its document.

    It has lost its running lines there, and the hyphens within words.
    """
    for top, bottom in itertools.product(range(MOST_LINES + 1), repeat=2):
        begin, cut = cut_lines(read.text, top, bottom)
        aligned = align(cut, text)
        if aligned is not None:
            return [read.places[begin + at] for at in aligned]
    return None


def _png(page: Any | None, request: Mapping[str, Any]) -> bytes:
    if page is None:
        raise Refused(f"is too damaged for its page {request['page']} to be shown.")
    frame = Frame.of(page)
    dots = request.get("dots_per_inch")
    scale = dots / _POINTS_AN_INCH if dots else request["width"] / max(1.0, frame.width)
    scale = min(scale, (MAX_PIXELS / max(1.0, frame.width * frame.height)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, no_smoothpath=False)
    with contextlib.closing(bitmap):
        return _encode(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)


def _encode(pixels: bytes, width: int, height: int, stride: int) -> bytes:
    """Return a PNG of rows of red, green and blue bytes."""
    rows = (pixels[at : at + 3 * width] for at in range(0, height * stride, stride))
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 3)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
