"""What is drawn on a page of a PDF, as far as it tells which text can be seen.

Every object of every page passes through here, so PDFium is called without pypdfium2's helpers.
"""

import ctypes
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# Left, bottom, right, top in points of the page, whose origin is below.
Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]

TINY_POINTS = 1.0  # text smaller than this is not seen on paper
_PALE = 224  # of 255: lighter than this, text may not be seen on white
_FAINT = 16  # of 255: less opaque than this, it may not be seen at all
INKED, WHITE, GLASSY = range(3)  # colours of text: seen, not seen on white, perhaps not anywhere
_INVISIBLE = 3  # text rendering mode of the PDF standard
_STROKED = 1
_MAX_DEPTH = 12  # of forms within forms
_GRID = 32  # cells a side, by which the share of the page under images is counted


@dataclass(frozen=True, slots=True)
class Drawn:
    """One object of a page: where it stands in the order of drawing, and what it is."""

    order: int
    raw: int
    kind: int
    matrix: Matrix | None
    box: Box


@dataclass(slots=True)
class Survey:
    """The objects of a page whose text may not be seen, by the reason why.

    Attributes:
        bounds: the part of the page that is shown.
        texts: how many text objects the page holds.
        objects: how many objects in all.
        invisible: drawn in the rendering mode that draws nothing.
        tiny: smaller than `TINY_POINTS`.
        white: nearly so.
        glassy: nearly transparent, or so PDFium says: it does so of some letters that are seen.
        outside: reaches beyond the part of the page that is shown.
        images: where the page's images lie.
        boxes: where its text objects lie, as they were drawn.
    """

    bounds: Box
    texts: int = 0
    objects: int = 0
    invisible: list[Drawn] = field(default_factory=list)
    tiny: list[Drawn] = field(default_factory=list)
    white: list[Drawn] = field(default_factory=list)
    glassy: list[Drawn] = field(default_factory=list)
    outside: list[Drawn] = field(default_factory=list)
    images: list[Box] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether all text of the page can be seen, as far as its objects tell."""
        return not (self.invisible or self.tiny or self.white or self.glassy or self.outside)


def survey(page: Any) -> Survey:
    """Look at every object of `page` once."""
    found = Survey(page.get_bbox())
    _survey(found, _Look(), address(page.raw), None, 0)
    return found


def objects(page: Any) -> Iterator[Drawn]:
    """Yield all objects of `page` in the order in which they are drawn, those of forms too."""
    for order, drawn in enumerate(_walk(_Look(), address(page.raw), None, 0)):
        yield Drawn(order, *drawn)


def share_under(boxes: Iterable[Box], bounds: Box) -> float:
    """Return the share of `bounds` that lies under `boxes`."""
    left, bottom, right, top = bounds
    width, height = (right - left) / _GRID, (top - bottom) / _GRID
    if width <= 0 or height <= 0:
        return 0.0
    cells: set[tuple[int, int]] = set()
    for box in boxes:
        columns = _cells(box[0] - left, box[2] - left, width)
        rows = _cells(box[1] - bottom, box[3] - bottom, height)
        cells.update((column, row) for column in columns for row in rows)
    return len(cells) / _GRID**2


def _cells(start: float, end: float, size: float) -> range:
    """Return the cells whose middle lies between `start` and `end`."""
    first, after = start / size, end / size
    if not (math.isfinite(first) and math.isfinite(after)):
        return range(0)
    return range(max(0, math.ceil(first - 0.5)), min(_GRID, math.ceil(after - 0.5)))


def address(raw: Any) -> int:
    """Return what tells one object of PDFium from another; 0 for none."""
    return ctypes.addressof(raw.contents) if raw else 0


def overlaps(one: Box, other: Box) -> bool:
    """Whether two boxes share a point."""
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


class _Look:
    """PDFium's functions, told to take objects as numbers, and the places that they write to.

    Made into pointers and back, each object would cost a third more.
    """

    def __init__(self) -> None:
        import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

        number, pointer = ctypes.c_int, ctypes.c_void_p
        self.text, self.image = pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE
        self.form = pdfium.FPDF_PAGEOBJ_FORM
        self.kind = _plain(pdfium.FPDFPageObj_GetType, number, pointer)
        self.mode = _plain(pdfium.FPDFTextObj_GetTextRenderMode, number, pointer)
        self._counts = [
            _plain(count, number, pointer)
            for count in (pdfium.FPDFPage_CountObjects, pdfium.FPDFFormObj_CountObjects)
        ]
        self._gets = [
            _plain(get, pointer, pointer, number)
            for get in (pdfium.FPDFPage_GetObject, pdfium.FPDFFormObj_GetObject)
        ]
        self._bounds = _plain(pdfium.FPDFPageObj_GetBounds, number, *[pointer] * 5)
        self._fill = _plain(pdfium.FPDFPageObj_GetFillColor, number, *[pointer] * 5)
        self._stroke = _plain(pdfium.FPDFPageObj_GetStrokeColor, number, *[pointer] * 5)
        self._matrix = _plain(pdfium.FPDFPageObj_GetMatrix, number, pointer, pointer)
        self._font_size = _plain(pdfium.FPDFTextObj_GetFontSize, number, pointer, pointer)
        self._floats = (ctypes.c_float * 6)()
        self._numbers = (ctypes.c_uint * 4)()
        first = ctypes.addressof(self._floats)
        self._at_floats = (first, first + 4, first + 8, first + 12)
        first = ctypes.addressof(self._numbers)
        self._at_numbers = (first, first + 4, first + 8, first + 12)

    def objects(self, parent: int, depth: int) -> Iterator[int]:
        """Yield the objects of a page (depth 0) or of a form."""
        count, get = self._counts[depth > 0], self._gets[depth > 0]
        for index in range(count(parent)):
            raw = get(parent, index)
            if raw is not None:
                yield raw

    def box(self, raw: int) -> Box | None:
        """Return an object's bounds within what holds it."""
        if not self._bounds(raw, *self._at_floats):
            return None
        left, bottom, right, top, _, _ = self._floats
        return left, bottom, right, top

    def paleness(self, raw: int, mode: int) -> int:
        """Return whether text is drawn in a colour that may not be seen: on white, or anywhere."""
        get = self._stroke if mode == _STROKED else self._fill
        if not get(raw, *self._at_numbers):
            return INKED
        red, green, blue, alpha = self._numbers
        if alpha < _FAINT:
            return GLASSY
        return WHITE if red >= _PALE and green >= _PALE and blue >= _PALE else INKED

    def matrix(self, raw: int) -> Matrix:
        """Return an object's matrix within what holds it."""
        self._matrix(raw, self._at_floats[0])
        a, b, c, d, e, f = self._floats
        return a, b, c, d, e, f

    def font_size(self, raw: int) -> float:
        """Return the size of a text object's font before its matrix."""
        self._font_size(raw, self._at_floats[0])
        return self._floats[0]


