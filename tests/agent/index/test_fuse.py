"""Fusion of two rankings, against the formula and on a library half filled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.document import Span
from agent.index.base import Hit
from agent.index.fuse import FusedIndex
from agent.passage import Passage

WEIGHT = 0.3


class Listed:
    """An index that returns a fixed list, and has vectors for some passages only."""

    def __init__(self, scores, covered=None, weights=None):
        order = sorted(scores, key=lambda number: (-scores[number], number))
        self.hits = [Hit(passage(number), scores[number], weights or {}) for number in order]
        self.covered = covered

    def search(self, query, k):
        assert query == "q"
        return self.hits[:k]

    def weight(self, found):
        return WEIGHT if self.covered is None or found.number in self.covered else 0.0


def passage(number, document="d"):
    return Passage(Span(document, number, number + 1), number, 1)


def numbers(hits):
    return [hit.passage.number for hit in hits]


def by_formula(words, meaning, covered):
    """Return each passage's fused score straight from the definition."""
    best = max(words.values(), default=1)
    most, least = max(meaning.values(), default=1), min(meaning.values(), default=0)
    fused = {}
    for number in {*words, *meaning}:
        word = words.get(number, 0) / best
        sense = (
            0
            if number not in meaning
            else (meaning[number] - least) / (most - least)
            if most > least
            else 1
        )
        fused[number] = (1 - WEIGHT) * word + WEIGHT * sense if number in covered else word
    return fused


SCORES = st.dictionaries(st.integers(0, 30), st.floats(0.1, 20), max_size=20)


@given(SCORES, SCORES, st.integers(1, 40))
def test_scores_are_those_of_the_formula(words, meaning, k):
    covered = {*meaning, *range(0, 30, 2)}
    fused = FusedIndex(Listed(words), Listed(meaning, covered)).search("q", k)
    expected = by_formula(words, meaning, covered)
    assert len(fused) == min(k, len(expected))
    assert np.allclose([hit.score for hit in fused], sorted(expected.values())[::-1][:k])
    assert all(np.isclose(hit.score, expected[hit.passage.number]) for hit in fused)


def test_without_any_vector_it_is_the_keyword_ranking():
    words = {3: 9.0, 1: 7.0, 2: 7.0, 0: 1.0}
    fused = FusedIndex(Listed(words), Listed({}, covered=())).search("q", 10)
    assert numbers(fused) == [3, 1, 2, 0]


def test_words_without_a_vector_are_not_held_back_by_meaning_elsewhere():
    fused = FusedIndex(Listed({1: 10.0, 2: 6.0}), Listed({2: 0.9, 3: 0.1}, covered={2, 3}))
    assert numbers(fused.search("q", 2)) == [1, 2]


def test_where_no_word_is_found_meaning_alone_ranks():
    fused = FusedIndex(Listed({}), Listed({5: 0.9, 6: 0.5})).search("q", 10)
    assert numbers(fused) == [5, 6]
    assert fused[0].weights == {}


def test_equal_scores_come_in_reading_order():
    fused = FusedIndex(Listed({4: 2.0, 2: 2.0}), Listed({4: 0.5, 2: 0.5})).search("q", 10)
    assert numbers(fused) == [2, 4]


def test_each_list_is_read_to_its_depth_and_never_less_than_asked_for():
    scores = {number: 30.0 - number for number in range(30)}
    index = FusedIndex(Listed(scores), Listed({}, covered=()), depth=5)
    assert len(index.search("q", 3)) == 3
    assert len(index.search("q", 20)) == 20


def test_the_words_weights_are_passed_on_also_to_what_only_meaning_found():
    words = Listed({1: 2.0}, weights={"pump": 1.5})
    words.hits.append(Hit(passage(7, "other"), 1.0, {"pumpe": 1.5}))
    meaning = Listed({2: 0.9, 1: 0.4})
    meaning.hits += [Hit(passage(8, "other"), 0.3), Hit(passage(9, "third"), 0.2)]
    found = {
        (hit.passage.span.document, hit.passage.number): hit.weights
        for hit in FusedIndex(words, meaning).search("q", 10)
    }
    assert found[("d", 1)] == found[("d", 2)] == found[("third", 9)] == {"pump": 1.5}
    assert found[("other", 7)] == found[("other", 8)] == {"pumpe": 1.5}


def test_meaning_can_lift_a_passage_over_one_with_a_few_more_words():
    fused = FusedIndex(Listed({1: 10.0, 2: 9.0}), Listed({2: 0.8, 1: 0.2})).search("q", 2)
    assert numbers(fused) == [2, 1]
    assert fused[0].score == pytest.approx(0.7 * 0.9 + 0.3)


def test_what_only_meaning_found_where_meaning_counts_for_nothing_is_not_found():
    fused = FusedIndex(Listed({1: 10.0}), Listed({1: 0.4, 2: 0.9}, covered={1}))
    assert numbers(fused.search("q", 10)) == [1]


def test_a_repeated_passage_stays_folded():
    words = Listed({})
    repeats = (Span("d", 2, 3), Span("other", 5, 6))
    words.hits.append(Hit(passage(1), 2.0, {}, repeats))
    meaning = Listed({1: 0.9, 2: 0.9, 3: 0.1})
    fused = FusedIndex(words, meaning).search("q", 10)
    assert numbers(fused) == [1, 3]
    assert fused[0].others == repeats
