"""Words in DrawingML: paragraphs of shapes, and what charts show.

Source: ECMA-376, part 1, chapter 21.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from agent.formats.formulas import formula_words
from agent.formats.number_format import GENERAL, show_number
from agent.formats.pages import clean
from agent.formats.tables import Cell, one_line, table_lines

if TYPE_CHECKING:
    from lxml.etree import _Element

_BREAK = "\v"  # what python-pptx makes of a line that ends within a paragraph
_Points = dict[int, str]


def words_of_lines(text: str) -> str:
    """Return the lines of `text` that say something."""
    lines = clean(text.replace(_BREAK, "\n")).split("\n")
    return "\n".join(filter(None, (line.strip() for line in lines)))


def parse_part(data: bytes) -> "_Element":
    """Parse a part, without entities and without fetching anything."""
    from lxml import etree  # noqa: PLC0415 - needed for few formats

    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def paragraphs(element: "_Element") -> Iterator[str]:
    """Yield the paragraphs within `element` that say something."""
    for paragraph in element.iter("{*}p"):
        words = words_of_lines("".join(_words(paragraph)))
        if words:
            yield words


def _words(paragraph: "_Element") -> Iterator[str]:
    for element in paragraph.iter("{*}t", "{*}oMath"):
        if str(element.tag).endswith("}oMath"):
            yield formula_words(element)
        elif next(element.iterancestors("{*}oMath"), None) is None:
            yield element.text or ""


def chart_words(space: "_Element") -> str:
    """Return a chart's title and tables of what it shows."""
    title = space.find("{*}chart/{*}title")
    words = " ".join(paragraphs(title)) if title is not None else ""
    lines = [f"Chart: {words}" if words else "Chart:"]
    series = [_read_series(one) for one in space.iter("{*}ser")]
    for _, group in groupby(series, key=lambda one: one[1]):
        lines += table_lines(_table(list(group)))
    return "\n".join(filter(None, lines))


def _read_series(series: "_Element") -> tuple[str, _Points, _Points]:
    """Return its name, the categories it runs over, and its values."""
    name = series.find("{*}tx")
    words = "" if name is None else " ".join(v.text or "" for v in name.iter("{*}v"))
    return (
        one_line(clean(words)),
        _points(series, "{*}cat", "{*}xVal"),
        _points(series, "{*}val", "{*}yVal"),
    )


def _points(series: "_Element", *names: str) -> _Points:
    """Return the words of points by their number; those of several levels are joined."""
    found: _Points = {}
    for name in names:
        for cache in series.iterfind(name):
            code = clean(cache.findtext(".//{*}formatCode") or GENERAL)
            for point in cache.iter("{*}pt"):
                index = int(point.get("idx", "0"))
                words = _shown(point.findtext("{*}v") or "", code)
                found[index] = f"{words} {found[index]}" if index in found else words
    return found


def _shown(value: str, code: str) -> str:
    try:
        return one_line(show_number(float(value), code))
    except (ValueError, OverflowError):
        return one_line(clean(value))


def _table(series: Sequence[tuple[str, _Points, _Points]]) -> list[list[Cell]]:
    categories = series[0][1]
    rows = sorted({*categories, *(at for _, _, values in series for at in values)})
    return [
        [Cell(""), *(Cell(name or "?") for name, _, _ in series)],
        *(
            [Cell(categories.get(at, "")), *(Cell(values.get(at, "")) for _, _, values in series)]
            for at in rows
        ),
    ]
