"""The cheapest way of reading that can serve, and dearer ones while it does not carry the answer.

Whole documents that fit are read at once; longer ones are searched. Where the search found quotes
that lead on but do not answer, it goes on step by step; documents are read whole only where that
did not answer either, or where the question asks for everything there is.
"""

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final

from agent.events import Answered, Climbed, Drafted, Event, Read
from agent.evidence import Answer
from agent.marks import UNMARKED
from agent.question import asks_for_all
from agent.run import Run
from agent.strategies.direct import direct
from agent.strategies.reason import reason
from agent.strategies.retrieve import retrieve
from agent.strategies.sweep import sweep

ASKS_FOR_ALL: Final = "The question asks for everything there is, so every page is read"
LEADS_ON: Final = (
    "The passages found do not answer this but may lead on, so it is looked for step by step"
)


def auto(run: Run) -> Iterator[Event]:
    """Yield the events of each way tried; each but the last ends in `Drafted`, then `Climbed`."""
    fits = run.library.tokens(run.documents) <= run.reader.window_tokens
    if asks_for_all(run.question):
        if not fits:
            yield Climbed(ASKS_FOR_ALL)
        yield from sweep(run)
        return
    if fits:
        yield from direct(run)
        return
    answer, quotes = yield from _held_back(retrieve(run))
    if quotes and not answer.answered and run.may_go_on():
        yield Drafted(answer)
        yield Climbed(LEADS_ON)
        answer, _ = yield from _held_back(reason(run))
    lack = _lacks(answer)
    if not lack or not run.may_go_on():
        yield Answered(replace(answer, partial=run.partial))
        return
    yield Drafted(answer)
    yield Climbed(lack)
    yield from sweep(run)


def _held_back(events: Iterator[Event]) -> Generator[Event, None, tuple[Answer, int]]:
    """Pass events on but the last one; return its answer, and how many quotes there were."""
    quotes = 0
    for event in events:
        if isinstance(event, Answered):
            return event.answer, quotes
        if isinstance(event, Read):
            quotes += len(event.evidence)
        yield event
    raise AssertionError("every strategy ends with Answered")


def _lacks(answer: Answer) -> str:
    """Return why an answer does not stand, in one line; empty if it does."""
    if not answer.answered:
        return "The passages found by searching do not answer this, so every page is read"
    if UNMARKED in answer.text:
        return "The answer found by searching rests on no quote, so every page is read"
    return ""
