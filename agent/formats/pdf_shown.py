"""Where a place of a PDF page is found on the page as it is shown: cropped and turned."""

from dataclasses import dataclass
from typing import Any

_QUARTER = 90


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a page that is shown, and how it is turned.

    Attributes:
        bounds: left, bottom, right, top in points of the page, whose origin is below.
        turns: quarter turns with the clock before it is shown.
    """

    bounds: tuple[float, float, float, float]
    turns: int

    @classmethod
    def of(cls, page: Any) -> "Frame":
        """Return the frame of a page of PDFium."""
        return cls(page.get_bbox(), page.get_rotation() // _QUARTER)

    @property
    def width(self) -> float:
        """Width as shown, in points."""
        left, bottom, right, top = self.bounds
        return top - bottom if self.turns % 2 else right - left

    @property
    def height(self) -> float:
        """Height as shown, in points."""
        left, bottom, right, top = self.bounds
        return right - left if self.turns % 2 else top - bottom

    def shown(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of a box on the page shown, in fractions of it.

        What reaches beyond the page is cut off.
        """
        left, bottom, right, top = self.bounds
        width, height = right - left or 1.0, top - bottom or 1.0
        x0, x1 = _clip((box[0] - left) / width), _clip((box[2] - left) / width)
        y0, y1 = _clip((box[1] - bottom) / height), _clip((box[3] - bottom) / height)
        match self.turns % 4:
            case 0:
                return x0, 1 - y1, x1, 1 - y0
            case 1:
                return y0, x0, y1, x1
            case 2:
                return 1 - x1, y0, 1 - x0, y1
            case _:
                return 1 - y1, 1 - x1, 1 - y0, 1 - x0


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))
