"""Who is examined: a model alone up to its window, and the agent beyond it."""

import pytest

from agent.evaluation.examine import Tried, examine
from agent.evaluation.needle_test import NeedleTest, make_batches
from agent.evaluation.results import Results
from agent.evaluation.subject import ANSWER_TOKENS, InContext, ThroughAgent
from agent.evaluation.wording import languages
from benchmarks.tiny_agent import READER
from model.qwen2 import ChatQwen2
from model.scripted import ScriptedChatModel

SEED = 11


@pytest.fixture(scope="module")
def tiny():
    return ChatQwen2.from_folder(READER, device="cpu")


def results_of(subject, test, tmp_path):
    events = examine(subject, make_batches(test, subject), Results(tmp_path / "r.json"))
    return [event.result for event in events if isinstance(event, Tried)]


def test_the_tiny_reader_finds_needles_beyond_its_window_with_yarn_and_not_without(tiny, tmp_path):
    found = {}
    for extension in ("none", "yarn", "dual_chunk"):
        model = tiny.model_copy(update={"extension": extension})
        subject = InContext(model, extension)
        results = results_of(subject, NeedleTest((512, 2048), samples=1, seed=SEED), tmp_path)
        for length in (512, 2048):
            chosen = [r for r in results if r.trial.length == length]
            found[extension, length] = sum(r.right for r in chosen) / len(chosen)
            # As long as was wanted, counted by the model itself, and the answer fits beside it.
            assert all(length - 130 <= r.input_tokens + ANSWER_TOKENS <= length for r in chosen)
        assert all(r.score.cited is None for r in results)
    assert min(found["none", 512], found["yarn", 512], found["dual_chunk", 512]) >= 0.8
    assert found["none", 2048] <= 0.6
    assert min(found["yarn", 2048], found["dual_chunk", 2048]) >= 0.8


def test_a_haystack_longer_than_the_window_is_a_failure_with_its_numbers(tiny, tmp_path):
    test = NeedleTest((512, 4096), depths=(0.5,), samples=1)
    short, long = results_of(InContext(tiny), test, tmp_path)
    assert not short.failure
    assert "tiny_reader failed" in long.failure
    assert "2,048" in long.failure


@pytest.mark.parametrize("code", languages())
def test_the_quoting_reader_finds_needles_of_every_language_and_cites_their_place(code, tmp_path):
    subject = ThroughAgent("sweep", tmp_path / "library")
    test = NeedleTest((3_000,), samples=1, distractors=0, languages=(code,), alone=True)
    results = results_of(subject, test, tmp_path)
    assert len(results) == 5
    assert all(r.right and r.cited and r.paged and r.share_read == 1 for r in results)


def test_several_needles_are_all_found_by_a_sweep(tmp_path):
    subject = ThroughAgent("sweep", tmp_path / "library")
    results = results_of(subject, NeedleTest((5_000,), kinds=("many",), samples=1), tmp_path)
    assert all(r.score.found == 3 and r.places == 3 and r.cited for r in results)


def test_the_library_is_empty_again_once_all_is_done(tmp_path):
    subject = ThroughAgent("retrieve", tmp_path / "library")
    results_of(subject, NeedleTest((500,), samples=2), tmp_path)
    assert subject._library.documents() == []


def test_a_model_that_says_it_is_not_there_is_right_only_where_it_is_not(tmp_path):
    model = ScriptedChatModel(reply=lambda _: "NONE")
    subject = ThroughAgent("sweep", tmp_path / "library", model)
    test = NeedleTest((500,), depths=(0.5,), kinds=("one", "none"), samples=1)
    there, absent = results_of(subject, test, tmp_path)
    assert (there.right, there.answered, there.cited) == (False, False, False)
    assert (absent.right, absent.answered, absent.trial.depth) == (True, False, None)


def test_the_document_of_a_prompt_comes_first_and_the_question_after_it(tmp_path):
    model = ScriptedChatModel(reply=lambda _: "It is not said.")
    results_of(InContext(model), NeedleTest((400,), depths=(0.5,), samples=1), tmp_path)
    (prompt,) = model.prompts
    document, question = prompt.rsplit("\n\n", 1)
    assert question.startswith("What is the magic number of ")
    assert document.count("The magic number of ") == 4
