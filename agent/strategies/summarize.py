"""Sum up whole documents: every window noted, the notes condensed part by part, each tied down.

Windows are cut as for a sweep, whatever the length wanted, so that a longer summary starts from the
notes that are kept. A note is a sentence with a quote that code has found; a sentence of the
summary leads down to the quotes of the notes it was made of.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from agent.condensing import Made, Task, condense_all
from agent.document import Document
from agent.drift import has_drifted, in_words
from agent.events import Answered, Event, Wrote
from agent.evidence import Evidence, Excerpt, Section, Sentence
from agent.marks import check_sentence
from agent.parts import Part, cut_parts, share
from agent.readers.base import DOCUMENTS_LANGUAGE, NOTES, Written
from agent.reading import in_reading_order, plan, read_groups
from agent.run import Run
from agent.sourcing import with_strange_numbers
from agent.summary import number_marks, summary_text

LENGTHS: Final = {"paragraph": 6, "page": 24, "five-pages": 120}
"""Sentences, of about twenty words each."""
_OVERVIEW: Final = 4  # sentences that say what a summary of several parts comes to
_SENTENCES_A_PART: Final = 3
_NOTES_A_SENTENCE: Final = 2  # of fewer there would be nothing to choose from
_HALVINGS: Final = 4  # a window is not made smaller than a sixteenth: notes need a context
_SAMPLE: Final = 4_000  # characters


def summarize(run: Run, length: str = "page") -> Iterator[Event]:
    """Yield `Planned`, a `Read` for each window, `Condensing`, `Wrote` and `Answered`.

    Args:
        run: its question is what matters to whoever asked; it may be blank.
        length: one of `LENGTHS`.
    """
    sentences = LENGTHS[length]
    windows = _windows(run, sentences)
    yield plan(run, windows, "summarize")
    language, _ = _language(run, run.ledger.documents[0][0])
    reads = partial(run.reader.summarise, run.question, language=language)
    found = yield from read_groups(run, windows, "summarize", reads)
    evidence = in_reading_order(found.evidence, run.documents)
    sections, made = yield from _sum_up(run, evidence, sentences)
    checked, unverified = _checked(run, sections, evidence)
    numbered, cited = number_marks(checked, evidence)
    run.dropped_quotes += unverified
    text = summary_text(run, numbered, [each.failure for each in made if each.failure])
    yield Wrote(text)
    answer = run.answer(text, Written(answered=bool(numbered)), cited, "summarize")
    yield Answered(replace(answer, sections=numbered))


def _windows(run: Run, sentences: int) -> list[list[Excerpt]]:
    """Return windows of what the reader takes; smaller ones where those give too few notes."""
    tokens = run.reader.window_tokens
    for halving in range(_HALVINGS + 1):
        windows = run.windows(max(tokens >> halving, 1))
        if len(windows) * NOTES >= sentences * _NOTES_A_SENTENCE:
            break
    return windows


def _language(run: Run, document: Document) -> tuple[str, str]:
    """Return what to write in and a sample of it: the document's, or the focus's if another."""
    middle = max((len(document.text) - _SAMPLE) // 2, 0)
    sample = document.text[middle : middle + _SAMPLE]
    if run.question and has_drifted(sample, run.question):
        return in_words(run.question), run.question
    return DOCUMENTS_LANGUAGE, sample


@dataclass(frozen=True, slots=True)
class _Noted:
    """A part of a document and the notes on it."""

    document: Document
    part: Part
    notes: list[Sentence]


def _sum_up(
    run: Run, evidence: Sequence[Evidence], sentences: int
) -> Generator[Event, None, tuple[list[Section], list[Made]]]:
    """Return the sections, marks being indices of `evidence`, and what became of each part."""
    parts = _noted(run, evidence, sentences)
    if not parts:
        return [], []
    rest = sentences - _OVERVIEW if len(parts) > 1 else sentences
    shares = share(rest, [noted.part.end - noted.part.start for noted in parts])
    tasks = [
        Task(noted.notes, count, run.question, *_language(run, noted.document))
        for noted, count in zip(parts, shares, strict=True)
    ]
    made = yield from condense_all(run, tasks)
    sections = [
        Section(noted.document.id, noted.part.title, each.sentences)
        for noted, each in zip(parts, made, strict=True)
    ]
    if len(sections) == 1:
        return [replace(sections[0], title="")], made
    whole = [sentence for section in sections for sentence in section.sentences]
    overview = replace(tasks[0], notes=whole, sentences=_OVERVIEW)
    (above,) = yield from condense_all(run, [overview])
    if set(above.sentences) <= set(whole):  # as the quoting reader's: it would say nothing new
        return sections, made
    return [Section("", "", above.sentences), *sections], [*made, above]


def _noted(run: Run, evidence: Sequence[Evidence], sentences: int) -> list[_Noted]:
    """Return the parts of all documents of which there are notes; one for a short summary."""
    documents = [document for document, _ in run.ledger.documents]
    sizes = [len(document.text) for document in documents]
    most = sentences // _SENTENCES_A_PART
    noted = []
    for document, count in zip(documents, share(max(most, 1), sizes), strict=True):
        pages = run.ledger.pages_of(document)
        parts = cut_parts(document, pages, count if sentences > LENGTHS["paragraph"] else 1)
        noted += [_Noted(document, part, _notes(document, part, evidence)) for part in parts]
    return [each for each in noted if each.notes]


def _notes(document: Document, part: Part, evidence: Sequence[Evidence]) -> list[Sentence]:
    return [
        Sentence(item.says, (number,))
        for number, item in enumerate(evidence)
        if item.document.id == document.id and part.start <= item.span.start < part.end
    ]


def _checked(
    run: Run, sections: Sequence[Section], evidence: Sequence[Evidence]
) -> tuple[list[Section], int]:
    """Return the sections, quotations and numbers in them checked; and how much is not there."""
    unverified = 0
    checked = []
    for section in sections:
        said = []
        for sentence in section.sentences:
            cited = [evidence[n] for n in sentence.marks]
            text, lost = check_sentence(sentence.text, cited)
            unverified += lost
            said.append(with_strange_numbers(replace(sentence, text=text), cited, run.question))
        checked.append(replace(section, sentences=tuple(said)))
    return checked, unverified
