"""Puts the questions of batches to a subject, one after the other; each result is kept at once."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from agent.document import Document
from agent.errors import ReaderError, TooLongError
from agent.evaluation.results import Results
from agent.evaluation.scoring import Score, Wanted, score
from agent.evaluation.subject import Said, Subject
from agent.evaluation.trial import Result, Trial
from agent.events import Working
from agent.reading import waiting_for

_SHOWN_CHARACTERS: Final = 600  # of an answer in the results
_ALL_FAILED: Final = 3  # so many failures with no answer at all: the model is down


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what a right answer to it says."""

    question: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Batch:
    """Trials about one document, which is made only if one of them is still to be done.

    Attributes:
        name: of the document, for people.
        trials: in the order of the questions.
        prepare: makes the document and the questions.
    """

    name: str
    trials: tuple[Trial, ...]
    prepare: Callable[[], tuple[Document, list[Asked]]]


@dataclass(frozen=True, slots=True)
class Preparing:
    """A document is being made or read in."""

    name: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial is done, now or in an earlier run; `done` of `total` are."""

    result: Result
    done: int
    total: int


Examined = Preparing | Working | Tried


def examine(
    subject: Subject, batches: Iterable[Batch], results: Results, *, made_on: str = ""
) -> Iterator[Examined]:
    """Do all trials that are not done yet; ends with a `Tried` for each, in order.

    A trial in which the model fails is noted with the failure and the others go on; the next run
    does it again. Closing the iterator stops the work; what is done is kept.

    Args:
        subject: who is asked.
        batches: what about.
        results: where what came of it is kept.
        made_on: names the machine and the versions in each result.

    Raises:
        ReaderError: if the model fails at the first few and never answers; documents that do not
            fit its window do not count for that.
        EvaluationError: if results cannot be kept.
    """
    batches = list(batches)
    total, done, failed = sum(len(batch.trials) for batch in batches), 0, 0
    has_answered = False
    for batch in batches:
        open_trials = [trial for trial in batch.trials if results.find(trial) is None]
        if open_trials:
            yield Preparing(batch.name)
            document, asked = batch.prepare()
        for number, trial in enumerate(batch.trials):
            result = results.find(trial)
            if result is None:
                error, result = yield from _try(subject, document, trial, asked[number], made_on)
                results.keep(result)
                has_answered |= error is None
                failed += error is not None and not isinstance(error, TooLongError)
            done += 1
            yield Tried(result, done, total)
            if failed >= _ALL_FAILED and not has_answered:
                raise ReaderError(result.failure)
        if open_trials:
            subject.forget(document)


def _try(
    subject: Subject, document: Document, trial: Trial, asked: Asked, made_on: str
) -> Generator[Examined, None, tuple[ReaderError | None, Result]]:
    began = time.monotonic()
    failure: ReaderError | None = None
    said, worth = Said("", answered=False), None
    try:
        with closing(subject.ask(document, asked.question)) as asking:
            said = yield from waiting_for(asking)
        worth = _score(said, asked.wanted)
    except ReaderError as error:
        failure = error
    return failure, Result(
        trial=trial,
        question=asked.question,
        expected=asked.wanted.values,
        text=said.text[:_SHOWN_CHARACTERS],
        answered=said.answered,
        score=worth,
        places=len(asked.wanted.places),
        share_read=said.share_read if worth else 0.0,
        calls=said.usage.calls,
        input_tokens=said.usage.input_tokens,
        output_tokens=said.usage.output_tokens,
        seconds=round(time.monotonic() - began, 3),
        failure=str(failure or ""),
        made_on=made_on,
    )


def _score(said: Said, wanted: Wanted) -> Score:
    return score(said.text, wanted, answered=said.answered, citations=said.citations)
