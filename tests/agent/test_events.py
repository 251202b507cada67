"""Progress is a fold of the events."""

from agent.document import Span
from agent.events import Added, Answered, Parsing, Progress, Read, Refused, Searched, Wrote
from agent.evidence import Answer, Coverage, Evidence, Usage
from tests.make import make_document

DOCUMENT = make_document("The dam held.")
EVIDENCE = Evidence(DOCUMENT, Span(DOCUMENT.id, 0, 13))
ANSWER = Answer("q", "It held [1].", True, "r", "s", (), 0, Coverage(), Usage(), 0.1)


def test_progress_follows_the_events():
    states = [Progress()]
    for event in (
        Refused("b.doc", "is old"),
        Parsing("a.pdf", 3, 9),
        Added("id", "a.pdf", 9, 100, reused=False),
        Searched(()),
        Read(4, (EVIDENCE,), 1),
        Read(2, (), 0, failure="down"),
        Wrote("It "),
        Wrote("held"),
        Answered(ANSWER),
    ):
        states.append(states[-1].after(event))
    assert [(s.stage, s.done, s.total) for s in states] == [
        ("", 0, 0),
        ("", 0, 0),
        ("Reading in a.pdf", 3, 9),
        ("a.pdf is ready", 9, 9),
        ("Reading 0 passages", 0, 0),
        ("Reading 0 passages", 4, 0),
        ("Reading 0 passages", 6, 0),
        ("Answering", 6, 0),
        ("Answering", 6, 0),
        ("Done", 6, 0),
    ]
    assert states[-1].refused == (("b.doc", "is old"),)
    assert states[-1].evidence == (EVIDENCE,)
    assert states[-2].text == "It held"
    assert states[-1].text == "It held [1]."
    assert states[-1].answer is ANSWER
