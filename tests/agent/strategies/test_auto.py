"""Auto takes the cheapest way that serves, and says in one line why it climbs."""

import json

import pytest

from agent import Budget, Library, ask
from agent.events import Climbed, Drafted, Planned, Read, Wrote
from agent.evidence import Sentence
from agent.readers.chat import ChatReader
from agent.strategies.auto import ASKS_FOR_ALL, LEADS_ON
from tests.agent.strategies.planted import (
    FILLER,
    FINDINGS,
    QUESTION,
    Rule,
    answer_of,
    model,
    planted,
)
from tests.make import make_document

SHORT = make_document("Gate 7 was painted grey. It rained.", name="short.txt")


@pytest.fixture
def library(tmp_path):
    held = Library(tmp_path / "home")
    for document in (planted(), SHORT):
        held.keep(document)
    return held


def auto(library, rule, question, document=None, **settings):
    reader = ChatReader(model(rule), window_tokens=900)
    return list(ask(question, document or planted(), library=library, model=reader, **settings))


def test_a_document_that_fits_is_read_whole_at_once(library):
    rule = Rule()
    answer = answer_of(auto(library, rule, QUESTION, SHORT))
    assert answer.strategy == "direct"
    assert answer.coverage.is_complete
    assert rule.acts == ["Copy out", "Numbered quotes"]
    assert answer.text.strip() == "Gate 7 was painted grey. [1]"


def test_a_fact_that_searching_finds_needs_no_more(library):
    rule = Rule(pattern=r"Gate 13 was painted \w+\.")
    events = auto(library, rule, "In which colour was gate 13 painted?")
    answer = answer_of(events)
    assert answer.strategy == "retrieve"
    assert answer.text.strip() == "Gate 13 was painted green. [1]"
    assert not [event for event in events if isinstance(event, Climbed | Drafted)]
    assert not answer.coverage.is_complete
    assert [step.name for step in answer.coverage.steps] == ["search", "retrieve"]


def test_where_searching_does_not_answer_every_page_is_read(library):
    rule = Rule(pattern=r"\b37\. The river was low")
    events = auto(library, rule, "Who sold the barley?")
    answer = answer_of(events)
    assert answer.strategy == "sweep"
    assert answer.coverage.is_complete
    assert [c.page for c in answer.citations] == [37]
    (climbed,) = [event for event in events if isinstance(event, Climbed)]
    assert climbed.reason == (
        "The passages found by searching do not answer this, so every page is read"
    )
    (draft,) = [event.answer for event in events if isinstance(event, Drafted)]
    assert not draft.answered
    order = [type(event) for event in events if isinstance(event, Planned | Drafted | Climbed)]
    assert order == [Planned, Drafted, Climbed, Planned]
    assert answer.usage.calls == len(rule.acts)


GREEN, RIVER = "Gate 13 was painted green.", "37. The river was low"
TURN_TO_37 = {"action": "read", "looking_for": "What of the river?", "document": 1}
TURN_TO_37 |= {"first_page": 37, "last_page": 37}


def test_what_names_no_source_or_a_number_not_there_is_told_sentence_by_sentence(library):
    class Embroidering(Rule):
        def __call__(self, prompt):
            reply = super().__call__(prompt)
            more = " It was done in 1887 [1]. All were content."
            return reply + more if prompt.startswith("Numbered quotes") else reply

    answer = answer_of(auto(library, Embroidering(), QUESTION, SHORT))
    assert answer.sentences == (
        Sentence("Gate 7 was painted grey. [1]", (1,)),
        Sentence("It was done in 1887 [1].", (1,), ("1887",)),
        Sentence("All were content.", ()),
    )


class LedOn(Rule):
    """Cannot answer from the gate alone, which leads it to page 37."""

    def __call__(self, prompt):
        if "Choose the next step" in prompt:
            self.acts.append("Choose the next step")
            has_read = "What of the river?" in prompt
            return json.dumps(TURN_TO_37 | {"action": "answer"} if has_read else TURN_TO_37)
        reply = super().__call__(prompt)
        return "NOT FOUND" if prompt.startswith("Numbered quotes") and RIVER not in reply else reply


def test_quotes_that_lead_on_are_followed_before_every_page_is_read(library):
    rule = LedOn(pattern=f"{GREEN}|\\b{RIVER}")
    events = auto(library, rule, "In which colour was gate 13 painted?")
    answer = answer_of(events)
    assert answer.strategy == "reason"
    assert [c.page for c in answer.citations] == [37]
    assert [look.where for look in answer.trail] == ["gates.txt, page 37"]
    assert [event.reason for event in events if isinstance(event, Climbed)] == [LEADS_ON]
    assert not answer.coverage.is_complete


def test_where_they_lead_nowhere_every_page_is_read(library):
    class Lost(LedOn):
        def __call__(self, prompt):
            reply = super().__call__(prompt)
            return "NOT FOUND" if prompt.startswith("Numbered quotes") else reply

    answer = answer_of(auto(library, Lost(), "In which colour was gate 13 painted?"))
    assert (answer.answered, answer.strategy) == (False, "sweep")
    assert answer.coverage.is_complete
    assert len(answer.trail) == 1


def test_not_found_after_a_sweep_is_an_answer_with_its_coverage(library):
    answer = answer_of(auto(library, Rule(pattern="no such words"), "Who sold the barley?"))
    assert not answer.answered
    assert answer.coverage.sentence == "Read 40 of 40 pages"
    assert answer.citations == ()


def test_a_question_for_everything_is_swept_at_once(library):
    events = auto(library, Rule(), "List all gates and their colours")
    answer = answer_of(events)
    assert [c.quote for c in answer.citations] == FINDINGS
    assert [event.reason for event in events if isinstance(event, Climbed)] == [ASKS_FOR_ALL]
    first = next(event for event in events if isinstance(event, Planned))
    assert first.step == "sweep"


def test_it_is_answered_by_a_list_in_a_short_document_too(library):
    events = auto(library, Rule(), "List all gates", SHORT)
    answer = answer_of(events)
    assert (answer.strategy, [item.label for item in answer.items]) == (
        "sweep",
        ["Gate 7 was painted grey."],
    )
    assert not [event for event in events if isinstance(event, Climbed)]


def test_a_budget_that_ends_keeps_it_from_climbing(library):
    events = auto(
        library, Rule(pattern="no such words"), "Who sold the barley?", budget=Budget(calls=1)
    )
    answer = answer_of(events)
    assert (answer.strategy, answer.partial, answer.answered) == ("retrieve", "1 calls", False)


def test_the_quoting_reader_climbs_as_well(library):
    long = make_document(planted().text, FILLER * 900, "It was the 4th of May.", name="long.txt")
    library.keep(long)
    events = list(ask("Which dragons guard glaciers?", long, library=library))
    answer = answer_of(events)
    assert (answer.answered, answer.strategy) == (False, "sweep")
    assert answer.coverage.is_complete
    assert not [event for event in events if isinstance(event, Read) and event.failure]
    found = list(ask("In which colour was gate 13 painted?", long, library=library))
    assert "Gate 13 was painted green." in answer_of(found).text
    assert [event for event in found if isinstance(event, Wrote)]
