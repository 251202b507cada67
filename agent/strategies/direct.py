"""The whole of the documents at once, where they fit what the reader takes: nothing is searched.

The documents come first in the prompt and the question last, so that a model that keeps what it has
read answers the next question about them without reading them again.
"""

from collections.abc import Iterator

from agent.errors import QuestionError
from agent.events import Event
from agent.reading import near_best, plan, read_groups
from agent.run import Run
from agent.writing import write_answer


def direct(run: Run) -> Iterator[Event]:
    """Yield `Planned`, one `Read`, `Wrote` pieces and `Answered`.

    Raises:
        QuestionError: if the documents are too long for that; says by how much.
    """
    tokens, most = run.library.tokens(run.documents), run.reader.direct_tokens
    if tokens > most:
        raise QuestionError(
            f"The documents hold {tokens:,} tokens, more than the {most:,} that {run.reader.name} "
            "reads well at once; choose the strategy sweep, retrieve or auto.",
        )
    whole = [excerpt for window in run.windows(most) for excerpt in window]
    yield plan(run, [whole], "direct")
    found = yield from read_groups(run, [whole], "direct")
    yield from write_answer(run, near_best(found.evidence), "direct")
