"""The quote gate: what counts as standing in the document, and what does not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.document import Span
from agent.quote import find_quote, find_quote_between, fold
from tests.make import make_document

TEXT = (
    "The Office spent 15 million on re-\nfitting the pumps in 2024; losses of −5 per cent and "
    "1,500,000 litres a day were “not un-\nusual”, said the ofﬁcer. ＡＢＣ値１２ was read. "
    "Das Maß ist voll: schön war es. 水の漏れは百万リットルに達した。"
)
DOCUMENT = make_document(TEXT[:60], TEXT[60:130], TEXT[130:])


@pytest.mark.parametrize(
    ("quote", "stands_as"),
    [
        ("The Office spent 15 million", "The Office spent 15 million"),
        ("the office SPENT  15\nmillion", "The Office spent 15 million"),
        ("refitting the pumps", "re-\nfitting the pumps"),
        ("re-fitting the pumps", "re-\nfitting the pumps"),
        ('were "not unusual", said', "were “not un-\nusual”, said"),
        ("said the officer", "said the ofﬁcer"),
        ("ABC値12 was read", "ＡＢＣ値１２ was read"),
        ("Das Mass ist voll", "Das Maß ist voll"),
        ("scho\u0308n war es", "schön war es"),
        ("漏れは百万", "漏れは百万"),
        ("“losses of -5 per cent”", "losses of −5 per cent"),
        ("1,500,000 litres", "1,500,000 litres"),
    ],
)
def test_a_quote_is_found_whatever_its_form(quote, stands_as):
    span = find_quote(quote, DOCUMENT)
    assert span is not None
    assert TEXT[span.start : span.end] == stands_as


@pytest.mark.parametrize(
    "quote",
    [
        "5 million on re-fitting",  # of 15 million
        "The Office spent 16 million",
        "The Office saved 15 million",
        "the pumps in 2025",
        "500,000 litres",  # of 1,500,000
        "5 per cent and 1,500,000",  # without its minus
        "1,500",  # of 1,500,000
        "fice spent",  # of Office
        "The Office spent ... the pumps",  # two places joined
        "schon war es",  # another word than schön
        "pumps the fitting",
        "ABC",  # too short to prove anything
        "   ",
        "",
        "''",
    ],
)
def test_altered_words_are_not_found(quote):
    assert find_quote(quote, DOCUMENT) is None


def test_a_quote_is_looked_for_only_between_the_given_places():
    document = make_document("Water is wet. ", "Again: water is wet. ")
    second = find_quote_between("water is wet", document, Span(document.id, 14, 35))
    assert second == Span(document.id, 21, 33)
    assert find_quote("water is wet", document) == Span(document.id, 0, 12)
    assert find_quote_between("again: water", document, Span(document.id, 0, 14)) is None


def test_a_quote_may_run_over_the_end_of_a_page():
    document = make_document("The bridge was opened ", "by Ida Korhonen in May.\n", "The end.")
    span = find_quote("opened by Ida Korhonen", document)
    assert span is not None
    assert document.text[span.start : span.end] == "opened by Ida Korhonen"
    assert document.page_at(span.start).number == 1


def test_a_false_start_inside_a_word_does_not_hide_the_true_place():
    document = make_document("A superheated room. ", "The heated room was full.")
    span = find_quote("heated room", document)
    assert span is not None
    assert span.start == document.text.index("heated room was")


WORDS = st.lists(st.text("abcdefgh", min_size=2, max_size=7), min_size=4, max_size=40)


@given(WORDS, st.data())
def test_every_run_of_words_is_found_where_it_stands(words, data):
    text = " ".join(words)
    document = make_document(text)
    first = data.draw(st.integers(0, len(words) - 3))
    last = data.draw(st.integers(first + 2, len(words)))
    quote = data.draw(st.sampled_from([" ", "\n", "  "])).join(words[first:last])
    span = find_quote(quote.upper(), document)
    assert span is not None
    assert fold(text[span.start : span.end]) == fold(quote)


@given(WORDS, st.data())
def test_a_run_with_one_word_changed_is_not_found(words, data):
    document = make_document(" ".join(words))
    first = data.draw(st.integers(0, len(words) - 3))
    changed = words[first : first + 3]
    changed[data.draw(st.integers(0, 2))] = data.draw(st.text("xyz", min_size=1, max_size=5))
    assume(fold("".join(changed)) not in fold(document.text))
    assert find_quote(" ".join(changed), document) is None
