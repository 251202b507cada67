"""What each sentence of an answer rests on, and which of its numbers stand in no quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.document import Span
from agent.evidence import Evidence, Sentence
from agent.marks import check_answer
from agent.sourcing import sourced_sentences, with_strange_numbers
from tests.make import make_document

FIRST = "In 1998 the dam held 1,200,000 tons. "
SECOND = "Of 45 gates 3 were open, as ١٧ men saw. "
DOCUMENT = make_document(FIRST, SECOND, name="dam-77.txt")
EVIDENCE = [
    Evidence(DOCUMENT, Span(DOCUMENT.id, 0, len(FIRST) - 1)),
    Evidence(DOCUMENT, Span(DOCUMENT.id, len(FIRST), len(FIRST + SECOND) - 1)),
]


def marks_of(text):
    return [(each.text, each.marks) for each in sourced_sentences(text, EVIDENCE, "")]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It held [1]. All was well.", [("It held [1].", (1,)), ("All was well.", ())]),
        ("It held. [1] All was well. [2]", [("It held. [1]", (1,)), ("All was well. [2]", (2,))]),
        ("It held. [1][2]\n\nWell.", [("It held. [1][2]", (1, 2)), ("Well.", ())]),
        ("It held. [1].", [("It held. [1].", (1,))]),
        ("It held [2] well [1] and [2].", [("It held [2] well [1] and [2].", (2, 1))]),
        ("水壩。[1] 沒有人受傷。", [("水壩。[1]", (1,)), ("沒有人受傷。", ())]),
        ("- one [1]\n- two", [("- one [1]", (1,)), ("- two", ())]),
        ("It says “as [2] shows, it held”.", [("It says “as [2] shows, it held”.", ())]),
        ("[1]", []),
        ("", []),
    ],
)
def test_a_sentence_has_the_marks_in_it_and_right_after_it(text, sentences):
    assert marks_of(text) == sentences


@given(st.text("ab1. [2]“”\n!", max_size=60))
def test_sentences_are_slices_in_their_order_and_every_mark_is_in_one(text):
    text, _ = check_answer(text, EVIDENCE)
    place, sentences = 0, sourced_sentences(text, EVIDENCE, "")
    for sentence in sentences:
        place = text.index(sentence.text, place) + len(sentence.text)
        assert set(sentence.marks) <= {1, 2}


@pytest.mark.parametrize(
    ("says", "marks", "asked", "strange"),
    [
        ("In 1998 it held 1200000 tons, 1.200.000 in all.", (1,), "", ()),
        ("In 1989 it held 1\u202f200\u202f000 tons.", (1,), "", ("1989",)),
        ("It was 12 or 120,000 or 12.", (1,), "", ("12", "120,000")),
        ("45 gates in 1998.", (1,), "", ("45",)),
        ("45 gates in 1998.", (1, 2), "", ()),
        ("17 men.", (2,), "", ()),
        ("7 men, 3 gates.", (1,), "", ()),
        ("The 60 tons asked about were not there [1], says dam-77.", (1,), "Where are 60?", ()),
        ("In 1911 nothing.", (), "", ()),
    ],
)
def test_numbers_that_the_cited_quotes_do_not_hold_are_strange(says, marks, asked, strange):
    cited = [EVIDENCE[mark - 1] for mark in marks]
    checked = with_strange_numbers(Sentence(says, marks), cited, asked)
    assert checked == Sentence(says, marks, strange)
    assert checked.is_doubtful is (not marks or bool(strange))


def test_the_number_of_the_page_is_known():
    document = make_document(*(f"Page {n} says so. " for n in range(1, 31)))
    page = document.pages[11]
    cited = [Evidence(document, Span(document.id, page.start + 8, page.end - 1))]
    assert not with_strange_numbers(Sentence("Page 12 says so.", (1,)), cited, "").strange_numbers
    said = with_strange_numbers(Sentence("Page 13 says so.", (1,)), cited, "")
    assert said.strange_numbers == ("13",)
