"""Read every window for the question, many at once: for what may stand anywhere, or everywhere.

The windows cover the documents exactly once, so that after a sweep "it is not there" is known.
"""

from collections.abc import Iterator

from agent.events import Event
from agent.reading import near_best, plan, read_groups
from agent.run import Run
from agent.writing import write_answer


def sweep(run: Run) -> Iterator[Event]:
    """Yield `Planned`, a `Read` for each window, `Wrote` pieces and `Answered`.

    The whole of what was found reaches the answer, in reading order; of a reader that can tell how
    well a quote answers, what answers nearly as well as the best does.
    """
    windows = run.windows(run.reader.window_tokens)
    yield plan(run, windows, "sweep")
    found = yield from read_groups(run, windows, "sweep")
    yield from write_answer(run, near_best(found.evidence), "sweep")
