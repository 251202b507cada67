"""Phrases and beginnings of words, checked against the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.index.query import holds_phrase, parse_query
from agent.index.words import split_units
from tests.agent.index.shelves import numbers, open_index

TEXTS = [
    "The great flood of 1998 came at night.",
    "A flood, great as it was, came and went.",
    "Floods: the Great\nFlood is the worst; pumps were pumping.",
    "Nothing of the kind. A pumpkin.",
]


def search(query, texts=TEXTS, language="en"):
    return numbers(open_index(texts, language=language).search(query, 9, operators=True))


def test_a_phrase_is_found_where_its_words_follow_one_another():
    assert sorted(search('"great flood"')) == [0, 2]
    assert search('"flood great"') == [1]
    assert search('"great floods"') == []  # as written, not stemmed
    assert search('"great flood" 1998') == [0, 2]


def test_without_operators_the_marks_mean_nothing():
    index = open_index(TEXTS, language="en")
    assert sorted(numbers(index.search('"great flood" pum*', 9))) == sorted(
        numbers(index.search("great flood pum", 9))
    )


def test_a_star_asks_for_all_words_that_begin_so():
    assert sorted(search("pump*")) == [2, 3]
    assert search("pumping*") == [2]
    assert search("pumpk*") == [3]
    assert search("kind pumpi*")[0] in {2, 3}
    assert search("xyz*") == []
    assert search("*") == []


def test_a_stem_that_begins_so_is_not_enough():
    assert search("happi*", ["They are happy.", "Great happiness."]) == [1]


@pytest.mark.parametrize("language", ["", "de", "ar", "he"])
def test_a_beginning_is_no_middle(language):
    texts = ["Wasserpumpen", "Pumpwerk", "Land"]
    assert search("pump*", texts, language) == [1]


@pytest.mark.parametrize(
    ("phrase", "text", "holds"),
    [
        ("水道管", "古い水道管の漏れ", True),
        ("水管", "古い水道管の漏れ", False),
        ("한국어", "한국어는 쉽다", True),
        ("ha noi", "ở Hà Nội", True),
        ("Hà Nội", "ha noi", False),
        ("น้ำท่วม", "เกิดน้ำท่วมใหญ่", True),
        ("ะเ", "ประเทศ", False),  # no letter is torn from its vowel
        ("3,000 men", "It took 3000 men.", True),
    ],
)
def test_phrases_of_any_script(phrase, text, holds):
    assert holds_phrase(text, split_units(phrase)) is holds


@given(st.text(alphabet='ab"*“”« »水é', max_size=30))
def test_any_query_is_taken_apart_and_searched(text):
    parse_query(text, operators=True)
    open_index(["ab a", "b 水"]).search(text, 3, operators=True)
