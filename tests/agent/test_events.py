"""Progress is a fold of the events."""

import pytest

from agent.coverage import Coverage
from agent.document import Span
from agent.events import (
    Added,
    Answered,
    Climbed,
    Drafted,
    Indexing,
    Parsing,
    Planned,
    Read,
    Refused,
    Searched,
    Working,
    Wrote,
)
from agent.evidence import Answer, Evidence, Usage
from agent.progress import Progress
from tests.make import make_document

DOCUMENT = make_document("The dam held.")
EVIDENCE = Evidence(DOCUMENT, Span(DOCUMENT.id, 0, 13))
ANSWER = Answer("q", "It held [1].", True, "r", "s", (), 0, Coverage(), Usage(), 0.1)


def test_progress_follows_the_events():
    states = [Progress()]
    for event in (
        Refused("b.doc", "is old"),
        Parsing("a.pdf", 3, 9),
        Indexing("a.pdf", 500, 700),
        Added("id", "a.pdf", 9, 100, reused=False),
        Searched(()),
        Read(4, (EVIDENCE,), 1),
        Read(2, (), 0, failure="down"),
        Wrote("It "),
        Drafted(ANSWER),
        Climbed("More is read"),
        Planned("sweep", 2, 7, 900),
        Working(),
        Wrote("held"),
        Answered(ANSWER),
    ):
        states.append(states[-1].after(event))
    assert [(s.stage, s.done, s.total) for s in states] == [
        ("", 0, 0),
        ("", 0, 0),
        ("Reading in a.pdf", 3, 9),
        ("Indexing a.pdf", 500, 700),
        ("a.pdf is ready", 9, 9),
        ("Reading 0 passages", 0, 0),
        ("Reading 0 passages", 4, 0),
        ("Reading 0 passages", 6, 0),
        ("Answering", 6, 0),
        ("Answering", 6, 0),
        ("More is read", 0, 0),
        ("Reading 7 passages, 900 tokens", 0, 7),
        ("Reading 7 passages, 900 tokens", 0, 7),
        ("Answering", 0, 7),
        ("Done", 0, 7),
    ]
    assert states[-1].refused == (("b.doc", "is old"),)
    assert states[-1].evidence == (EVIDENCE,)
    assert states[8].text == "It "
    assert (states[9].text, states[9].answer) == ("", ANSWER)
    assert states[-2].text == "held"
    assert states[-1].text == "It held [1]."
    assert states[-1].answer is ANSWER


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (9.9, ""),
        (10, ", less than a minute"),
        (50, ", about 1 minute"),
        (600, ", about 10 minutes"),
    ],
)
def test_how_long_a_reading_is_expected_to_take_is_said_where_it_is_long(seconds, said):
    state = Progress().after(Planned("sweep", 2, 7, 900, seconds))
    assert state.stage == f"Reading 7 passages, 900 tokens{said}"
