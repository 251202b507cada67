"""Pages of a PDF as they are shown: their pictures, and where words stand on them.

PDFium draws and measures in a child process of its own for each call, as it does for parsing.
"""

import base64
import contextlib
import math
import struct
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeVar

from agent.document import Document, Span
from agent.errors import DocumentError
from agent.formats.isolate import CHILD, Limits, ask_child

# Left, top, right, bottom in fractions of the page as it is shown.
Box = tuple[float, float, float, float]

MAX_WIDTH_PIXELS = 4_000
_MAX_PIXELS = 26_000_000
_OCR_DOTS = 300
_PNG = b"\x89PNG\r\n\x1a\n"
VIEW_LIMITS = Limits(cpu_seconds=30, wall_seconds=60.0, idle_seconds=60.0)
_T = TypeVar("_T")


def boxes(
    source: bytes | Path,
    page_number: int,
    start: int,
    end: int,
    *,
    page_text: str,
    name: str = "the document",
    password: str | None = None,
    limits: Limits = VIEW_LIMITS,
    command: Sequence[str] = CHILD,
) -> list[Box]:
    """Return where characters of a page stand on it: one box for each line that they take part in.

    A line is given in several boxes where something else stands between its parts. If one of the
    characters cannot be located, there is no box at all: never something that is merely near.

    Args:
        source: the PDF, or where it lies.
        page_number: from 1.
        start: of the piece, in characters of the page's text.
        end: after its last character.
        page_text: the page's text in its document, `document.text[page.start : page.end]`.
        name: what to call the document in errors.
        password: opens the file if it is locked.
        limits: what this may take.
        command: starts the child.

    Raises:
        DocumentError: if the file cannot be opened.
    """
    if not 0 <= start < end <= len(page_text):
        return []
    request = {
        "page_task": "boxes", "page": page_number, "start": start, "end": end,
        "text": page_text,
    }  # fmt: skip
    with _file(source, name) as file:
        return _last(
            ask_child(
                file, name, _boxes_of, limits=limits, command=command, password=password,
                request=request,
            )
        )  # fmt: skip


def boxes_of_span(
    source: bytes | Path, document: Document, span: Span, *, password: str | None = None
) -> dict[int, list[Box]]:
    """Return for each page that a span touches, by its number, the boxes of its part of it.

    Raises:
        DocumentError: if the file cannot be opened.
    """
    found: dict[int, list[Box]] = {}
    for page in document.pages:
        start, end = max(span.start, page.start), min(span.end, page.end)
        if start < end:
            text = document.text[page.start : page.end]
            found[page.number] = boxes(
                source, page.number, start - page.start, end - page.start, page_text=text,
                name=document.name, password=password,
            )  # fmt: skip
    return found


def render(
    source: bytes | Path,
    page_number: int,
    width_pixels: int,
    *,
    name: str = "the document",
    password: str | None = None,
    limits: Limits = VIEW_LIMITS,
    command: Sequence[str] = CHILD,
) -> bytes:
    """Return a page as it is shown, as PNG.

    A page that would be larger than 25 million pixels comes out smaller, in its proportions.

    Args:
        source: the PDF, or where it lies.
        page_number: from 1.
        width_pixels: of the picture; at most `MAX_WIDTH_PIXELS`.
        name: what to call the document in errors.
        password: opens the file if it is locked.
        limits: what this may take.
        command: starts the child.

    Raises:
        DocumentError: if there is no such page, or it cannot be drawn.
    """
    width = min(max(width_pixels, 1), MAX_WIDTH_PIXELS)
    request = {"page_task": "render", "page": page_number, "width": width}
    with _file(source, name) as file:
        return _last(
            ask_child(
                file, name, _png_of, limits=limits, command=command, password=password,
                request=request,
            )
        )  # fmt: skip


def render_for_ocr(
    source: bytes | Path, page_number: int, *, name: str, password: str | None = None
) -> bytes:
    """Return a page as `render` does, at 300 dots an inch of the page's own measure.

    Raises:
        DocumentError: if there is no such page, or it cannot be drawn.
    """
    request = {"page_task": "render", "page": page_number, "dots_per_inch": _OCR_DOTS}
    with _file(source, name) as file:
        return _last(
            ask_child(
                file, name, _png_of, limits=VIEW_LIMITS, command=CHILD, password=password,
                request=request,
            )
        )  # fmt: skip


@contextlib.contextmanager
def _file(source: bytes | Path, name: str) -> Iterator[IO[bytes]]:
    """Open `source` as a file of the system, which is what a child can be given."""
    if isinstance(source, Path):
        try:
            file = source.open("rb", buffering=0)
        except OSError as error:
            raise DocumentError(
                name, f"cannot be opened ({error.strerror}); add it again."
            ) from error
        with file:
            yield file
        return
    with tempfile.TemporaryFile() as copy:
        copy.write(source)
        copy.seek(0)
        yield copy


def _last(asking: Generator[Any, None, _T]) -> _T:
    """Run to its end what tells of progress on the way."""
    while True:
        try:
            next(asking)
        except StopIteration as end:
            result: _T = end.value
            return result


def _boxes_of(answer: dict[str, Any]) -> list[Box]:
    rows = answer.get("boxes")
    if not isinstance(rows, list) or not all(map(_is_box, rows)):
        raise ValueError("no boxes")
    return [(left, top, right, bottom) for left, top, right, bottom in rows]


def _is_box(row: Any) -> bool:
    if not isinstance(row, list) or not all(type(value) in {int, float} for value in row):
        return False
    try:
        left, top, right, bottom = map(float, row)
    except ValueError:
        return False
    inside = all(math.isfinite(value) and 0 <= value <= 1 for value in row)
    return inside and left < right and top < bottom


def _png_of(answer: dict[str, Any]) -> bytes:
    png = base64.b64decode(str(answer.get("png")), validate=True)
    if png[:8] != _PNG or len(png) < 33:  # noqa: PLR2004 - a PNG and its header
        raise ValueError("no picture")
    width, height = struct.unpack(">II", png[16:24])
    if not 0 < width * height <= _MAX_PIXELS:
        raise ValueError("a picture too large")
    return png