def _plain(function: Any, *types: Any) -> Any:
    return ctypes.CFUNCTYPE(*types)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def _walk(
    look: _Look, parent: int, outer: Matrix | None, depth: int
) -> Iterator[tuple[int, int, Matrix | None, Box]]:
    for raw in look.objects(parent, depth):
        kind, box = look.kind(raw), look.box(raw)
        if box is not None:
            yield raw, kind, outer, _moved(box, outer) if outer else box
        if kind == look.form and depth < _MAX_DEPTH:
            yield from _walk(look, raw, _inner(look, raw, outer), depth + 1)


def _survey(found: Survey, look: _Look, parent: int, outer: Matrix | None, depth: int) -> None:
    """Do what `objects` does, but make nothing of an object that is not looked at again.

    A page may hold each of its letters as an object of its own: all counts that is done here.
    """
    for raw in look.objects(parent, depth):
        found.objects += 1
        mode = look.mode(raw)
        if mode >= 0:  # it is a text
            found.texts += 1
            box = look.box(raw)
            if box is not None:
                moved = _moved(box, outer) if outer else box
                found.boxes.append(moved)
                _survey_text(found, look, raw, mode, moved, outer)
            continue
        kind = look.kind(raw)
        if kind == look.form and depth < _MAX_DEPTH:
            _survey(found, look, raw, _inner(look, raw, outer), depth + 1)
        elif kind == look.image and (box := look.box(raw)):
            found.images.append(_moved(box, outer) if outer else box)


def _survey_text(
    found: Survey, look: _Look, raw: int, mode: int, box: Box, outer: Matrix | None
) -> None:
    x0, y0, x1, y1 = box
    left, bottom, right, top = found.bounds
    # The box first, for it costs nothing more; but a dash of any size has a low one.
    low = x1 - x0 < TINY_POINTS or y1 - y0 < TINY_POINTS
    beyond = x0 < left or y0 < bottom or x1 > right or y1 > top
    colour = INKED if mode == _INVISIBLE else look.paleness(raw, mode)
    if not (low or beyond or colour or mode == _INVISIBLE):
        return
    drawn = Drawn(found.objects - 1, raw, look.text, outer, box)
    if colour:
        (found.white if colour == WHITE else found.glassy).append(drawn)
    if mode == _INVISIBLE:
        found.invisible.append(drawn)
    if beyond:
        found.outside.append(drawn)
    if low and _size(drawn, look) < TINY_POINTS:
        found.tiny.append(drawn)


def _inner(look: _Look, form: int, outer: Matrix | None) -> Matrix:
    matrix = look.matrix(form)
    return _combined(matrix, outer) if outer else matrix


def _size(drawn: Drawn, look: _Look) -> float:
    """Return the size of text in points of the page, along its shorter side."""
    matrix = look.matrix(drawn.raw)
    if drawn.matrix:
        matrix = _combined(matrix, drawn.matrix)
    a, b, c, d, _, _ = matrix
    return abs(look.font_size(drawn.raw)) * min(math.hypot(a, b), math.hypot(c, d))


def _combined(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    across, up = e * p + f * r + t, e * q + f * s + u
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, across, up


def _moved(box: Box, matrix: Matrix) -> Box:
    a, b, c, d, e, f = matrix
    corners: Sequence[tuple[float, float]] = [
        (a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]
    ]
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(up), max(across), max(up)
