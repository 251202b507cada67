"""A run of trials: kept one by one, never done twice, and ended where a model is down."""

import json
from contextlib import closing
from itertools import pairwise

import pytest

from agent.errors import EvaluationError, ReaderError
from agent.evaluation.examine import Preparing, Tried, examine
from agent.evaluation.needle_test import NeedleTest, make_batches
from agent.evaluation.results import Results
from agent.evaluation.subject import Said
from agent.events import Working
from tests.make import make_document

TEST = NeedleTest(lengths=(400,), depths=(0.0, 1.0), samples=2, distractors=1)


class Echo:
    """Answers with the sentence of the document that the question is about.

    It fails at the questions whose numbers, from 0, are named.
    """

    model, strategy, identity, room_tokens = "echo", "by heart", "1", 0

    def __init__(self, *failing):
        self.asked, self.forgotten, self._failing = [], [], failing

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]

    def ask(self, document, question):
        number = len(self.asked)
        self.asked.append(question)
        yield
        if number in self._failing:
            raise ReaderError("echo failed: out of memory")
        key = question.removeprefix("What is the magic number of ").removesuffix("?")
        start = document.text.index(f"The magic number of {key} is")
        return Said(document.text[start:].split(".")[0], answered=True)

    def forget(self, document):
        self.forgotten.append(document.id)


def run(subject, results, test=TEST):
    return [
        event.result
        for event in examine(subject, make_batches(test, subject), results)
        if isinstance(event, Tried)
    ]


def test_every_trial_is_asked_scored_and_kept(tmp_path):
    subject, path = Echo(), tmp_path / "needle.json"
    events = list(examine(subject, make_batches(TEST, subject), Results(path), made_on="here"))
    tried = [event for event in events if isinstance(event, Tried)]
    assert [(event.done, event.total) for event in tried] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(event.result.right and event.result.made_on == "here" for event in tried)
    assert [type(a) for a, b in pairwise(events) if isinstance(b, Tried)] == [Working] * 4
    assert sum(isinstance(event, Preparing) for event in events) == 2
    assert len(set(subject.forgotten)) == 2
    assert list(Results(path)) == [event.result for event in tried]


def test_what_was_done_is_not_done_again_and_a_longer_run_goes_on_from_it(tmp_path):
    path = tmp_path / "needle.json"
    first = run(Echo(), Results(path))
    again = Echo()
    assert run(again, Results(path)) == first
    assert again.asked == again.forgotten == []
    longer = NeedleTest(lengths=(400,), depths=(0.0, 1.0), samples=3, distractors=1)
    more = Echo()
    assert len(run(more, Results(path), longer)) == 6
    assert len(more.asked) == 2
    another = Echo()
    another.identity = "2"  # other prompts, or another model by the same name
    run(another, Results(path))
    assert len(another.asked) == 4


def test_another_document_by_the_same_name_is_another_trial(tmp_path):
    fillers = [make_document(f"It rained on day {n}. Nobody came. " * 99) for n in (1, 2)]
    assert fillers[0].name == fillers[1].name
    tests = [NeedleTest((400,), depths=(0.5,), samples=1, filler=filler) for filler in fillers]
    subject, results = Echo(), Results(tmp_path / "needle.json")
    for test in tests:
        run(subject, results, test)
    assert len(subject.asked) == len(results) == 2


def test_a_run_that_is_stopped_keeps_what_was_done(tmp_path):
    subject, results = Echo(), Results(tmp_path / "needle.json")
    with closing(examine(subject, make_batches(TEST, subject), results)) as events:
        while not isinstance(next(events), Tried):
            pass
    assert len(Results(results.path)) == 1
    rest = Echo()
    run(rest, Results(results.path))
    assert len(rest.asked) == 3


def test_a_failure_is_noted_the_others_go_on_and_the_next_run_tries_it_again(tmp_path):
    path = tmp_path / "needle.json"
    results = run(Echo(1), Results(path))
    assert [bool(result.failure) for result in results] == [False, True, False, False]
    assert results[1].failure == "echo failed: out of memory"
    assert (results[1].score, results[1].right, results[1].cited) == (None, False, False)
    again = Echo()
    assert all(result.right for result in run(again, Results(path)))
    assert len(again.asked) == 1


def test_a_model_that_always_fails_ends_the_run_with_its_sentence(tmp_path):
    results = Results(tmp_path / "needle.json")
    subject = Echo(*range(9))
    with pytest.raises(ReaderError, match="echo failed: out of memory"):
        run(subject, results)
    assert len(subject.asked) == 3
    assert len(Results(results.path)) == 3


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"form": "other"}', '{"form": "longread results 1", "results": [1]}']
)
def test_a_file_that_holds_something_else_is_never_written_over(tmp_path, text):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(EvaluationError, match=r"mine\.json holds .*; name another file"):
        Results(path)
    assert path.read_text() == text


def test_a_folder_that_is_not_there_is_named_before_anything_is_asked(tmp_path):
    with pytest.raises(EvaluationError, match=r"there is no folder .*gone; make it first"):
        Results(tmp_path / "gone" / "needle.json")


def test_a_folder_that_goes_away_is_named(tmp_path):
    (tmp_path / "going").mkdir()
    results = Results(tmp_path / "going" / "needle.json")
    (tmp_path / "going").rmdir()
    with pytest.raises(EvaluationError, match=r"needle\.json could not be written"):
        run(Echo(), results)


def test_the_file_is_json_with_a_result_a_line(tmp_path):
    path = tmp_path / "needle.json"
    run(Echo(), Results(path))
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 6
    said = json.loads(path.read_text("utf-8"))["results"][0]
    assert said["trial"]["length"] == 400
    assert said["question"].startswith("What is the magic number of ")
    assert said["expected"][0] in said["text"]
