"""Retrieve reads what searching found, and of short passages what stands around them."""

import pytest

from agent import Library, ask
from agent.document import Heading
from agent.events import Searched
from tests.agent.strategies.planted import Rule, answer_of, model
from tests.make import make_document

FILLER = "The river was low that week and the fields were dry, as they often are in summer. "


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


def test_a_short_passage_is_read_with_its_section_and_each_passage_once(library):
    start = f"Gate 40 was painted ochre. No other paint was left. {FILLER * 15}\n\n"
    short = "Nobody liked its colour, the mayor least.\n\n"
    text = f"{FILLER * 60}\n\n{start}{short}{FILLER * 60}"
    at = text.index("Gate 40")
    headings = (
        Heading(1, "Weather", 0),
        Heading(1, "Paint", at),
        Heading(1, "More weather", at + len(start) + len(short)),
    )
    document = make_document(text, name="paint.txt", headings=headings)
    library.keep(document)
    rule = Rule()
    events = list(
        ask("Nobody liked colour mayor", document, library=library, model=model(rule),
            strategy="retrieve")
    )  # fmt: skip
    (searched,) = [event for event in events if isinstance(event, Searched)]
    first = searched.hits[0].passage
    assert "Nobody liked its colour" in text[first.span.start : first.span.end]
    assert first.tokens < 100
    found = [text[hit.passage.span.start : hit.passage.span.end] for hit in searched.hits]
    assert not [passage for passage in found if "Gate 40" in passage]
    assert [passage for passage in rule.read if "Gate 40" in passage]
    assert [c.quote for c in answer_of(events).citations] == ["Gate 40 was painted ochre."]
    assert len(rule.read) == len(set(rule.read))
