"""A sweep reads every passage once, loses no finding, and survives what fails on the way."""

import asyncio
import threading
import time
from contextlib import closing

import pytest
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from agent import Budget, Library, ask
from agent.errors import ReaderError
from agent.events import Planned, Read, Working
from agent.readers.chat import ChatReader
from model.scripted import ScriptedChatModel
from tests.agent.strategies.planted import FINDINGS, QUESTION, Rule, answer_of, model, planted

WINDOW_TOKENS = 900


@pytest.fixture
def library(tmp_path):
    held = Library(tmp_path / "home")
    held.keep(planted())
    return held


def sweep(library, rule, question=QUESTION, *, window_tokens=WINDOW_TOKENS, at_once=8, **settings):
    reader = ChatReader(model(rule), window_tokens=window_tokens, at_once=at_once)
    return ask(question, planted(), library=library, model=reader, strategy="sweep", **settings)


def test_every_passage_is_read_once_and_every_finding_reaches_the_answer(library):
    rule = Rule()
    events = list(sweep(library, rule))
    answer = answer_of(events)
    passages = library.passages(planted().id)
    texts = [planted().text[p.span.start : p.span.end].strip() for p in passages]
    assert sorted(rule.read) == sorted(texts)
    assert [c.quote for c in answer.citations] == FINDINGS
    assert [c.page for c in answer.citations] == [3, 9, 15, 21, 27, 33]
    assert all(f"{quote} [{n}]" in answer.text for n, quote in enumerate(FINDINGS, start=1))
    assert answer.coverage.is_complete
    assert answer.coverage.sentence == "Read 40 of 40 pages"
    (plan,) = [event for event in events if isinstance(event, Planned)]
    assert rule.count("Copy out") == plan.readings > 10
    assert plan.tokens == answer.coverage.tokens_total == library.tokens([planted().id])
    assert len(rule.acts) == answer.usage.calls == plan.readings + 1


def test_findings_that_fill_more_than_a_window_are_merged_and_none_is_lost(library):
    rule = Rule(pattern=r"\d+\. The river was low that week")
    answer = answer_of(sweep(library, rule, window_tokens=300))
    assert len(answer.citations) == 40
    assert all(f"[{n}]" in answer.text for n in range(1, 41))
    parts = rule.count("Numbered quotes")
    assert parts > 2
    assert rule.count("Partial answers") >= 1
    windows = rule.count("Copy out")
    assert answer.usage.calls == windows + parts + rule.count("Partial answers")


def test_a_window_that_fails_twice_fails_alone_and_its_pages_are_named(library):
    rule = Rule(
        fails=lambda p: TimeoutError("too slow") if "Gate 13" in p and "Copy" in p else None
    )
    events = list(sweep(library, rule))
    answer = answer_of(events)
    assert [c.quote for c in answer.citations] == [f for f in FINDINGS if "Gate 13" not in f]
    (failed,) = [e for e in events if isinstance(e, Read) and e.failure]
    assert failed.failure == "scripted failed: too slow"
    assert answer.coverage.failed == failed.passages > 0
    assert "reading failed on pages: 1" in answer.coverage.sentence
    (gates,) = answer.coverage.documents
    assert any(s.first <= 15 <= s.last for s in gates.stretches if s.state == "failed")
    assert gates.used == (3, 9, 21, 27, 33)
    again = answer_of(sweep(library, rule := Rule()))  # only what had failed is read
    assert rule.count("Copy out") == 1
    assert again.coverage.failed == 0


def test_what_fails_once_is_read_once_more(library):
    failed = []

    def fail_first(prompt):
        if "Gate 12" in prompt and "Copy out" in prompt and not failed:
            failed.append(True)
            return ConnectionError("restarting")
        return None

    answer = answer_of(sweep(library, Rule(fails=fail_first)))
    assert failed
    assert [c.quote for c in answer.citations] == FINDINGS
    assert answer.coverage.is_complete


def test_windows_too_long_for_the_model_are_read_in_parts(library):
    rule = Rule(fails=lambda p: ContextOverflowError("too long") if len(p) > 2_500 else None)
    answer = answer_of(sweep(library, rule))
    assert answer.coverage.is_complete
    assert [c.quote for c in answer.citations] == FINDINGS


