"""The reading map: a strip for each document that shows which of its pages were read, and cited."""

from collections.abc import Sequence
from typing import Final

from agent import Coverage
from agent.coverage import DocumentCoverage
from app import strings
from app.safe import to_html

_LEAST_TICK: Final = 0.4  # percent of the strip: of 5,000 pages one could not be seen


def map_html(coverage: Coverage) -> str:
    """Return the strips, with what they show in words for those who cannot see them."""
    strips = "".join(_strip_html(each, coverage.documents) for each in coverage.documents)
    return f'<div class="lr-maps">{strips}</div>' if strips else ""


def _strip_html(document: DocumentCoverage, all_documents: Sequence[DocumentCoverage]) -> str:
    said = to_html(strings.map_of(document))
    name = f"<p>{to_html(document.name)}</p>" if len(all_documents) > 1 else ""
    stretches = "".join(
        f'<span class="lr-map-{stretch.state}" style="flex-grow:{stretch.last - stretch.first + 1}"'
        f' title="{to_html(strings.stretch(stretch))}"></span>'
        for stretch in document.stretches
    )
    ticks = "".join(_tick_html(page, document) for page in document.used)
    return f'{name}<div class="lr-map" role="img" aria-label="{said}">{stretches}{ticks}</div>'


def _tick_html(page: int, document: DocumentCoverage) -> str:
    first = document.stretches[0].first if document.stretches else 1
    share = 100 / max(document.pages, 1)
    left, width = (page - first) * share, max(share, _LEAST_TICK)
    style = f"left:{min(left, 100 - width):.3f}%;width:{width:.3f}%"
    title = to_html(strings.cited_page(page))
    return f'<span class="lr-map-cited" style="{style}" title="{title}"></span>'
