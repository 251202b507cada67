"""Fewer sentences out of many, up a tree; each keeps the marks of all the quotes it rests on."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from agent.central import most_central
from agent.drift import has_drifted, in_words
from agent.errors import ReaderError
from agent.events import Condensing, Event, Working
from agent.evidence import NO_USAGE, Sentence, Usage
from agent.index.language import guess_language
from agent.parallel import Work, run_all
from agent.readers.base import Condensed, Reader
from agent.run import Run, fit_texts

_SHRINKS: Final = 4  # notes that fill several windows: each window's become so many times fewer
_SPARE: Final = 1.5  # as many times more sentences than asked for are taken; a model counts badly


@dataclass(frozen=True, slots=True)
class Task:
    """Notes to be made fewer.

    Attributes:
        notes: in reading order.
        sentences: about how many to make of them.
        focus: what matters to whoever asked; may be empty.
        language: what to write in, in words of English.
        sample: a text in that language.
    """

    notes: Sequence[Sentence]
    sentences: int
    focus: str
    language: str
    sample: str


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a task; `failure` says why code chose among the notes instead of a model."""

    sentences: tuple[Sentence, ...]
    usage: Usage = NO_USAGE
    failure: str = ""


@dataclass(slots=True)
class _Tally:
    usage: Usage = field(default=NO_USAGE)


def condense_all(run: Run, tasks: Sequence[Task]) -> Generator[Event, None, list[Made]]:
    """Do all tasks, many at once, and return what became of each.

    Where the model fails at one, or the budget ends, code chooses the most central notes: what was
    noted still is a summary.
    """
    made: dict[int, Made] = {}
    for ended in run_all(_works(run, tasks), run.reader.at_once):
        if ended is None:
            yield Working()
            continue
        number, made[number] = ended
        run.spend(made[number].usage)
        yield Condensing(len(made), len(tasks), made[number].failure)
    return [made[number] for number in range(len(tasks))]


def _works(run: Run, tasks: Sequence[Task]) -> Iterator[Work[Made]]:
    for task in tasks:
        if len(task.notes) <= task.sentences:
            yield partial(_at_once, Made(tuple(task.notes)))
        elif run.may_go_on():
            yield partial(_do, run.reader, task)
        else:
            why = f"the budget of {run.partial} ended"
            yield partial(_at_once, Made(_central(task.notes, task), failure=why))


def _at_once(made: Made) -> Generator[None, None, Made]:
    yield
    return made


def _do(reader: Reader, task: Task) -> Generator[None, None, Made]:
    """Condense once more where the model fails; runs in a thread of its own."""
    tally = _Tally()
    failure = ""
    for _ in range(2):
        try:
            sentences = yield from _climb(reader, task, tally)
        except ReaderError as error:
            failure = str(error)
            continue
        return Made(tuple(sentences), tally.usage)
    return Made(_central(task.notes, task), tally.usage, failure)


def _climb(reader: Reader, task: Task, tally: _Tally) -> Generator[None, None, list[Sentence]]:
    """Condense window by window until all that is left fits one."""
    notes = list(task.notes)
    while 1 < len(groups := _windows(notes, reader)) < len(notes):
        fewer: list[Sentence] = []
        for group in groups:
            within = notes[group.start : group.stop]
            count = max(len(within) // _SHRINKS, 1)
            fewer += yield from _condense(reader, within, count, task, tally)
        notes = fewer
    return (yield from _condense(reader, notes, task.sentences, task, tally))


def _windows(notes: Sequence[Sentence], reader: Reader) -> list[range]:
    return fit_texts([note.text for note in notes], reader.window_tokens)


def _condense(
    reader: Reader, notes: Sequence[Sentence], count: int, task: Task, tally: _Tally
) -> Generator[None, None, list[Sentence]]:
    """Return about `count` sentences in the language wanted, with the marks of the quotes."""
    made = yield from _asked(reader, notes, count, task, task.language, tally)
    said = " ".join(sentence.text for sentence in made.sentences)
    if has_drifted(task.sample, said):
        made = yield from _asked(reader, notes, count, task, in_words(task.sample), tally)
    sentences = [_resting_on_quotes(sentence, notes) for sentence in made.sentences]
    return list(_central(sentences, task, count)) if len(sentences) > count * _SPARE else sentences


def _asked(
    reader: Reader,
    notes: Sequence[Sentence],
    count: int,
    task: Task,
    language: str,
    tally: _Tally,
) -> Generator[None, None, Condensed]:
    texts = [note.text for note in notes]
    made = yield from reader.condense(task.focus, texts, count, language)
    tally.usage += made.usage
    return made


def _resting_on_quotes(sentence: Sentence, notes: Sequence[Sentence]) -> Sentence:
    marks = (mark for note in sentence.marks for mark in notes[note - 1].marks)
    return Sentence(sentence.text, tuple(sorted(set(marks))))


def _central(
    notes: Sequence[Sentence], task: Task, count: int | None = None
) -> tuple[Sentence, ...]:
    texts = [note.text for note in notes]
    language = guess_language("\n".join(texts))
    return tuple(
        notes[n] for n in most_central(texts, count or task.sentences, language, task.focus)
    )
