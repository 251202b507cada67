"""Search, read the best passages, answer from the quotes found: for facts in one place."""

from collections.abc import Iterator, Sequence

from agent.events import Event, Searched
from agent.evidence import Excerpt
from agent.index.base import Hit
from agent.reading import plan, read_groups
from agent.run import Run, group_excerpts
from agent.writing import write_answer

PASSAGES = 16  # about 4,000 tokens: what a 7B model reads well at once


def retrieve(run: Run) -> Iterator[Event]:
    """Yield `Searched`, a `Read` for each group of passages, `Wrote` pieces and `Answered`."""
    hits = tuple(run.library.search(run.question, run.documents, PASSAGES))
    run.ledger.searched()
    yield Searched(hits)
    groups = group_excerpts(_excerpts(run, hits), run.reader.window_tokens)
    yield plan(run, groups, "retrieve")
    found = yield from read_groups(run, groups, "retrieve")
    yield from write_answer(run, found.evidence, "retrieve")


def _excerpts(run: Run, hits: Sequence[Hit]) -> list[Excerpt]:
    documents = {document.id: document for document, _ in run.ledger.documents}
    return [
        Excerpt(documents[hit.passage.span.document], hit.passage, dict(hit.weights))
        for hit in hits
    ]
