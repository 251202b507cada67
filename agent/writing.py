"""Writing an answer from verified quotes, of which more than one window may be full."""

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from agent.conflict import read_together, take_conflict
from agent.drift import has_drifted, in_words
from agent.errors import ReaderError
from agent.events import Answered, Climbed, Event, Working, Wrote
from agent.evidence import Answer, Evidence, Sentence, cite
from agent.marks import UNMARKED, check_answer
from agent.parallel import Work, run_all
from agent.readers.base import QUESTIONS_LANGUAGE, Written
from agent.run import Run, fit_texts
from agent.sourcing import sourced_sentences

DRIFTED = "The answer came in another language than the question, so it is asked for once more"
_MARK = re.compile(r"\[(\d{1,4})\]")
Writing = Generator[str, None, Written]


def write_answer(
    run: Run, evidence: Sequence[Evidence], strategy: str
) -> Generator[Event, None, Answer]:
    """Write the answer, yield it piece by piece and then `Answered`, and return it.

    Quotes that fill more than one window are answered from window by window, and the partial
    answers made into one, in a hierarchy where they are many: what was found reaches the answer.
    Where writing fails the quotes that were found still are one.
    """
    try:
        text, written = yield from _write(run, evidence)
        text, conflicting = take_conflict(text, evidence)
        if conflicting and not written.verbatim and run.may_go_on():
            run.spend(written.usage)
            evidence = yield from read_together(run, evidence, conflicting)
            text, written = yield from _write(run, evidence)
            text, _ = take_conflict(text, evidence)
    except ReaderError as error:
        text, written = _without_writer(error, evidence), Written(answered=True, verbatim=True)
    run.spend(written.usage)
    sentences: tuple[Sentence, ...] = ()
    if written.answered and not written.verbatim:
        text, unverified = check_answer(text, evidence)
        run.dropped_quotes += unverified
        sentences = sourced_sentences(text.removesuffix(UNMARKED), evidence, run.question)
    answer = replace(run.answer(text, written, evidence, strategy), sentences=sentences)
    yield Answered(answer)
    return answer


def _write(run: Run, evidence: Sequence[Evidence]) -> Generator[Event, None, tuple[str, Written]]:
    """Write it, and once more where it came in another language than the question."""
    text, written = yield from _write_in(run, evidence, QUESTIONS_LANGUAGE)
    is_own = written.answered and not written.verbatim
    if not (is_own and has_drifted(run.question, text) and run.may_go_on()):
        return text, written
    run.spend(written.usage)
    yield Climbed(DRIFTED)
    return (yield from _write_in(run, evidence, in_words(run.question)))


def _write_in(
    run: Run, evidence: Sequence[Evidence], language: str
) -> Generator[Event, None, tuple[str, Written]]:
    """Write from all the evidence, part by part where it fills more than a window."""
    shown = [_as_shown(evidence, n) for n in range(len(evidence))]
    groups = fit_texts(shown, run.reader.window_tokens)
    if len(groups) <= 1:
        return (yield from _stream(run.reader.answer(run.question, evidence, language)))
    works = [
        partial(_part, run, evidence[group.start : group.stop], group.start, language)
        for group in groups
    ]
    parts = yield from _write_parts(run, works)
    while 1 < len(groups := fit_texts(parts, run.reader.window_tokens)) < len(parts):
        merges = [partial(_merged, run, parts[g.start : g.stop], language) for g in groups]
        parts = yield from _write_parts(run, merges)
    if not parts:
        return (yield from _stream(run.reader.answer(run.question, [], language)))
    return (yield from _stream(run.reader.combine(run.question, parts, language)))


def _as_shown(evidence: Sequence[Evidence], number: int) -> str:
    (shown,) = cite(evidence[number : number + 1])
    return f'[{number}] {shown.name}, page {shown.page}: "{shown.quote}"'


def _part(
    run: Run, evidence: Sequence[Evidence], offset: int, language: str
) -> Generator[None, None, tuple[str, Written]]:
    """Answer from some of the evidence; the marks are those of all of it."""
    text, written = yield from _collected(run.reader.answer(run.question, evidence, language))

    def renumber(mark: re.Match[str]) -> str:
        number = int(mark[1])
        return f"[{number + offset}]" if 1 <= number <= len(evidence) else ""

    return _MARK.sub(renumber, text), written


def _merged(
    run: Run, parts: Sequence[str], language: str
) -> Generator[None, None, tuple[str, Written]]:
    return (yield from _collected(run.reader.combine(run.question, parts, language)))


def _collected(writing: Writing) -> Generator[None, None, tuple[str, Written]]:
    pieces = []
    with closing(writing):
        while True:
            try:
                pieces.append(next(writing))
            except StopIteration as done:
                return "".join(pieces).strip(), done.value
            yield


def _write_parts(
    run: Run, works: Sequence[Work[tuple[str, Written]]]
) -> Generator[Event, None, list[str]]:
    """Return the partial answers in their order, without those that say there is none."""
    parts: dict[int, str] = {}
    for ended in run_all(works, run.reader.at_once):
        yield Working()
        if ended:
            number, (text, written) = ended
            run.spend(written.usage)
            if written.answered:
                parts[number] = text
    return [parts[number] for number in sorted(parts)]


def _stream(writing: Writing) -> Generator[Event, None, tuple[str, Written]]:
    pieces: list[str] = []
    with closing(writing):
        while True:
            try:
                piece = next(writing)
            except StopIteration as done:
                return "".join(pieces), done.value
            pieces.append(piece)
            yield Wrote(piece) if piece else Working()


def _without_writer(error: ReaderError, evidence: Sequence[Evidence]) -> str:
    quotes = (f"“{' '.join(item.text.split())}” [{n}]" for n, item in enumerate(evidence, start=1))
    return "\n\n".join([f"No answer could be written ({error}). The quotes found:", *quotes])
