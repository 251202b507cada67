"""Search, read the best passages, answer from the quotes found: for facts in one place."""

from collections.abc import Iterator, Sequence
from typing import Final

from agent.document import Span
from agent.events import Event, Searched
from agent.evidence import Excerpt
from agent.index.base import Hit
from agent.passage import Passage
from agent.querying import search
from agent.reading import plan, read_groups
from agent.run import Run, group_excerpts
from agent.writing import write_answer

PASSAGES: Final = 16  # about 4,000 tokens: what a 7B model reads well at once
# A shorter passage, such as the last line of a section, does not carry its sense alone.
_LEAST_TOKENS: Final = 100


def retrieve(run: Run) -> Iterator[Event]:
    """Yield `Looking` for other words, `Searched`, `Read` for each group, `Wrote`, `Answered`."""
    hits = yield from search(run, PASSAGES)
    run.ledger.searched()
    yield Searched(hits)
    groups = group_excerpts(excerpts_of(run, hits), run.reader.window_tokens)
    yield plan(run, groups, "retrieve")
    found = yield from read_groups(run, groups, "retrieve")
    yield from write_answer(run, found.evidence, "retrieve")


def excerpts_of(run: Run, hits: Sequence[Hit]) -> list[Excerpt]:
    """Return what to read, best first: short passages with what stands around them, each once."""
    documents = {document.id: document for document, _ in run.ledger.documents}
    excerpts: dict[Span, Excerpt] = {}
    for hit in hits:
        for passage in _with_context(run, hit):
            excerpt = Excerpt(documents[passage.span.document], passage, dict(hit.weights))
            excerpts.setdefault(passage.span, excerpt)
    return list(excerpts.values())


def _with_context(run: Run, hit: Hit) -> list[Passage]:
    if hit.passage.tokens >= _LEAST_TOKENS:
        return [hit.passage]
    return run.library.section_around(hit, _LEAST_TOKENS)
