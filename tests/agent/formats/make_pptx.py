"""Presentations, written by python-pptx."""

import io

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from tests.agent.formats.make import HIDDEN, Sample

_TITLE_ONLY, _BLANK = 5, 6


def save(show) -> bytes:
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def box(shapes, left: float, top: float, text: str) -> None:
    """Add a text box of 8 by 2 cm."""
    shapes.add_textbox(Cm(left), Cm(top), Cm(8), Cm(2)).text_frame.text = text


def _harbour() -> bytes:
    show = Presentation()
    first = show.slides.add_slide(show.slide_layouts[_TITLE_ONLY])
    box(first.shapes, 12, 8.5, "to the right")
    box(first.shapes, 1, 14, "at the foot\nin two lines")
    box(first.shapes, 1, 8, "to the left")
    first.shapes.title.text = "The harbour\vof Vinga"
    first.notes_slide.notes_text_frame.text = "Dredged in 1907."
    second = show.slides.add_slide(show.slide_layouts[_BLANK])
    group = second.shapes.add_group_shape()
    box(group.shapes, 3, 3, "below in the group")
    box(group.shapes, 3, 0.5, "above in the group")
    table = second.shapes.add_table(3, 3, Cm(1), Cm(6), Cm(9), Cm(3)).table
    for at, words in enumerate(["Year", "Ships", "", "1907", "1,204", "a|b", "1908", "", "1,199"]):
        table.cell(*divmod(at, 3)).text = words
    table.cell(0, 1).merge(table.cell(0, 2))
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["Grain", "Salt"]
    data.add_series("in", (0.5, 0.125))
    data.add_series("out", (0.25, None))
    drawn = second.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(1), Cm(10), Cm(9), Cm(5), data
    )
    drawn.chart.has_title = True
    drawn.chart.chart_title.text_frame.text = "Cargo"
    second.element.set("show", "0")
    return save(show)


HARBOUR_PPTX = _harbour()
SAMPLE = Sample(
    "harbour.pptx",
    HARBOUR_PPTX,
    "pptx",
    labels=("1", "2"),
    headings=((1, "The harbour of Vinga"),),
    must_include=(
        (
            "The harbour\nof Vinga\n\nto the left\n\nto the right\n\nat the foot\nin two lines\n\n"
            "Notes:\nDredged in 1907.\n\n(hidden slide)\n\n"
            "above in the group\n\nbelow in the group\n\n"
            "| Year | Ships | ← Ships |\n| --- | --- | --- |\n| 1907 | 1,204 | a\uff5cb |\n"
            "| 1908 | | 1,199 |\n\nChart: Cargo\n| | in | out |\n| --- | --- | --- |\n"
            "| Grain | 50.0% | 25.0% |\n| Salt | 12.5% |\n"
        ),
    ),
    must_not_include=(HIDDEN, "\r", "\v"),
)
