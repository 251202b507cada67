"""Text that nobody can see is taken out of any format and noted; what can be seen stays."""

import re
import time

import pytest

from agent.document import Heading, Note, Page
from agent.formats import parse
from agent.formats.base import Parsed
from agent.formats.unseen import HIDDEN_END, HIDDEN_START, without_unseen
from tests.agent.formats.hidden_ways import PLOT, SEEN, STYLES, WAYS, _docx, _html
from tests.agent.formats.make import make_docx


def _parse(data, name):
    return parse(data, name, lambda _done, _of: None)


@pytest.mark.parametrize("way", WAYS)
def test_it_is_not_read_and_told_of(way):
    document = _parse(WAYS[way], way)
    assert PLOT not in document.text
    assert not re.search("[\U000e0000-\U000e007f]", document.text)
    assert SEEN in document.text
    (note,) = [note for note in document.notes if note.kind == "hidden"]
    assert (note.page, note.count, note.text) == (1, len(PLOT), PLOT)


SHOWN = {
    "white on what another file colours.html": _html(
        f"<p style='color:#fff'>{PLOT}</p>", "<link rel=stylesheet href=a.css>"
    ),
    "white on black.html": _html(
        f"<div style='background:#000'><p style='color:#fff'>{PLOT}</p></div>"
    ),
    "white on a picture.html": _html(
        f"<div style='background:url(a.png)'><p style='color:#fff'>{PLOT}</div>"
    ),
    "hidden on paper.html": _html(
        f"<p class=a>{PLOT}</p>", "<style>@media print { .a { display:none } }</style>"
    ),
    "hidden elsewhere.html": _html(
        f"<p class=a>{PLOT}</p>", "<style>nav .a, .a:hover, .b { display:none }</style>"
    ),
    "shown again.html": _html(
        f"<p class=a id=b>{PLOT}</p>", "<style>#b {display:block} .a {display:none}</style>"
    ),
    "a page that a script shows.html": _html(
        f"<main class=a><p>{PLOT * 9}</main><script>show()</script>",
        "<style>.a { opacity: 0 }</style>",
    ),
    "shown on wide screens.html": _html(
        f"<p class=a>{PLOT}", "<style>.a{display:none} @media (min-width:1px) {.a{display:block}}"
        "</style>"
    ),
    "shown within others.html": _html(
        f"<div><p class=a>{PLOT}</div>", "<style>.a{display:none} div .a{display:block}</style>"
    ),
    "hidden on paper by a sheet.html": _html(
        f"<p class=a>{PLOT}", "<style media=print>.a{display:none}</style>"
    ),
    "hidden where there are no scripts.html": _html(
        f"<p class=a>{PLOT}", "<noscript><style>.a{display:none}</style></noscript>"
    ),
    "sections that come one by one.html": _html(
        f"<section class=a>{PLOT * 5}</section><section class=a>{PLOT * 5}</section>"
        "<script></script>", "<style>.a{opacity:0}</style>"
    ),
    "letters have a size again.html": _html(
        f"<div class=row><div class=col>{PLOT}</div></div>",
        "<style>.row{font-size:0} .col{font-size:16px}</style>"
    ),
    "visible within what is not.html": _html(
        f"<div style='visibility:hidden'>x<span style='visibility:visible'>{PLOT}</span></div>"
    ),
    "black within white.html": _html(
        f"<p style='color:white'>x<b style='color:black'>{PLOT}</b></p>"
    ),
    "a part of the window.html": _html(f"<p style='font-size:1.5vw'>{PLOT}"),
    "white heads of a table.html": _html(
        f"<table><thead><tr><th>{PLOT}<th>b</table>",
        "<style>th{color:#fff} thead tr{background:#333}</style>"
    ),
    "white over a picture.html": _html(
        f"<div><img src=a.jpg><p class=cap>{PLOT}</div>",
        "<style>.cap{position:absolute;color:#fff}</style>"
    ),
    "white on a picture and a colour.html": _html(
        f"<div class=a><p style='color:#fff'>{PLOT}</div>",
        "<style>.a{background:url(dark.jpg);background-color:#fff}</style>"
    ),
    "letters cut out of colours.html": _html(
        f"<h1>{PLOT}</h1>", "<style>h1{background:linear-gradient(red,blue);"
        "-webkit-background-clip:text;color:transparent}</style>"
    ),
    "a page behind a curtain.html": _html(
        "", f"</head><body><div style='visibility:hidden'>{SEEN * 9} {PLOT}</div><script></script>"
    ),
    "small.html": _html(f"<p style='font-size:8px; text-indent:-2em'>{PLOT}</p>"),
    "not hidden.docx": _docx('<w:vanish w:val="0"/>'),
    "its own word against its style.docx": _docx(
        '<w:rStyle w:val="Gone"/><w:vanish w:val="false"/>', extra={"word/styles.xml": STYLES}
    ),
    "on the ground of its style.docx": make_docx(
        f"<w:p><w:r><w:t>{SEEN}</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val='Dark'/></w:pPr><w:r>"
        f"<w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>{PLOT}</w:t></w:r></w:p>",
        {"word/styles.xml": STYLES},
    ),
    "between marks of its own.docx": _docx("<w:b/>", f"\ufdda {PLOT} \ufddb"),
    "shaded.docx": _docx('<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>'),
    "in a table.docx": make_docx(
        "<w:tbl><w:tblPr><w:tblStyle w:val='T'/></w:tblPr><w:tr><w:tc><w:p><w:r><w:rPr><w:color"
        f" w:val='FFFFFF'/></w:rPr><w:t>{SEEN} {PLOT}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    ),
    "grey.docx": _docx('<w:color w:val="E0E0E0"/>'),
    "of another style.docx": _docx('<w:rStyle w:val="X"/>', extra={"word/styles.xml": STYLES}),
}  # fmt: skip


@pytest.mark.parametrize("way", SHOWN)
def test_what_can_be_seen_is_read(way):
    document = _parse(SHOWN[way], way)
    assert PLOT in document.text
    assert [note for note in document.notes if note.kind == "hidden"] == []


def test_the_words_around_stay_together():
    document = _parse(
        _html("<p>one<b hidden>x</b> two</p><h2>A<i hidden>y</i> title</h2>"), "a.html"
    )
    assert document.text == f"{SEEN}\n\none two\n\nA title\n"
    assert [heading.title for heading in document.headings] == ["A title"]
    assert document.text[document.headings[0].start :].startswith("A title")
    assert [note.text for note in document.notes] == ["x y"]


def test_a_long_hidden_text_leaves_no_empty_pages():
    document = _parse(_html(f"<p hidden>{'word ' * 48_000}</p><p>after"), "a.html")
    assert [page.label for page in document.pages] == ["part 1"]
    (note,) = document.notes
    assert (note.page, note.kind, note.count) == (1, "hidden", 5 * 48_000 - 1)


def test_a_hidden_run_leaves_its_neighbours_whole():
    body = (
        "<w:p><w:r><w:t xml:space='preserve'>one </w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr>"
        "<w:t>not </w:t><w:tab/><w:t>this</w:t></w:r><w:r><w:t>two</w:t></w:r></w:p>"
    )
    document = _parse(make_docx(body), "a.docx")
    assert document.text.strip() == "one two"
    assert [note.text for note in document.notes] == ["not this"]


def test_places_move_with_the_text():
    hidden = f"{HIDDEN_START}gone{HIDDEN_END}"
    first, second = f"a {hidden}b\n{hidden}\n", f"c\u200bd{hidden} e\n"
    pages = (Page(1, "i", 0, len(first)), Page(2, "ii", len(first), len(first + second)))
    headings = (Heading(1, "b", first.index("b")), Heading(2, f"{hidden} e", len(first) + 2))
    found = without_unseen(Parsed("x", first + second, pages, headings))
    assert found.text == "a b\ncd e\n"
    assert [found.text[page.start : page.end] for page in found.pages] == ["a b\n", "cd e\n"]
    assert [(h.title, found.text[h.start]) for h in found.headings] == [("b", "b"), ("e", "d")]
    assert found.notes == (
        Note(1, "hidden", 9, "gone gone"), Note(2, "hidden", 4, "gone"), Note(2, "zero-width", 1)
    )  # fmt: skip


def test_flags_that_are_spelt_and_joiners_of_scripts_stay():
    scotland = (
        "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbsct") + "\U000e007f"
    )
    text = f"{scotland} می\u200cخواهم\n"
    parsed = Parsed("x", text, (Page(1, "1", 0, len(text)),), ())
    assert without_unseen(parsed) is parsed


def test_a_text_full_of_it_is_read_in_time():
    started = time.process_time()
    _parse(("ab\u200bcdefg " * 200_000).encode(), "a.txt")
    _parse(_html("<p>x", f"<style>{'a' * 100_000}</style><style>{'@' * 50_000}</style>"), "a.html")
    assert time.process_time() - started < 10
