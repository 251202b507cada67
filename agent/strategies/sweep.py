"""Read every window for the question, many at once: for what may stand anywhere, or everywhere.

The windows cover the documents exactly once, so that after a sweep "it is not there" is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from agent.events import Answered, Event, Wrote
from agent.evidence import Excerpt
from agent.items import items_text, merge_items
from agent.question import asks_for_all
from agent.readers.base import Written
from agent.reading import in_reading_order, near_best, plan, read_groups
from agent.run import Run
from agent.writing import write_answer


def sweep(run: Run) -> Iterator[Event]:
    """Yield `Planned`, a `Read` for each window, `Wrote` pieces and `Answered`.

    The whole of what was found reaches the answer, in reading order; of a reader that can tell how
    well a quote answers, what answers nearly as well as the best does. A question for everything
    of a kind is answered by a list of the items, each with its quotes.
    """
    windows = run.windows(run.reader.window_tokens)
    yield plan(run, windows, "sweep")
    if asks_for_all(run.question):
        yield from _list_all(run, windows)
        return
    found = yield from read_groups(run, windows, "sweep")
    yield from write_answer(run, near_best(found.evidence), "sweep")


def _list_all(run: Run, windows: Sequence[Sequence[Excerpt]]) -> Iterator[Event]:
    """Collect the items of every window; merging and counting them is code's work."""
    reads = partial(run.reader.list_items, run.question)
    found = yield from read_groups(run, windows, "sweep", reads)
    if not found.evidence:
        yield from write_answer(run, [], "sweep")
        return
    evidence = in_reading_order(found.evidence, run.documents)
    items = merge_items(evidence)
    text = items_text(items)
    yield Wrote(text)
    written = Written(answered=True, verbatim=True)
    yield Answered(replace(run.answer(text, written, evidence, "sweep"), items=items))
