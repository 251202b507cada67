"""What is planted: the same for the same seed, answers that stand nowhere else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import QuestionError
from agent.evaluation.needles import KINDS, make_planting
from agent.evaluation.scoring import names
from agent.evaluation.wording import languages, load_wording

EN = load_wording("en")


def of(kind, *depths):
    """Return one probe of a kind at each depth."""
    return [(kind, depth) for depth in depths or (0.0, 0.5, 1.0)]


@given(seed=st.integers(0, 10_000), kind=st.sampled_from(KINDS), code=st.sampled_from(languages()))
def test_needles_say_the_answers_and_nothing_else_does(seed, kind, code):
    wording = load_wording(code)
    planting = make_planting(random.Random(seed), wording, of(kind), distractors=3)
    again = make_planting(random.Random(seed), wording, of(kind), distractors=3)
    assert planting == again
    assert len(set(planting.values)) == len(planting.values)
    assert len(planting.distractors) == 3
    for probe in planting.probes:
        for value in probe.expected:
            saying = [n for n in planting.needles if names(n.sentence, value)]
            assert len(saying) == 1
            assert saying[0] in probe.needles
        asked = {key for key in wording.keys if names(probe.question, key)}
        if probe.needles:
            assert all(names(probe.needles[0].sentence, key) for key in asked)
            assert probe.needles[0].depth == probe.depth
        else:
            assert not any(names(n.sentence, key) for n in planting.needles for key in asked)


def test_a_hop_names_the_value_only_under_another_name():
    planting = make_planting(random.Random(1), EN, of("hop", 0.25), distractors=0)
    (probe,) = planting.probes
    first, second = probe.needles
    (asked,) = [key for key in EN.keys if names(probe.question, key)]
    assert names(first.sentence, asked)
    assert not names(first.sentence, probe.expected[0])
    assert names(second.sentence, probe.expected[0])
    assert not names(second.sentence, asked)
    assert (first.depth, second.depth) == (0.25, 0.75)


def test_the_three_values_of_many_stand_a_third_apart():
    (probe,) = make_planting(random.Random(1), EN, of("many", 0.5), distractors=0).probes
    assert len(set(probe.expected)) == 3
    assert [round(n.depth, 3) for n in probe.needles] == [0.5, 0.833, 0.167]


def test_no_value_is_a_number_that_the_text_holds():
    taken = " ".join(str(n) for n in range(1_000, 9_990))
    planting = make_planting(random.Random(1), EN, of("one"), distractors=3, taken=taken)
    assert all(int(value) >= 9_990 for value in planting.values)


def test_more_names_than_there_are_is_said_with_what_to_do():
    with pytest.raises(QuestionError, match="need 25 names, and there are 20; take fewer"):
        make_planting(random.Random(1), EN, of("hop", *[0.1] * 11), distractors=3)
