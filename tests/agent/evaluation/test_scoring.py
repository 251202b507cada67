"""Scores of answers, from what they say and cite."""

import pytest

from agent.evaluation.scoring import Score, Wanted, names, score
from agent.evidence import Citation


@pytest.mark.parametrize(
    ("text", "value", "named"),
    [
        ("It is 4821.", "4821", True),
        ("It is 4,821.", "4821", True),
        ("It is 4 821 or 4.821 or 4’821", "4821", True),
        ("它是４８２１。", "4821", True),
        ("الرقم هو ٤٨٢١.", "4821", True),
        ("संख्या ४८२१ है", "4821", True),
        ("It is 14821.", "4821", False),
        ("It is 48210.", "4821", False),
        ("In 1999 345 came.", "1999", True),
        ("48 21", "4821", False),
        ("pages 4821-4830", "4821", True),
        ("the Green  Harbour", "green harbour", True),
        ("evergreen harbour", "green harbour", False),
        ("他住在里斯本市", "里斯本", True),
        ("STRASSE", "straße", True),
        ("12,345,678 in all", "12345678", True),
        ("a, b", "", True),
    ],
)
def test_a_value_is_named_whole_in_digits_of_any_script(text, value, named):
    assert names(text, value) is named


def cited(start, end, page):
    return Citation(1, "id", "name", page, str(page), start, end, "")


TWO = Wanted(("11", "22"), ("33",), ((0, 10), (50, 60)), (frozenset({1}), frozenset({4, 5})))


@pytest.mark.parametrize(
    ("text", "citations", "expected"),
    [
        ("11 and 22", [cited(5, 12, 1), cited(55, 58, 4)], Score(2, 0, True, 2, 2)),
        ("11 and 22 and 33", [cited(10, 50, 5)], Score(2, 1, False, 0, 1)),
        ("11", [], Score(1, 0, False, 0, 0)),
        ("22 11", None, Score(2, 0, True, None, None)),
    ],
)
def test_an_answer_is_right_if_it_names_all_that_is_wanted_and_nothing_wrong(
    text, citations, expected
):
    assert score(text, TWO, answered=True, citations=citations) == expected


def test_where_nothing_is_wanted_a_right_answer_says_that_it_has_none():
    nothing = Wanted((), ("33",))
    assert score("Nothing is said.", nothing, answered=False, citations=()).right
    assert not score("It is so.", nothing, answered=True, citations=()).right
    assert not score("33", nothing, answered=False, citations=()).right
    # A model alone does not say whether it answers: what it must not name is all there is to see.
    assert score("It is not in the text.", nothing, answered=True, citations=None).right
    assert not score("It is 33.", nothing, answered=True, citations=None).right
