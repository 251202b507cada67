"""Words cut at a line's end are made whole by what the document says elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.document import Span
from agent.formats import parse
from agent.formats.hyphens import align, join_words
from agent.page_view import boxes_of_span
from tests.agent.formats.make_pdf import draw, one_after_another, text


@pytest.mark.parametrize(
    ("cut", "elsewhere", "whole"),
    [
        ("the infor-\nmation on it\n", "", "the information\non it\n"),
        ("the infor-\nmation, and\nso", "", "the information,\nand\nso"),
        ("the infor-\nmation\nso", "", "the information\nso"),
        ("the infor-\nmation", "", "the information"),
        ("for stock-\nbased pay\n", "stock and based", "for stock-based\npay\n"),
        ("for stock-\nbased pay\n", "stock and based, stockbased", "for stockbased\npay\n"),
        ("for pre-\ntax pay\n", "pre-tax and Pre-Tax", "for pre-tax\npay\n"),
        ("for pre-\ntax pay\n", "some-pre-tax-plan", "for pre-tax\npay\n"),
        ("for pre-\ntax pay\n", "pretax", "for pretax\npay\n"),
        ("ein Schwarz-\nWeiß-Bild da\n", "", "ein Schwarz-Weiß-Bild\nda\n"),
        ("A non-\nAWS unit\n", "", "A non-AWS\nunit\n"),
        ("INFOR-\nMATION here\n", "", "INFORMATION\nhere\n"),
        ("IT-\nBranche hier\n", "", "IT-Branche\nhier\n"),
        ("инфор-\nмация там\n", "", "информация\nтам\n"),
        ("infor\u2010\nmation on\n", "", "information\non\n"),
        ("stock\u2010\nbased on\n", "stock based", "stock\u2010based\non\n"),
        ("a 10-\ninch bar\n", "", "a 10-\ninch bar\n"),
        ("from 1998-\n2004 on\n", "", "from 1998-\n2004 on\n"),
        ("It was -\nbut not\n", "", "It was -\nbut not\n"),
        ("- one\n- two\n", "", "- one\n- two\n"),
    ],
)
def test_what_the_document_says_elsewhere_decides(cut, elsewhere, whole):
    assert join_words([cut, elsewhere]) == [whole, elsewhere]


def test_cut_halves_do_not_count_as_words():
    cut = "The mor-\ntar and the mor-\ntar again\n"
    assert join_words([cut]) == ["The mortar\nand the mortar\nagain\n"]


def test_pages_without_such_words_come_back_as_they_were():
    pages = ["one - two\n", "self-made\nman\n"]
    assert join_words(pages) == pages


@given(st.text("aB-\u2010 \n.", max_size=40), st.text("aB- ", max_size=20))
def test_every_character_left_has_its_place_in_what_was_cut(cut, elsewhere):
    whole, _ = join_words([cut, elsewhere])
    places = align(cut, whole)
    assert places is not None
    assert places == sorted(set(places))
    assert all(
        cut[place] == character or (cut[place].isspace() and character == "\n")
        for place, character in zip(places, whole, strict=True)
    )
    assert "".join(whole.replace("-", "").replace("\u2010", "").split()) == "".join(
        cut.replace("-", "").replace("\u2010", "").split()
    )


@pytest.mark.parametrize("other", ["dangerous\n", "dan\n", "dan-\ngerous\nx", ""])
def test_another_text_is_not_taken_for_it(other):
    assert align("dan-\ngerous and\n", other) is None


def test_a_pdf_gives_the_whole_word_and_boxes_of_both_halves():
    upper, lower = text("It was a most dan-"), text("gerous place to be.", y=684)
    data = draw(one_after_another(upper, lower))
    document = parse(data, "danger.pdf", lambda _done, _pages: None)
    assert document.text == "It was a most dangerous\nplace to be.\n"
    start = document.text.index("dangerous")
    found = boxes_of_span(data, document, Span(document.id, start, start + len("dangerous")))
    upper, lower = found[1]
    assert upper[3] <= lower[1]
    assert upper[0] > lower[0]
    assert document.text[start : start + 9] == "dangerous"
