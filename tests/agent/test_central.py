"""The sentences chosen say most of what all say, nothing twice, and what was asked about first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.central import holds_figure, most_central

NOTES = [
    "The fleet of Kelmouth has six ships.",
    "Six ships make the fleet of Kelmouth.",
    "The harbour of Torrigal has a crane.",
    "The fleet brought the crane to Torrigal.",
    "Somebody sneezed twice.",
]


def test_what_many_sentences_say_is_chosen_and_said_once():
    assert most_central(NOTES, 1, "en") == [0]
    assert most_central(NOTES, 2, "en") in ([0, 3], [0, 2])


def test_what_was_asked_about_comes_first():
    assert most_central(NOTES, 1, "en", focus="who sneezes?") == [4]


@given(st.lists(st.text("abc de", max_size=20), max_size=12), st.integers(0, 15))
def test_as_many_as_wanted_in_their_order(texts, count):
    chosen = most_central(texts, count)
    assert len(chosen) == min(count, len(texts))
    assert chosen == sorted(set(chosen))
    assert most_central(texts, count) == chosen


@pytest.mark.parametrize(
    ("said", "is_news"),
    [
        ("Sales rose by 2% in summer there.", True),
        ("The fine was $ 14 for each of them.", True),
        ("They paid 1,250 crowns for the boat.", True),
        ("It cost 3.8 million to repair.", True),
        ("Rule 405 of that chapter is met here.", False),
        ("On 3 June 2024 it was sold to them.", False),
        ("See § 232.405 of that chapter for it.", False),
        ("IP 10.200.30.400 and 6.212.6 were met.", False),
    ],
)
def test_shares_sums_and_thousands_are_figures_and_years_and_rules_are_not(said, is_news):
    assert holds_figure(said) is is_news


def test_of_equals_the_one_with_a_figure_is_chosen():
    said = ["Sales rose by x% in summer.", "Sales rose by 2% in summer.", "Nobody went home."]
    assert most_central(said, 1) == [1]
