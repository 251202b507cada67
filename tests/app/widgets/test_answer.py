"""Answers as HTML: which brackets become marks, and how a quote stands in its passage."""

import html
import re

import pytest

from agent import Citation
from agent.evidence import Look, Sentence
from agent.looks import step
from app.strings import NO_SOURCE, STRANGE_NUMBER
from app.turn import Source
from app.widgets.answer import answer_html, small_html, sources_html, trail_html


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


DOUBT = '<span class="lr-doubt" title="{}">{}</span>'


def test_what_is_doubtful_is_underlined_and_nothing_else():
    text = "It's 45 <tons> in 1998, or 45. [1] So it is.\n\nSo it is. [1]"
    sentences = (
        Sentence("It's 45 <tons> in 1998, or 45. [1]", (1,), ("45",)),
        Sentence("So it is.", ()),
        Sentence("So it is. [1]", (1,)),
    )
    number, mark = DOUBT.format(STRANGE_NUMBER, 45), '<span class="lr-mark">1</span>'
    assert answer_html(text, 1, sentences) == (
        f'<div class="lr-answer"><p dir="auto">It&#x27;s {number} &lt;tons&gt; in 1998, '
        f"or {number}. {mark} {DOUBT.format(NO_SOURCE, 'So it is.')}</p>"
        f'<p dir="auto">So it is. {mark}</p></div>'
    )


@pytest.mark.parametrize("number", ["27", "12", "2"])
def test_numbers_in_marks_entities_and_longer_numbers_are_not_underlined(number):
    sentences = (Sentence("It's 1.27 or 272 [12].", (12,), (number,)),)
    assert "lr-doubt" not in answer_html("It's 1.27 or 272 [12].", 12, sentences)


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


def test_a_line_after_number_signs_is_a_heading_and_only_as_a_paragraph_of_its_own():
    assert answer_html("## The <fleet>\n\nIt sails. [1]\n\n### no\n\n# a\nb", 1) == (
        '<div class="lr-answer"><h3 class="lr-section" dir="auto">The &lt;fleet&gt;</h3>'
        '<p dir="auto">It sails. <span class="lr-mark">1</span></p><p dir="auto">### no</p>'
        '<p dir="auto"># a\nb</p></div>'
    )


def test_marks_of_a_turn_are_buttons_that_say_what_they_do():
    assert '<button type="button" class="lr-mark" data-cite="3-1"' in answer_html("[1]", 1, turn=3)
    assert 'aria-label="Source 1: open its page"' in answer_html("[1]", 1, turn=3)


@pytest.mark.parametrize(("count", "folded"), [(8, False), (9, True)])
def test_many_sources_are_folded_away(count, folded):
    citation = Citation(1, "id", "a.pdf", 9, "5", 10, 20, "q")
    drawn = sources_html((Source(citation, "", ""),) * count)
    assert drawn.startswith("<details" if folded else "<ol")
    assert (f"<summary>{count} sources</summary>" in drawn) is folded


def test_the_steps_of_a_reader_that_chooses_them_are_folded_below():
    looks = (
        Look("search", "", "the <yard>", 2),
        Look("read", "a.pdf, pages 3-4", "when", 0, failure="it was read before"),
    )
    drawn = trail_html(looks)
    assert drawn.startswith('<details class="lr-fold"><summary>How it was looked for: 2 steps<')
    assert [html.unescape(step) for step in re.findall(r'<li dir="auto">(.*?)</li>', drawn)] == [
        step(look) for look in looks
    ]
    assert trail_html(()) == ""
