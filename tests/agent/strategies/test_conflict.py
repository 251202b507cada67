"""Quotes that contradict each other are read again, together with what stands around them."""

import re

import pytest

from agent import Budget, Library, ask
from agent.conflict import take_conflict
from agent.document import Span
from agent.errors import ReaderError
from agent.events import Climbed, Planned
from agent.evidence import Evidence
from agent.readers.chat import ChatReader
from tests.agent.strategies.planted import FILLER, Rule, answer_of, model
from tests.make import make_document

OLD, NEW = "The bridge carries 40 tons.", "The bridge carries 25 tons."
WITHDRAWN = "The figure in the first chapter is withdrawn."
QUESTION = "How many tons does the bridge carry?"
REASON = "The quotes [1] and [2] contradict each other, so their pages are read together"


def bridges():
    """Return 20 pages; page 3 says one thing, page 17 another and why."""
    pages = [f"{number}. {FILLER * 8}\n\n" for number in range(1, 21)]
    pages[2] += f"{OLD} {FILLER * 6}\n\n"
    pages[16] += f"{FILLER * 6} {NEW} {WITHDRAWN}\n\n"
    return make_document(*pages, name="bridges.txt")


class Torn(Rule):
    """Sees why only where both stand before it."""

    def __call__(self, prompt):
        sees_both = OLD in prompt and NEW in prompt
        self.pattern = r"The bridge carries \d+ tons\."
        if "Copy out" in prompt and sees_both:
            self.pattern += "|The figure[^.]*withdrawn[.]"
        reply = super().__call__(prompt)
        if prompt.startswith("Numbered quotes") and sees_both:
            marks = dict(re.findall(r"^(.*) \[(\d+)\]$", reply, re.MULTILINE))
            if WITHDRAWN in marks:
                return f"25 tons [{marks[NEW]}]; 40 was withdrawn [{marks[WITHDRAWN]}]."
            return f"The quotes differ [1][2].\n\n**CONFLICT:** [{marks[OLD]}] [{marks[NEW]}]"
        return reply


@pytest.fixture
def library(tmp_path):
    held = Library(tmp_path / "home")
    held.keep(bridges())
    return held


def events_of(library, rule, window_tokens=700, **settings):
    reader = ChatReader(model(rule), window_tokens=window_tokens)
    settings |= {"library": library, "model": reader, "strategy": "sweep"}
    return list(ask(QUESTION, bridges(), **settings))


def test_they_are_read_together_and_the_answer_written_anew(library):
    rule = Torn()
    events = events_of(library, rule)
    answer = answer_of(events)
    assert "25 tons" in answer.text
    assert "withdrawn" in answer.text
    assert "CONFLICT" not in answer.text
    assert {c.quote for c in answer.citations} == {OLD, NEW, WITHDRAWN}
    assert answer.citations[-1].page == 17
    assert REASON in [event.reason for event in events if isinstance(event, Climbed)]
    assert "read together" in [step.name for step in answer.coverage.steps]
    assert answer.usage.calls == len(rule.acts)


def test_pages_too_long_for_a_window_are_read_by_the_passages_with_the_quotes(library):
    rule = Torn()
    answer = answer_of(events_of(library, rule, window_tokens=560))
    assert WITHDRAWN in {c.quote for c in answer.citations}


def test_a_conflict_that_stays_is_read_together_once_and_said(library):
    class Stubborn(Torn):
        def __call__(self, prompt):
            reply = super().__call__(prompt)
            is_answer = prompt.startswith("Numbered quotes")
            return "They differ [1][2].\nCONFLICT [1] [2]" if is_answer else reply

    rule = Stubborn()
    answer = answer_of(events_of(library, rule))
    assert rule.count("Numbered quotes") == 2
    assert answer.text == "They differ [1][2]."
    assert {c.quote for c in answer.citations} >= {OLD, NEW}


def test_a_budget_that_has_ended_reads_nothing_again(library, tmp_path):
    (planned, *_) = [e for e in events_of(library, Torn()) if isinstance(e, Planned)]
    other = Library(tmp_path / "other")
    other.keep(bridges())
    rule = Torn()
    answer = answer_of(events_of(other, rule, budget=Budget(calls=planned.readings + 1)))
    assert rule.count("Copy out") == planned.readings
    assert answer.text == "The quotes differ [1][2]."
    assert answer.partial == f"{planned.readings + 1} calls"


def test_where_they_cannot_be_read_together_both_sides_stand(library):
    def broken(prompt):
        together = "Copy out" in prompt and OLD in prompt and NEW in prompt
        return ReaderError("broken") if together else None

    events = events_of(library, Torn(fails=broken))
    answer = answer_of(events)
    assert answer.text == "The quotes differ [1][2]."
    reasons = [event.reason for event in events if isinstance(event, Climbed)]
    assert reasons[-1].startswith("They could not be read together (")
    assert {c.quote for c in answer.citations} == {OLD, NEW}


DOCUMENT = make_document("abc")
EVIDENCE = [Evidence(DOCUMENT, Span(DOCUMENT.id, n, n + 1)) for n in range(3)]


@pytest.mark.parametrize(
    ("text", "left", "numbers"),
    [
        ("It is 1 [1].\nCONFLICT [1] [3]", "It is 1 [1].", (0, 2)),
        ("**CONFLICT:** [2], [1].\nIt is 1.", "It is 1.", (1, 0)),
        ("CONFLICT [2] and [3]", "These quotes contradict each other: [2] [3]", (1, 2)),
        ("It is.\nCONFLICT [1]", "It is.", ()),
        ("It is.\nCONFLICT [1] [1] [9]", "It is.", ()),
        ("The CONFLICT [1] [2] began in May.", "The CONFLICT [1] [2] began in May.", ()),
        ("CONFLICT of interest [1] [2]", "CONFLICT of interest [1] [2]", ()),
    ],
)
def test_the_line_is_taken_out_and_its_numbers_are_checked(text, left, numbers):
    assert take_conflict(text, EVIDENCE) == (left, [EVIDENCE[number] for number in numbers])
