"""It is told by words whether a question asks for all of a kind, and of what."""

import pytest

from agent.question import asks_for_all, information


@pytest.mark.parametrize(
    ("question", "is_one"),
    [
        ("List all mentions of the harbour", True),
        ("How many times is Ida named?", True),
        ("Nenne alle Häfen", True),
        ("Сколько раз упомянут мост?", True),
        ("列出所有的港口", True),
        ("Who rebuilt the station?", False),
        ("How many bookings were charged twice?", False),
        ("Did all of them leave?", False),
        ("Find every passage where a gate is named", True),
    ],
)
def test_it_is_told_by_words_whether_all_is_asked_for(question, is_one):
    assert asks_for_all(question) is is_one


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("List all mentions of the harbour", "the harbour"),
        ("List all places where a gate was painted", "a gate was painted"),
        ("How many times is Ida named?", "is Ida named?"),
        ("Name all of the ships", "the ships"),
        ("Who rebuilt the station?", "Who rebuilt the station?"),
        ("列出所有的港口", "的港口"),
        ("List all", "List all"),
    ],
)
def test_the_words_that_ask_for_all_are_told_from_what_is_asked_for(question, about):
    assert information(question) == about
