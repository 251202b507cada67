"""A heat map of a needle test: a table, so that a screen reader reads what the colours show."""

from collections.abc import Iterator
from typing import Final

from app import strings
from app.grid import Grid, percent, short
from app.safe import to_html

_STEPS: Final = 10  # of colour, from none found to all


def heat_html(grid: Grid, title: str) -> str:
    """Return a grid as HTML: lengths across, depths down, what was found in each cell."""
    heads = "".join(f'<th scope="col">{short(length)}</th>' for length in grid.lengths)
    rows = "".join(f"<tr>{''.join(_row(grid, depth))}</tr>" for depth in grid.depths)
    depth = to_html(strings.NEEDLE_DEPTH)
    head = f'<thead><tr><th scope="col">{depth}</th>{heads}</tr></thead>'
    caption = f"<caption>{to_html(title)}</caption>"
    return f'<div class="lr-heat"><table>{caption}{head}<tbody>{rows}</tbody></table></div>'


def _row(grid: Grid, depth: float | None) -> Iterator[str]:
    yield f'<th scope="row">{percent(depth)}</th>'
    for length in grid.lengths:
        found, asked = grid.cell(length, depth)
        if not asked:
            yield "<td></td>"
        else:
            step = round(_STEPS * found / asked)
            yield f'<td class="lr-heat-{step}">{found}/{asked}</td>'
