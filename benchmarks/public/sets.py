"""What a question set is, whatever form it was published in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.formats.pages import clean


class SetError(Exception):
    """A question set cannot be used; one sentence says which and why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a document.

    Attributes:
        start: of its text, -1 where only the page is known.
        end: after its last character.
        page: the first it lies on, from 1; 0 where pages are not known.
        last_page: the last it lies on; 0 for the same.
    """

    document: str
    start: int = -1
    end: int = -1
    page: int = 0
    last_page: int = 0


Piece = tuple[Place, ...]
"""A piece of evidence: any one of these places is as good as the others."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its right answers.

    Attributes:
        documents: names of those it is put to.
        answers: any of them is right; none where the documents do not answer.
        evidence: pieces, all of which are needed.
        choices: what may be answered, in order, where a set gives them; then an answer is a letter.
    """

    text: str
    documents: tuple[str, ...]
    answers: tuple[str, ...] = ()
    evidence: tuple[Piece, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions to documents.

    Attributes:
        name: of the set.
        language: of questions and documents, by its code.
        kind: how the questions came about, for the table.
        documents: texts in canonical form, or paths of files, by name.
        metric: the set's own measure of answers, a name in `benchmarks.public.metrics`.
        missing: files of documents that the set names and that are not there; their questions are
            left out.
    """

    name: str
    language: str
    kind: str
    documents: Mapping[str, str | Path]
    questions: tuple[Question, ...]
    metric: str
    missing: tuple[str, ...] = field(default=())


class Joined:
    """One text made of many, each with its place in the whole."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._parts: list[str] = []
        self._length = 0

    def add(self, text: str) -> int:
        """Add a text as a paragraph of its own; return where it begins."""
        start = self._length
        self._parts.append(clean(text))
        self._length += len(self._parts[-1]) + len("\n\n")
        return start

    @property
    def text(self) -> str:
        """The whole."""
        return "\n\n".join(self._parts)

    def place(self, start: int, end: int) -> Place:
        """Return a place in the whole."""
        return Place(self.name, start, end)


def find_all(text: str, sentences: Iterable[str], document: str) -> tuple[Piece, ...] | None:
    """Return where each sentence stands, white space apart; None if one of them does not."""
    pieces = []
    for sentence in sentences:
        start = text.find(sentence)
        if start < 0:
            return None
        pieces.append((Place(document, start, start + len(sentence)),))
    return tuple(pieces)
