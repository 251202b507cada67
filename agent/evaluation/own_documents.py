"""Questions to a person's own documents whose answers code knows, to choose a model or a way by.

In a copy of each document needles are planted: one, several of one name, two that lead from one to
the other, and names that nothing is said of. And sentences of the document itself are to be found
again by what is left of them. All of it is made by code, and easier than what people ask.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from agent.document import Document
from agent.errors import QuestionError
from agent.evaluation.cloze import make_clozes
from agent.evaluation.examine import Asked, Batch
from agent.evaluation.haystack import Haystack, plant_in
from agent.evaluation.needles import KINDS, Kind, Needle, Planting, Probe, make_planting
from agent.evaluation.scoring import Wanted
from agent.evaluation.subject import Subject
from agent.evaluation.trial import Trial, digest_settings
from agent.evaluation.wording import Wording, language_of, load_wording

TEST_VERSION: Final = "1"
"""Part of every trial: raise it when the same seed would make other questions."""
QUOTE: Final = "quote"
"""The kind of question whose answer is a sentence of the document itself."""
ALL_KINDS: Final = (QUOTE, *KINDS)
A_COPY: Final = 4
"""Questions of each kind in one copy; there are names for no more."""


@dataclass(frozen=True, slots=True)
class OwnDocuments:
    """What is tried.

    Attributes:
        documents: whose copies are asked about.
        questions: of each kind to each document.
        kinds: of questions.
        language: of the needles; empty for the document's own.
        seed: of all that is drawn.
    """

    documents: Sequence[Document]
    questions: int = A_COPY
    kinds: Sequence[str] = ALL_KINDS
    language: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of a copy, and the needles or the span of the original that answer it."""

    kind: str
    text: str
    expected: tuple[str, ...]
    depth: float | None
    needles: tuple[Needle, ...] = ()
    span: tuple[int, int] | None = None


def make_batches(test: OwnDocuments, subject: Subject) -> Iterator[Batch]:
    """Yield a batch for each copy of each document.

    Raises:
        QuestionError: if a document has no text.
    """
    for document in test.documents:
        if not document.text.strip():
            raise QuestionError(f"{document.name} has no text to ask about.")
        left, copy = test.questions, 0
        while left > 0:
            yield _batch(test, subject, document, copy, min(left, A_COPY))
            left, copy = left - A_COPY, copy + 1


def _batch(
    test: OwnDocuments, subject: Subject, document: Document, copy: int, count: int
) -> Batch:
    wording = load_wording(test.language or language_of(document.text))
    chance = random.Random(f"{test.seed} {document.id} {copy}")
    planting = _plant(test, wording, document, chance, count)
    questions = _questions(test, wording, document, chance, count, planting)
    (tokens,) = subject.count_tokens([document.text])
    settings = digest_settings(
        TEST_VERSION, subject.identity, document.id, str(count), " ".join(test.kinds)
    )
    trials = tuple(
        Trial(
            model=subject.model,
            strategy=subject.strategy,
            settings=settings,
            kind=question.kind,
            language=wording.code,
            filler=document.name,
            length=tokens,
            depth=None if question.depth is None else round(question.depth, 3),
            sample=copy * A_COPY + number,
            distractors=0,
            seed=test.seed,
        )
        for question, number in zip(questions, _numbers(questions), strict=True)
    )
    prepare = partial(_prepare, document, planting, questions, wording)
    return Batch(document.name, trials, prepare)


def _numbers(questions: Sequence[_Question]) -> list[int]:
    """Return the number of each question among those of its kind, from 0."""
    kinds = [question.kind for question in questions]
    return [kinds[:at].count(kind) for at, kind in enumerate(kinds)]


def _plant(
    test: OwnDocuments, wording: Wording, document: Document, chance: random.Random, count: int
) -> Planting:
    kinds: list[Kind] = [kind for kind in KINDS if kind in test.kinds]
    wanted = [(kind, chance.random()) for kind in kinds for _ in range(count)]
    return make_planting(chance, wording, wanted, distractors=0, taken=document.text)


def _questions(
    test: OwnDocuments,
    wording: Wording,
    document: Document,
    chance: random.Random,
    count: int,
    planting: Planting,
) -> list[_Question]:
    found = []
    for cloze in make_clozes(document, count if QUOTE in test.kinds else 0, chance):
        depth = cloze.start / len(document.text)
        text = wording.cloze.format(sentence=cloze.sentence)
        span = cloze.start, cloze.end
        found.append(_Question(QUOTE, text, (cloze.missing,), depth, span=span))
    return found + [_of_probe(probe) for probe in planting.probes]


def _of_probe(probe: Probe) -> _Question:
    depth = probe.depth if probe.needles else None
    return _Question(probe.kind, probe.question, probe.expected, depth, probe.needles)


def _prepare(
    document: Document, planting: Planting, questions: Sequence[_Question], wording: Wording
) -> tuple[Document, list[Asked]]:
    copy = plant_in(document, planting.needles, wording.joiner)
    return copy.document, [_asked(question, planting, copy) for question in questions]


def _asked(question: _Question, planting: Planting, copy: Haystack) -> Asked:
    spans = [copy.places[needle] for needle in question.needles]
    if question.span:
        spans.append(copy.place_of(*question.span))
    wrong = tuple(value for value in planting.values if value not in question.expected)
    pages = tuple(copy.pages_of(*span) for span in spans)
    return Asked(question.text, Wanted(question.expected, wrong, tuple(spans), pages))
