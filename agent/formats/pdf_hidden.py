"""Which text on a page of a PDF nobody can see, told by looking as a person would."""

import ctypes
import time
from collections.abc import Iterable
from typing import Any

from agent.formats.pdf_page import (
    Box,
    Drawn,
    Survey,
    objects,
    overlaps,
    share_under,
)
from agent.formats.pdf_shown import Frame

# An image that covers this share of the page is the page: a scan.
SCAN_SHARE = 0.5
# Text whose every pixel differs by less than this, of 255, from the page without it is not seen.
_UNSEEN = 24
_MAX_PIXELS = 4_000_000
_PIXELS_A_POINT = 2.0
# Looking costs two drawings of the page; a document may have this much of it, in CPU seconds.
_BUDGET_SECONDS = 10.0


class Eye:
    """Tells hidden text on the pages of one document."""

    def __init__(self) -> None:
        self._seconds_left = _BUDGET_SECONDS

    def hidden(self, page: Any, found: Survey) -> set[int]:
        """Return the addresses of the page's text objects that cannot be seen.

        Text outside of the page is not among them: objects may lie there in part.
        """
        hidden = {drawn.raw for drawn in found.tiny}
        if found.invisible and not _is_text_layer(found):
            hidden |= {
                drawn.raw
                for drawn in found.invisible
                if not (_is_under_scan(found) and _lies_on(drawn, found.images))
            }
        if found.white or found.glassy:
            hidden |= self._unseen(page, found)
        return hidden

    def _unseen(self, page: Any, found: Survey) -> set[int]:
        """Return which pale text objects are not seen, drawing the page only where it matters."""
        ground = _ground(page) if found.white else []
        on_white = [drawn for drawn in found.white if not _has_ground(drawn, ground)]
        unclear = [drawn for drawn in found.white if _has_ground(drawn, ground)] + found.glassy
        hidden = {drawn.raw for drawn in on_white}
        if unclear and self._seconds_left > 0:
            since = time.process_time()
            hidden |= _unseen_by_drawing(page, unclear)
            self._seconds_left -= time.process_time() - since
        return hidden


def _is_text_layer(found: Survey) -> bool:
    """Whether all text of a page is invisible and its images are what is seen: a scan after OCR."""
    return len(found.invisible) == found.texts and all(
        _lies_on(drawn, found.images) for drawn in found.invisible
    )


def _is_under_scan(found: Survey) -> bool:
    return share_under(found.images, found.bounds) >= SCAN_SHARE


def _lies_on(drawn: Drawn, images: Iterable[Box]) -> bool:
    left, bottom, right, top = drawn.box
    x, y = (left + right) / 2, (bottom + top) / 2
    return any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in images)


def _ground(page: Any) -> list[Drawn]:
    """Return what may lie beneath text: all that is drawn but text and the forms around things."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

    not_ground = (pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_FORM)
    return [drawn for drawn in objects(page) if drawn.kind not in not_ground]


def _has_ground(text: Drawn, ground: Iterable[Drawn]) -> bool:
    return any(drawn.order < text.order and overlaps(drawn.box, text.box) for drawn in ground)


def _unseen_by_drawing(page: Any, texts: list[Drawn]) -> set[int]:
    """Draw the page with and without `texts`; return those that make no difference."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

    frame = Frame.of(page)
    scale = min(_PIXELS_A_POINT, (_MAX_PIXELS / max(1.0, frame.width * frame.height)) ** 0.5)
    with_texts = _Picture(page, scale)
    handles = [ctypes.cast(drawn.raw, pdfium.FPDF_PAGEOBJECT) for drawn in texts]
    for handle in handles:
        pdfium.FPDFPageObj_SetIsActive(handle, 0)
    without = _Picture(page, scale)
    for handle in handles:
        pdfium.FPDFPageObj_SetIsActive(handle, 1)
    return {drawn.raw for drawn in texts if not with_texts.differs(without, frame.shown(drawn.box))}


class _Picture:
    """A page drawn in grey, one byte a pixel."""

    def __init__(self, page: Any, scale: float) -> None:
        bitmap = page.render(scale=scale, grayscale=True, draw_annots=False)
        self._width, self._height, self._stride = bitmap.width, bitmap.height, bitmap.stride
        self._pixels = bytes(bitmap.buffer)
        bitmap.close()

    def differs(self, other: "_Picture", box: Box) -> bool:
        """Whether the two differ visibly within `box`, in fractions of the page."""
        left, top, right, bottom = box
        first, after = int(left * self._width), int(right * self._width) + 1
        last = min(self._height - 1, int(bottom * self._height))
        for row in range(int(top * self._height), last + 1):
            here = slice(row * self._stride + first, row * self._stride + min(after, self._width))
            mine, others = self._pixels[here], other._pixels[here]  # noqa: SLF001 - of this class
            if mine != others and max(map(_distance, mine, others)) >= _UNSEEN:
                return True
        return False


def _distance(one: int, other: int) -> int:
    return abs(one - other)
