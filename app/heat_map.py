"""Grids as a picture: length by depth, colours from 0 to 1 always the same, counts in the cells."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matplotlib.figure import Figure

from app.grid import Grid, percent, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: Final = "viridis"
_DARK: Final = 0.6  # below it figures are white
_INCHES: Final = (0.8, 0.36)  # of a cell
_MARGIN: Final = (1.4, 1.2)
_LEAST_WIDTH: Final = 4.0  # inches: less would not hold the title
_DOTS_PER_INCH: Final = 144
_COLUMNS: Final = 3


def draw(grids: Sequence[Grid], path: Path, *, made_on: str = "") -> None:
    """Write a PNG with one heat map for each grid; depth runs down, as in the document."""
    drawn = [grid for grid in grids if grid.depths != (None,)]
    if not drawn:
        return
    columns = min(_COLUMNS, len(drawn))
    rows = math.ceil(len(drawn) / columns)
    most_lengths = max(len(grid.lengths) for grid in drawn)
    most_depths = max(len(grid.depths) for grid in drawn)
    size = (
        columns * max(most_lengths * _INCHES[0] + _MARGIN[0], _LEAST_WIDTH),
        rows * (most_depths * _INCHES[1] + _MARGIN[1]),
    )
    figure = Figure(figsize=size, dpi=_DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for spare in axes.flat[len(drawn) :]:
        spare.set_visible(False)
    for each, grid in zip(axes.flat, drawn, strict=False):
        _draw_one(each, grid)
    if made_on:
        figure.supxlabel(made_on, fontsize=6, color="gray")
    figure.savefig(path, format="png", metadata={"Software": None})


def _draw_one(axes: "Axes", grid: Grid) -> None:
    shares = [
        [found / asked if asked else math.nan
         for found, asked in (grid.cell(length, depth) for length in grid.lengths)]
        for depth in grid.depths
    ]  # fmt: skip
    axes.imshow(shares, vmin=0, vmax=1, cmap=COLOURS, aspect="auto")
    for down, depth in enumerate(grid.depths):
        for across, length in enumerate(grid.lengths):
            found, asked = grid.cell(length, depth)
            if asked:
                colour = "white" if found / asked < _DARK else "black"
                axes.text(
                    across, down, f"{found}/{asked}", ha="center", va="center",
                    color=colour, fontsize=9,
                )  # fmt: skip
    axes.set_xticks(range(len(grid.lengths)), [short(length) for length in grid.lengths])
    axes.set_yticks(range(len(grid.depths)), [percent(depth) for depth in grid.depths])
    axes.set_xticks([at - 0.5 for at in range(1, len(grid.lengths))], minor=True)
    axes.set_yticks([at - 0.5 for at in range(1, len(grid.depths))], minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0, labelsize=8)
    axes.set_xlabel("tokens", fontsize=8)
    axes.set_ylabel("depth of the needle", fontsize=8)
    who, _, what = _drawable(grid.title).partition(": ")
    axes.set_title(f"{who}\n{what} (n = {len(grid.results)})", fontsize=8)


def _drawable(title: str) -> str:
    """Return a title in letters that the font has: a name in it may hold any."""
    return title.encode("latin-1", "replace").decode("latin-1")
