"""From characters to boxes on the page as it is shown: one for each piece of a line."""

import ctypes
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent.formats.pdf_shown import Frame

Box = tuple[float, float, float, float]

# A gap in a line wider than this many letters' height may hold something else: a column between.
_WIDE_GAP = 2.0
_NARROW_GAP = 0.15  # within a word
_SAME_LINE = 0.6  # of a letter's height, for letters raised and lowered
_NO_INK = 0.05  # points: what is thinner is drawn for no glyph
_VERTICAL = 0.5  # of a right angle: text turned further runs up or down


@dataclass(frozen=True, slots=True)
class _Glyph:
    """One glyph: its box in points of the page, turned so that its line runs left to right."""

    box: Box
    baseline: float
    height: float
    turned: bool


def find_boxes(textpage: Any, frame: Frame, characters: str, places: Sequence[int]) -> list[Box]:
    """Return boxes around `characters` in fractions of the page shown; none if one has no place.

    Args:
        textpage: of PDFium.
        frame: how the page is shown.
        characters: a piece of the page's text.
        places: for each of them its index in PDFium.
    """
    wanted = {place for place in places if place >= 0}
    glyphs = _Glyphs(textpage)
    lines: list[list[_Glyph]] = []
    open_line = False
    for character, place in zip(characters, places, strict=True):
        if character == "\n":
            open_line = False
        if character.isspace() or (place < 0 and character == "\n"):
            continue
        glyph = glyphs.at(place)
        if glyph is None:
            if unicodedata.category(character)[0] in "MC":
                continue  # a mark without an extent stands on its letter
            return []
        if open_line and _continues(lines[-1][-1], glyph):
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
            open_line = True
    return [
        frame.shown(box)
        for line in lines
        for box in _without_strangers(line, glyphs.others(wanted))
    ]


def _continues(before: _Glyph, glyph: _Glyph, gap: float = _WIDE_GAP) -> bool:
    """Whether a glyph stands in one line with the one before it, on either side."""
    height = max(before.height, glyph.height)
    apart = max(
        glyph.box[0] - before.box[2],
        before.box[0] - glyph.box[2],
    )
    return (
        before.turned == glyph.turned
        and abs(before.baseline - glyph.baseline) < _SAME_LINE * height
        and apart < gap * height
    )


def _without_strangers(line: list[_Glyph], others: Sequence[Box]) -> Iterator[Box]:
    """Yield the box of a line, or of its words where a box of all would hold another glyph."""
    whole = _around(line)
    if not any(_holds(whole, other) for other in others):
        yield whole
        return
    for word in _words(line):
        box = _around(word)
        if any(_holds(box, other) for other in others):
            yield from (_around([glyph]) for glyph in word)
        else:
            yield box


def _words(line: Iterable[_Glyph]) -> list[list[_Glyph]]:
    words: list[list[_Glyph]] = []
    for glyph in line:
        if words and _continues(words[-1][-1], glyph, _NARROW_GAP):
            words[-1].append(glyph)
        else:
            words.append([glyph])
    return words


def _around(glyphs: Iterable[_Glyph]) -> Box:
    boxes = [_unturned(glyph) for glyph in glyphs]
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)


def _unturned(glyph: _Glyph) -> Box:
    left, bottom, right, top = glyph.box
    return (bottom, left, top, right) if glyph.turned else glyph.box


def _holds(box: Box, other: Box) -> bool:
    """Whether the middle of another glyph lies in `box`."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] < x < box[2] and box[1] < y < box[3]


class _Glyphs:
    """The glyphs of a page."""

    def __init__(self, textpage: Any) -> None:
        import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

        self._pdfium, self._textpage = pdfium, textpage
        self._others: list[Box] | None = None

    def at(self, place: int) -> _Glyph | None:
        """Return a glyph by its index; None if it has no extent."""
        box = self._box(place)
        if place < 0 or box is None:
            return None
        x, y = ctypes.c_double(), ctypes.c_double()
        self._pdfium.FPDFText_GetCharOrigin(self._textpage.raw, place, x, y)
        angle = self._pdfium.FPDFText_GetCharAngle(self._textpage.raw, place)
        turned = abs(math.sin(angle)) > math.sin(_VERTICAL * math.pi / 2)
        if turned:
            left, bottom, right, top = box
            box = bottom, left, top, right
        height = max(self._font_size(place), box[3] - box[1])
        return _Glyph(box, x.value if turned else y.value, height, turned)

    def others(self, wanted: set[int]) -> list[Box]:
        """Return the boxes of all glyphs of the page but `wanted`."""
        if self._others is None:
            count = self._textpage.count_chars()
            mine = {self._box(place) for place in wanted}  # a ligature is several characters
            boxes = (self._box(at) for at in range(count) if at not in wanted)
            self._others = [box for box in boxes if box is not None and box not in mine]
        return self._others

    def _box(self, place: int) -> Box | None:
        """Return the box of a glyph's ink, or of its body where the font holds no ink for it."""
        if place < 0 or chr(self._pdfium.FPDFText_GetUnicode(self._textpage.raw, place)).isspace():
            return None
        for loose in (False, True):
            box: Box = self._textpage.get_charbox(place, loose=loose)
            if min(box[2] - box[0], box[3] - box[1]) > _NO_INK and all(map(math.isfinite, box)):
                return box
        return None

    def _font_size(self, place: int) -> float:
        matrix = self._pdfium.FS_MATRIX()
        raw = self._textpage.raw
        if not self._pdfium.FPDFText_GetMatrix(raw, place, ctypes.byref(matrix)):
            return 0.0
        size = float(self._pdfium.FPDFText_GetFontSize(raw, place))
        return abs(size) * math.hypot(matrix.c, matrix.d)
