"""Answers are written in the question's language, from all the evidence."""

import pytest

from agent import Library, ask
from agent.events import Climbed
from agent.progress import Progress
from agent.writing import DRIFTED
from tests.agent.strategies.planted import answer_of, model
from tests.make import make_document

TEXT = make_document("The station was rebuilt by the engineer Ida Korhonen in 1974.", name="s.txt")
QUESTION = "Who was it that rebuilt the station of the town?"
FOREIGN = "泵站是由工程师在一九七四年重建的，费用由市政府承担 [1]。"


@pytest.fixture
def library(tmp_path):
    held = Library(tmp_path / "home")
    held.keep(TEXT)
    return held


def drifting(times, prompts):
    def reply(prompt):
        if "Copy out" in prompt:
            return '[1] "Ida Korhonen"'
        prompts.append(prompt)
        return FOREIGN if len(prompts) <= times else "It was Ida Korhonen [1]."

    return model(reply)


def test_an_answer_in_another_language_is_asked_for_once_more(library):
    prompts = []
    events = list(ask(QUESTION, TEXT, library=library, model=drifting(1, prompts)))
    assert [event.reason for event in events if isinstance(event, Climbed)] == [DRIFTED]
    assert "in the language of the question" in prompts[0]
    assert "in English, the language of the question, and in no other" in prompts[1]
    answer = answer_of(events)
    assert answer.text == "It was Ida Korhonen [1]."
    assert answer.usage.calls == 3
    progress = Progress()
    for event in events[:-1]:
        progress = progress.after(event)
    assert progress.text.strip() == "It was Ida Korhonen [1]."  # the foreign one is not shown on


def test_it_is_asked_for_once_only(library):
    prompts = []
    answer = answer_of(ask(QUESTION, TEXT, library=library, model=drifting(9, prompts)))
    assert len(prompts) == 2
    assert answer.text == FOREIGN
