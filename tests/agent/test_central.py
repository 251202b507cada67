"""The sentences chosen say most of what all say, nothing twice, and what was asked about first."""

from hypothesis import given
from hypothesis import strategies as st

from agent.central import most_central

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