def test_where_everything_fails_it_ends_soon_with_one_sentence(library):
    rule = Rule(fails=lambda _: ConnectionError("connection refused"))
    with pytest.raises(ReaderError, match="scripted failed: connection refused"):
        list(sweep(library, rule))
    assert len(rule.acts) < 40


def test_the_same_question_again_costs_no_call(library):
    first = answer_of(sweep(library, Rule()))
    rule = Rule()
    again = answer_of(sweep(Library(library.home), rule))
    assert rule.acts == []
    assert again.usage.calls == 0
    assert (again.text, again.citations) == (first.text, first.citations)
    assert again.coverage == first.coverage
    answer_of(sweep(library, rule, "Which gate was painted last?"))
    assert rule.count("Copy out") > 10


def test_a_run_that_was_closed_goes_on_where_it_was(library):
    rule = Rule()
    with closing(sweep(library, rule, at_once=2)) as events:
        for event in events:
            if isinstance(event, Read):
                break
    again = Rule()
    (plan,) = [event for event in sweep(library, again) if isinstance(event, Planned)]
    assert 1 <= rule.count("Copy out") < plan.readings
    begun = rule.count("Copy out") + again.count("Copy out")
    assert begun <= plan.readings + 2  # what was under way
    assert set(rule.read) | set(again.read) == {
        planted().text[p.span.start : p.span.end].strip() for p in library.passages(planted().id)
    }


def test_a_removed_document_leaves_no_reading(library):
    answer_of(sweep(library, Rule()))
    library.remove(planted().id)
    kept = b"".join(path.read_bytes() for path in library.home.iterdir())
    assert b"was painted" not in kept


def test_when_a_budget_ends_the_answer_so_far_comes_out(library):
    rule = Rule()
    answer = answer_of(sweep(library, rule, budget=Budget(calls=1)))
    assert answer.partial == "1 calls"
    assert not answer.coverage.is_complete
    assert 1 <= rule.count("Copy out") <= 9  # what was under way is still taken in
    (gates,) = answer.coverage.documents
    assert gates.count("unread") > 0
    assert answer_of(sweep(library, Rule(), budget=Budget(seconds=0))).partial == "0 seconds"
    other = sweep(library, Rule(), "Which gate?", budget=Budget(tokens=10))
    assert answer_of(other).partial == "10 tokens"


class Slow(ScriptedChatModel):
    """Takes a minute for each answer, which ends when the task is cancelled."""

    reply: object = staticmethod(lambda _: "NONE")
    under_way: list = []  # noqa: RUF012  # a field of the model
    most: list = []  # noqa: RUF012

    async def _astream(self, *_arguments, **_settings):
        self.under_way.append(1)
        self.most.append(len(self.under_way))
        try:
            await asyncio.sleep(60)
        finally:
            self.under_way.pop()
        yield ChatGenerationChunk(message=AIMessageChunk(content="NONE"))


def test_closing_stops_all_that_is_under_way_soon(library):
    slow = Slow(under_way=[], most=[])
    reader = ChatReader(slow, window_tokens=WINDOW_TOKENS, at_once=3)
    events = ask(QUESTION, planted(), library=library, model=reader, strategy="sweep")
    while not (isinstance(next(events), Working) and len(slow.under_way) == 3):
        pass
    began = time.monotonic()
    events.close()
    assert time.monotonic() - began < 2
    assert slow.under_way == []
    assert max(slow.most) == 3
    assert not [t for t in threading.enumerate() if t.name.startswith("reading")]


def test_the_pace_of_the_last_run_prices_the_next(library):
    answer_of(sweep(library, Rule()))
    plans = [e for e in sweep(library, Rule(), "Which?") if isinstance(e, Planned)]
    pace = plans[0].tokens / plans[0].seconds
    reader = ChatReader(model(Rule()), window_tokens=WINDOW_TOKENS)
    assert pace > 0
    assert library.readings.tokens_per_second(reader.identity) is not None
