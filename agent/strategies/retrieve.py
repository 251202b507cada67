"""Search, read the best passages, answer from the quotes found: for facts in one place."""

import time
from collections.abc import Generator, Iterator, Sequence

from agent.document import Document
from agent.errors import ReaderError
from agent.events import Answered, Event, Read, Searched, Wrote
from agent.evidence import Answer, Coverage, Evidence, Excerpt, Usage, cite
from agent.index.base import Hit
from agent.library import Library
from agent.marks import check_answer
from agent.readers.base import Reader, Written
from agent.verify import verify

PASSAGES = 16  # about 4,000 tokens: what a 7B model reads well at once


def retrieve(
    question: str,
    library: Library,
    documents: Sequence[str],
    reader: Reader,
) -> Iterator[Event]:
    """Yield `Searched`, a `Read` for each group of passages, `Wrote` pieces and `Answered`.

    Args:
        question: what is asked.
        library: where the documents are.
        documents: ids of the documents to search.
        reader: who reads and answers.
    """
    began = time.monotonic()
    hits = tuple(library.search(question, documents, PASSAGES))
    yield Searched(hits)
    coverage = Coverage(tokens_total=library.tokens(documents))
    evidence, dropped, coverage, usage = yield from _read(
        question,
        _group(_excerpts(library, hits), reader.window_tokens),
        reader,
        coverage,
    )
    text, written = yield from _write(reader, question, evidence)
    unverified = 0
    if written.answered and not written.verbatim:
        text, unverified = check_answer(text, evidence)
    yield Answered(
        Answer(
            question=question,
            text=text,
            answered=written.answered,
            reader=reader.name,
            strategy="retrieve",
            citations=cite(evidence) if written.answered else (),
            dropped_quotes=dropped + unverified,
            coverage=coverage,
            usage=usage + written.usage,
            seconds=time.monotonic() - began,
        )
    )


def _excerpts(library: Library, hits: Sequence[Hit]) -> list[Excerpt]:
    documents: dict[str, Document] = {}
    for hit in hits:
        identity = hit.passage.span.document
        if identity not in documents:
            documents[identity] = library.document(identity)
    return [
        Excerpt(documents[hit.passage.span.document], hit.passage, dict(hit.weights))
        for hit in hits
    ]


def _group(excerpts: Sequence[Excerpt], window_tokens: int) -> list[list[Excerpt]]:
    """Put excerpts, in order, into groups that fit the reader's window; none is left out."""
    groups: list[list[Excerpt]] = []
    room = 0
    for excerpt in excerpts:
        room -= excerpt.passage.tokens
        if not groups or room < 0:
            groups.append([])
            room = window_tokens - excerpt.passage.tokens
        groups[-1].append(excerpt)
    return groups


def _read(
    question: str,
    groups: Sequence[Sequence[Excerpt]],
    reader: Reader,
    coverage: Coverage,
) -> Generator[Event, None, tuple[list[Evidence], int, Coverage, Usage]]:
    """Read group by group; a group that fails is counted as failed, and the others go on."""
    evidence: list[Evidence] = []
    dropped, usage, failures = 0, Usage(), []
    for group in groups:
        try:
            extraction = reader.extract(question, group)
        except ReaderError as error:
            failures.append(error)
            coverage = coverage.after_failure(len(group))
            yield Read(len(group), (), 0, failure=str(error))
            continue
        found, missing = verify(extraction.claims, group)
        evidence += [item for item in found if item not in evidence]
        dropped += missing
        usage += extraction.usage
        coverage = coverage.after_reading([excerpt.passage.tokens for excerpt in group])
        yield Read(len(group), tuple(found), missing)
    if failures and len(failures) == len(groups):
        raise failures[-1]
    return evidence, dropped, coverage, usage


def _write(
    reader: Reader, question: str, evidence: Sequence[Evidence]
) -> Generator[Event, None, tuple[str, Written]]:
    """Write the answer; where that fails the quotes that were found still are one."""
    pieces: list[str] = []
    writing = reader.answer(question, evidence)
    while True:
        try:
            piece = next(writing)
        except StopIteration as done:
            return "".join(pieces), done.value
        except ReaderError as error:
            return _without_writer(error, evidence), Written(answered=True, verbatim=True)
        pieces.append(piece)
        yield Wrote(piece)


def _without_writer(error: ReaderError, evidence: Sequence[Evidence]) -> str:
    quotes = (f"“{' '.join(item.text.split())}” [{n}]" for n, item in enumerate(evidence, start=1))
    return "\n\n".join([f"No answer could be written ({error}). The quotes found:", *quotes])
