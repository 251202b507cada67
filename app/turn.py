"""One turn of a conversation: files added, a question asked, an answer with its sources.

Knows nothing of Streamlit: the worker runs `take_turn`, the page draws what it has come to.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from agent import (
    Added,
    Answered,
    Budget,
    Citation,
    Document,
    Drafted,
    Event,
    Library,
    Progress,
    Read,
    ReadError,
    Refused,
    ask,
    summarize,
)
from agent.budget import NO_LIMIT
from agent.errors import DocumentError, QuestionError
from app import strings
from app.uploads import Upload
from app.wire import Choice
from model.errors import ModelError

SAMPLE: Final = Path(__file__).with_name("sample") / "report.pdf"
# What surrounds a quote: enough to see what it speaks of, short enough to read three of them.
CONTEXT_CHARACTERS: Final = 280
_MOST_STEPS: Final = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """A summary that is wanted: how long (see `agent.summarize`), and what it is for."""

    length: str
    focus: str = ""


@dataclass(frozen=True, slots=True)
class NeedleWish:
    """A needle test that is wanted: a way of reading, the longest haystack, the needles' language.

    Attributes:
        strategy: as `longread needle` has it.
        most_tokens: of the longest haystack.
        language: code of a language there are needles in.
    """

    strategy: str
    most_tokens: int
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person hands in at once: a question, files, or both; or the wish for a summary.

    Attributes:
        question: may be blank where there are files.
        uploads: files to add to the library and to the conversation.
        sample: whether to add the sample report.
        summary: wanted instead of an answer.
        needle: a test that is wanted, about no document.
        strategy: the way of reading, where a question is asked.
        budget: what may be spent.
        language: in which the page speaks to whoever hands it in.
        after: number of the job that was under way then, 0 for none: what that one adds, this one
            is about, too.
    """

    question: str = ""
    uploads: tuple[Upload, ...] = ()
    sample: bool = False
    summary: Wish | None = None
    needle: NeedleWish | None = None
    strategy: str = "auto"
    budget: Budget = NO_LIMIT
    language: str = "en"
    after: int = 0

    @property
    def title(self) -> str:
        """What stands over what comes of it."""
        if self.needle:
            return strings.NEEDLE
        if self.summary:
            return strings.summary_title(self.summary.length, self.summary.focus)
        return self.question.strip()


