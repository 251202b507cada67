"""What PPTX promises beyond the contract."""

import io
import re
import time
import zipfile

import pytest
from pptx import Presentation
from pptx.chart.data import XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm

from agent.errors import DocumentError
from agent.formats import parse
from tests.agent.formats.make import make_zip
from tests.agent.formats.make_pptx import HARBOUR_PPTX, save

_BLANK = 6


def _text(data: bytes) -> str:
    return parse(data, "talk.pptx", lambda _done, _of: None).text


def _changed(part: str, change) -> bytes:
    """Return the sample with one part changed; `change` gets its text."""
    with zipfile.ZipFile(io.BytesIO(HARBOUR_PPTX)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    return make_zip(parts)


def test_points_of_a_scatter_chart_are_pairs_of_each_series():
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[_BLANK])
    data = XyChartData()
    for name, points in (("deep", [(1, 9), (2.5, 8)]), ("flat", [(4, 3)])):
        series = data.add_series(name)
        for point in points:
            series.add_data_point(*point)
    slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, 0, 0, Cm(9), Cm(9), data)
    text = _text(save(show))
    assert "| | deep |\n| --- | --- |\n| 1 | 9 |\n| 2.5 | 8 |\n| | flat |" in text


def test_a_chart_python_pptx_does_not_know_is_read_too():
    part = "ppt/charts/chart1.xml"
    with zipfile.ZipFile(io.BytesIO(HARBOUR_PPTX)) as archive:
        part = next(name for name in archive.namelist() if re.search(r"charts/chart\d+.xml$", name))
    data = _changed(part, lambda xml: xml.replace("c:barChart", "c:bar3DChart"))
    assert "| Grain | 50.0% | 25.0% |" in _text(data)
    data = _changed(part, lambda xml: re.sub(r'ptCount val="\d+"', 'ptCount val="999999999"', xml))
    started = time.process_time()
    assert "| Grain | 50.0% | 25.0% |" in _text(data)
    assert time.process_time() - started < 2


def test_a_formula_on_a_slide_reads_as_it_is_typed():
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/'
        '2006"><mc:Choice Requires="a14"><p:sp><p:txBody><a:p><a:r><a:t>So </a:t></a:r>'
        f'<m:oMath xmlns:m="{math}"><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t></m:r>'
        "</m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></a:p></p:txBody></p:sp>"
        "</mc:Choice></mc:AlternateContent>"
    )
    data = _changed(
        "ppt/slides/slide1.xml", lambda xml: xml.replace("</p:spTree>", f"{formula}</p:spTree>")
    )
    assert "\n\nSo E=mc^2\n" in _text(data)


def test_shapes_written_in_two_ways_are_read_once():
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/'
        '2006"><mc:Choice Requires="x"><p:sp><p:txBody><a:p><a:r><a:t>seen once</a:t></a:r></a:p>'
        "</p:txBody></p:sp></mc:Choice><mc:Fallback><p:sp><p:txBody><a:p><a:r><a:t>seen once"
        "</a:t></a:r></a:p></p:txBody></p:sp></mc:Fallback></mc:AlternateContent></p:spTree>"
    )
    data = _changed("ppt/slides/slide1.xml", lambda xml: xml.replace("</p:spTree>", both))
    assert _text(data).count("seen once") == 1


HOSTILE = {
    "a show without slides": (save(Presentation()), "holds no text on any slide"),
    "no show at all": (make_zip({"ppt/presentation.xml": "<x/>"}), "is damaged"),
    "half a file": (HARBOUR_PPTX[:20_000], "is damaged: it cannot be unpacked"),
    "a slide cut in the middle": (
        _changed("ppt/slides/slide1.xml", lambda xml: xml[:500]), "is damaged",
    ),
    "groups 10,000 deep": (
        _changed("ppt/slides/slide1.xml", lambda xml: xml.replace(
            "</p:spTree>", "<p:grpSp>" * 10_000 + "</p:grpSp>" * 10_000 + "</p:spTree>")),
        "is damaged",
    ),
    "entities": (
        _changed("ppt/slides/slide1.xml", lambda xml: xml.replace(
            "<p:sld ", '<!DOCTYPE d [<!ENTITY x "boom">]><p:sld ', 1)),
        "declares XML entities",
    ),
    "a zip bomb": (
        _changed("ppt/slides/slide1.xml", lambda xml: xml + " " * 60_000_000), "as a zip bomb does",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_or_hostile_show_is_one_sentence(name):
    data, hint = HOSTILE[name]
    with pytest.raises(DocumentError) as refusal:
        _text(data)
    assert hint in str(refusal.value)
