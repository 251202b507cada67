"""Answers as HTML: which brackets become marks, and how a quote stands in its passage."""

import pytest

from agent import Citation
from app.turn import Source
from app.widgets.answer import answer_html, small_html, sources_html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was. [1]", '<p dir="auto">It was. <span class="lr-mark">1</span></p>'),
        (
            "[2][1]",
            '<p dir="auto"><span class="lr-mark">2</span><span class="lr-mark">1</span></p>',
        ),
        ("No such source [3] [0]", '<p dir="auto">No such source [3] [0]</p>'),
        ("<b>[1]</b>", '<p dir="auto">&lt;b&gt;<span class="lr-mark">1</span>&lt;/b&gt;</p>'),
        ("one [1000]", '<p dir="auto">one [1000]</p>'),
        ("one\ntwo\n \n\nthree\n", '<p dir="auto">one\ntwo</p><p dir="auto">three</p>'),
    ],
)
def test_marks_of_sources_that_exist_are_drawn_and_everything_else_is_text(text, expected):
    assert answer_html(text, sources=2) == f'<div class="lr-answer">{expected}</div>'


def test_an_answer_without_words_draws_nothing():
    assert answer_html(" \n\n ", sources=2) == ""


def test_a_source_shows_document_page_and_the_quote_between_its_neighbours():
    citation = Citation(2, "id", "<a>.pdf", 9, "5", 10, 20, "the <quote>")
    drawn = sources_html((Source(citation, "… be&fore ", " after …"),))
    assert drawn == (
        '<ol class="lr-sources" aria-label="Sources"><li>'
        '<p class="lr-place"><span class="lr-mark">2</span> &lt;a&gt;.pdf, page 9 (label 5)</p>'
        '<blockquote class="lr-passage" dir="auto"><span class="lr-around">… be&amp;fore </span>'
        '<mark>the &lt;quote&gt;</mark><span class="lr-around"> after …</span></blockquote>'
        "</li></ol>"
    )


def test_no_sources_draw_no_list():
    assert sources_html(()) == ""


def test_a_command_in_backticks_is_drawn_as_one():
    assert (
        small_html("`hf <x>` gets it")
        == '<p class="lr-facts"><code>hf &lt;x&gt;</code> gets it</p>'
    )