@dataclass(frozen=True, slots=True)
class Source:
    """A citation with the words around it; `before`, the quote and `after` follow one another."""

    citation: Citation
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Turn:
    """How far a turn has come; replaced whole by each event, final once `done`.

    Attributes:
        question: what is asked, blank if files were only added.
        documents: ids of the documents it is about.
        progress: the state of the run; `progress.answer` and `progress.refused` are results.
        found: how many quotes were found so far.
        steps: what was done so far, a line for each; of many the last ones.
        read: where was read so far: documents' ids, the first and the last page of each run.
        sources: one for each citation of the answer, or of its draft.
        notes: sentences about what was added or asked.
        error: one sentence, empty if nothing failed.
        advice: how to get a language model, empty if one answered.
        done: False for a turn that still runs, or that was stopped.
    """

    question: str
    documents: tuple[str, ...]
    progress: Progress = field(default_factory=Progress)
    found: int = 0
    steps: tuple[str, ...] = ()
    read: tuple[tuple[str, int, int], ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    advice: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class _Choosing:
    """It is being found out who reads; a model may be loaded for it, which can take a minute."""


_Step = Event | _Choosing | Choice


def take_turn(
    submission: Submission,
    documents: Sequence[str],
    library: Library,
    choose: Callable[[], Choice],
) -> Generator[Turn]:
    """Yield the turn as it comes along; the last one is done. Closing the iterator stops the work.

    Args:
        submission: what is handed in.
        documents: ids of the documents the conversation is about so far.
        library: where documents are.
        choose: chooses who reads; called once there is something to read, since it may be slow.
    """
    turn = Turn(submission.title, tuple(documents))
    yield turn
    try:
        with closing(_steps(submission, documents, library, choose)) as steps:
            for step in steps:
                turn = _after(turn, step, library)
                yield turn
    except QuestionError as error:
        turn = replace(turn, notes=(*turn.notes, str(error)))  # advice to whoever asks, no failure
    except (ReadError, ModelError) as error:
        turn = replace(turn, error=str(error))
    yield replace(turn, done=True)


def _steps(
    submission: Submission,
    documents: Sequence[str],
    library: Library,
    choose: Callable[[], Choice],
) -> Generator[_Step]:
    """Yield what happens: files are added, a reader is chosen, the question is asked."""
    identities = list(documents)
    for event in _add(submission, library):
        if isinstance(event, Added):
            identities.append(event.id)
        yield event
    question = submission.question.strip()
    if not question and not submission.summary:
        if not submission.uploads and not submission.sample:
            raise QuestionError(strings.BLANK)
        return
    if not identities:
        raise QuestionError(strings.NOTHING_TO_ASK)
    yield _Choosing()
    choice = choose()
    yield choice
    known = [library.document(identity) for identity in dict.fromkeys(identities)]
    wish, budget = submission.summary, submission.budget
    if wish is None:
        yield from ask(
            question,
            known,
            library=library,
            model=choice.model,
            strategy=submission.strategy,
            budget=budget,
        )
        return
    yield from summarize(
        known,
        library=library,
        model=choice.model,
        length=wish.length,
        focus=wish.focus,
        budget=budget,
    )


def _add(submission: Submission, library: Library) -> Iterator[Event]:
    """Add the files to the library; one that cannot be taken costs nothing but itself."""
    if submission.sample:
        yield from library.adding(SAMPLE, strings.SAMPLE_NAME)
    for upload in submission.uploads:
        try:
            yield from library.adding(upload.path, upload.name)
        except DocumentError as error:
            yield Refused(upload.name, error.reason)


def _after(turn: Turn, step: _Step, library: Library) -> Turn:
    """Return the turn once `step` has happened."""
    if isinstance(step, _Choosing):
        progress = replace(turn.progress, stage=strings.CHOOSING, done=0, total=0)
        return replace(turn, progress=progress)
    if isinstance(step, Choice):
        return replace(turn, advice="" if step.model else strings.advice(step.reason))
    progress = turn.progress.after(step)
    steps = turn.steps
    if progress.stage != turn.progress.stage:
        steps = (*steps, progress.stage)[-_MOST_STEPS:]
    turn = replace(turn, progress=progress, found=len(progress.evidence), steps=steps)
    if isinstance(step, Read) and not step.failure:
        turn = replace(turn, read=merge_runs((*turn.read, *step.pages)))
    if isinstance(step, Added):
        documents = tuple(dict.fromkeys((*turn.documents, step.id)))
        return replace(turn, documents=documents, notes=(*turn.notes, *strings.about_pages(step)))
    if isinstance(step, Answered | Drafted):
        return replace(turn, sources=_sources(step.answer.citations, library))
    return turn


def merge_runs(runs: Iterable[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    """Return runs of pages in order, those that touch or overlap made one."""
    merged: list[tuple[str, int, int]] = []
    for document, first, last in sorted(runs):
        if merged and merged[-1][0] == document and first <= merged[-1][2] + 1:
            merged[-1] = document, merged[-1][1], max(last, merged[-1][2])
        else:
            merged.append((document, first, last))
    return tuple(merged)


def _sources(citations: Sequence[Citation], library: Library) -> tuple[Source, ...]:
    """Return each citation with the words around it, as they stand in the document."""
    documents = {each: library.document(each) for each in {c.document for c in citations}}
    return tuple(
        Source(
            citation,
            text_before(documents[citation.document], citation.start),
            text_after(documents[citation.document], citation.end),
        )
        for citation in citations
    )


def text_before(document: Document, offset: int) -> str:
    """Return the words of the same page that end at `offset`, at most `CONTEXT_CHARACTERS`."""
    page_start = document.page_at(offset).start
    start = max(page_start, offset - CONTEXT_CHARACTERS)
    text = document.text[start:offset]
    if start == page_start:
        return text
    _, space, rest = text.partition(" ")
    return f"… {rest if space else text}"


def text_after(document: Document, offset: int) -> str:
    """Return the words of the same page that begin at `offset`, at most `CONTEXT_CHARACTERS`."""
    page_end = document.page_at(offset - 1).end
    end = min(page_end, offset + CONTEXT_CHARACTERS)
    text = document.text[offset:end]
    if end == page_end:
        return text
    rest, space, _ = text.rpartition(" ")
    return f"{rest if space else text} …"
