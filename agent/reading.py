"""Reading groups of passages for a question: many at once, each retried, split, kept or failed."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from agent.errors import ReaderError, TooLongError
from agent.events import Event, Planned, Read, Working
from agent.evidence import Evidence, Excerpt
from agent.parallel import BEAT_SECONDS, Work, run_all
from agent.readers.base import Extraction
from agent.run import Run, passages_of
from agent.verify import verify

_T = TypeVar("_T")
ATTEMPTS: Final = 2
PAUSE_SECONDS: Final = 1.0
_ALL_FAILED: Final = 8  # so many failures with nothing read: the model is down, not a window bad
_NEAR_BEST: Final = 0.75  # where a reader can tell how well a quote answers


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of one group, or of a part of it that was split off."""

    excerpts: Sequence[Excerpt]
    extraction: Extraction | None = None
    failure: ReaderError | None = None


@dataclass(slots=True)
class Findings:
    """What was found: verified quotes, in the order of the groups, and the first failure."""

    evidence: list[Evidence] = field(default_factory=list)
    failure: ReaderError | None = None


Reads = Callable[[Sequence[Excerpt]], Generator[None, None, Extraction]]
"""One act of a reader on one group."""


def read_groups(
    run: Run, groups: Sequence[Sequence[Excerpt]], step: str, reads: Reads | None = None
) -> Generator[Event, None, Findings]:
    """Read every group, and return what was found; by default for the run's question.

    Yields a `Read` as each group is done and `Working` while none is. A group that does not fit the
    model's window is read in halves; one that fails twice is noted as failed and the others go on.
    The run's budget ends it early; what is under way is still taken in.

    Raises:
        ReaderError: if everything failed.
    """
    found: dict[int, list[Evidence]] = {}
    findings = Findings()
    read = failed = tokens_read = 0
    reads = reads or partial(run.reader.extract, run.question)
    began, works = time.monotonic(), _works(run, groups, reads)
    for ended in run_all(works, run.reader.at_once):
        if ended is None:
            yield Working()
            continue
        number, readings = ended
        for reading in readings:
            event = _take_in(run, reading, step)
            found.setdefault(number, []).extend(event.evidence)
            yield event
            read, failed = read + (not event.failure), failed + bool(event.failure)
            tokens_read += _tokens_of_calls(reading)
            findings.failure = findings.failure or reading.failure
        if findings.failure and not read and failed >= min(_ALL_FAILED, len(groups)):
            raise findings.failure
    if tokens_read:
        run.library.readings.keep_pace(run.reader.identity, tokens_read, time.monotonic() - began)
    findings.evidence = _distinct(item for number in sorted(found) for item in found[number])
    return findings


def _tokens_of_calls(reading: _Reading) -> int:
    """Return the tokens of the passages, 0 if they were read before and no model was called."""
    if reading.extraction is None or not reading.extraction.usage.calls:
        return 0
    return sum(excerpt.passage.tokens for excerpt in reading.excerpts)


def _works(
    run: Run, groups: Sequence[Sequence[Excerpt]], reads: Reads
) -> Iterator[Work[list[_Reading]]]:
    """Yield the works one by one, as there is room for them, until the budget ends."""
    for group in groups:
        if not run.may_go_on():
            return
        yield partial(_read, reads, group)


def _read(reads: Reads, excerpts: Sequence[Excerpt]) -> Generator[None, None, list[_Reading]]:
    """Read one group, in halves where it does not fit; runs in a thread of its own."""
    try:
        extraction = yield from _read_again(reads, excerpts)
    except TooLongError as error:
        if len(excerpts) == 1:
            return [_Reading(excerpts, failure=error)]
        half = len(excerpts) // 2
        first = yield from _read(reads, excerpts[:half])
        return first + (yield from _read(reads, excerpts[half:]))
    except ReaderError as error:
        return [_Reading(excerpts, failure=error)]
    return [_Reading(excerpts, extraction)]


def _read_again(reads: Reads, excerpts: Sequence[Excerpt]) -> Generator[None, None, Extraction]:
    """Read once more where it failed, after a pause."""
    for _ in range(ATTEMPTS - 1):
        try:
            return (yield from reads(excerpts))
        except TooLongError:
            raise
        except ReaderError:
            until = time.monotonic() + PAUSE_SECONDS
            while time.monotonic() < until:
                time.sleep(min(BEAT_SECONDS, PAUSE_SECONDS))
                yield
    return (yield from reads(excerpts))


def _take_in(run: Run, reading: _Reading, step: str) -> Read:
    """Check what was claimed, and note what was read."""
    passages = passages_of(reading.excerpts)
    if reading.extraction is None:
        run.ledger.failed(step, passages)
        return Read(len(passages), (), 0, str(reading.failure), _pages(reading.excerpts))
    evidence, dropped = verify(reading.extraction.claims, reading.excerpts)
    run.spend(reading.extraction.usage)
    run.ledger.read(step, passages)
    run.dropped_quotes += dropped
    return Read(len(passages), tuple(evidence), dropped, pages=_pages(reading.excerpts))


def _pages(excerpts: Sequence[Excerpt]) -> tuple[tuple[str, int, int], ...]:
    """Return where excerpts stand: runs of pages of each document."""
    runs: dict[str, tuple[int, int]] = {}
    for excerpt in excerpts:
        document, span = excerpt.document, excerpt.passage.span
        first, last = document.page_at(span.start).number, document.page_at(span.end - 1).number
        known = runs.get(document.id, (first, last))
        # Of passages from all over a document each is a run; of a window they are one.
        if first > known[1] + 1 or last < known[0] - 1:
            return _page_by_page(excerpts)
        runs[document.id] = min(first, known[0]), max(last, known[1])
    return tuple((document, first, last) for document, (first, last) in runs.items())


def _page_by_page(excerpts: Sequence[Excerpt]) -> tuple[tuple[str, int, int], ...]:
    places = (
        (e.document.id, e.document.page_at(e.passage.span.start).number,
         e.document.page_at(e.passage.span.end - 1).number)
        for e in excerpts
    )  # fmt: skip
    return tuple(dict.fromkeys(places))


def _distinct(evidence: Iterator[Evidence]) -> list[Evidence]:
    """Return each quote once."""
    found = reversed(list(evidence))
    return list({(item.span, item.says): item for item in found}.values())[::-1]


def waiting_for(act: Generator[None, None, _T]) -> Generator[Working, None, _T]:
    """Yield `Working` while a reader is at one act, and return what came of it."""
    while True:
        try:
            next(act)
        except StopIteration as ended:
            result: _T = ended.value
            return result
        yield Working()


def plan(run: Run, groups: Sequence[Sequence[Excerpt]], step: str) -> Planned:
    """Return what reading these groups is expected to take."""
    tokens = sum(excerpt.passage.tokens for group in groups for excerpt in group)
    pace = run.library.readings.tokens_per_second(run.reader.identity)
    passages = sum(map(len, groups))
    return Planned(step, len(groups), passages, tokens, tokens / pace if pace else None)


def near_best(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return what answers nearly as well as the best, best first; all where nobody can tell."""
    best = max((item.score for item in evidence), default=0.0)
    near = [item for item in evidence if item.score >= _NEAR_BEST * best]
    return sorted(near, key=lambda item: -item.score)


def in_reading_order(evidence: Sequence[Evidence], documents: Sequence[str]) -> list[Evidence]:
    """Return quotes as they follow one another in the documents, these in the order given."""
    place = {identity: number for number, identity in enumerate(documents)}
    return sorted(evidence, key=lambda item: (place[item.document.id], item.span.start))
