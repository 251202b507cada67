"""Who can be scored on a question set: whatever finds passages, and whatever answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import bm25s

from agent import Answer, Document, Library, answer
from agent.evaluation.haystack import make_document
from agent.index.words import split_words
from agent.readers.base import Reader
from agent.readers.quoting import QuotingReader
from benchmarks.public.sets import Place, Question

DEPTH = 20
_MARK = re.compile(r"\s*\[\d+\]")


class Retriever(Protocol):
    """Finds passages in documents it was given."""

    name: str

    def take(self, documents: Mapping[str, str | Path]) -> None:
        """Make documents searchable: texts, or files by their paths."""
        ...

    def search(self, question: str, documents: Sequence[str], k: int) -> list[Place]:
        """Return at most `k` passages of the documents so named, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent answered.

    Attributes:
        cited: places it says the answer rests on.
        share_read: how much of the documents it read.
    """

    text: str
    answered: bool
    cited: tuple[Place, ...] = ()
    tokens: int = 0
    seconds: float = 0.0
    share_read: float = 0.0


class Answerer(Protocol):
    """Answers questions about documents it was given."""

    name: str

    def take(self, documents: Mapping[str, str | Path]) -> None:
        """Take in documents: texts, or files by their paths."""
        ...

    def reply(self, question: Question) -> Reply:
        """Return what it answers."""
        ...


@dataclass
class Longread:
    """Longread's own search, and its agent in one way of reading.

    Attributes:
        library: where documents are kept.
        reader: who reads; None for the quoting reader.
        strategy: the way of reading.
    """

    library: Library
    reader: Reader | None = None
    strategy: str = "retrieve"
    name: str = "longread"
    _documents: dict[str, Document] = field(default_factory=dict)

    def take(self, documents: Mapping[str, str | Path]) -> None:
        """Index documents; a text is kept letter by letter."""
        for name, given in documents.items():
            if isinstance(given, Path):
                self._documents[name] = self.library.add(given)
            else:
                made = make_document(given, name)
                self.library.keep(made)
                self._documents[name] = self.library.document(made.id)

    def search(self, question: str, documents: Sequence[str], k: int) -> list[Place]:
        """Return the passages of the library's own search."""
        names = {self._documents[name].id: name for name in documents}
        hits = self.library.search(question, list(names), k)
        return [
            self._place(names[h.passage.span.document], h.passage.span.start, h.passage.span.end)
            for h in hits
        ]

    def reply(self, question: Question) -> Reply:
        """Return the agent's answer with its citations."""
        names = {self._documents[name].id: name for name in question.documents}
        asked = [self._documents[name] for name in question.documents]
        said = answer(
            in_words(question),
            asked,
            library=self.library,
            model=self.reader,
            strategy=self.strategy,
        )
        cited = tuple(self._place(names[c.document], c.start, c.end) for c in said.citations)
        covered = said.coverage.tokens_read / max(said.coverage.tokens_total, 1)
        tokens = said.usage.input_tokens + said.usage.output_tokens
        return Reply(_plain(said), said.answered, cited, tokens, said.seconds, covered)

    def with_pages(self, place: Place) -> Place:
        """Return a place with the pages it lies on."""
        if place.start < 0:
            return place
        document = self._documents[place.document]
        first, last = document.page_at(place.start), document.page_at(max(place.end - 1, 0))
        return replace(place, page=first.number, last_page=last.number)

    def _place(self, name: str, start: int, end: int) -> Place:
        return self.with_pages(Place(name, start, end))


def _plain(said: Answer) -> str:
    """Return an answer's words alone, without marks and what stands around quotes."""
    if said.reader == QuotingReader.name:
        return "\n".join(citation.quote for citation in said.citations)
    return _MARK.sub("", said.text)


def in_words(question: Question) -> str:
    """Return what to ask: the question, and its choices if it has some."""
    letters = (f"({chr(ord('A') + n)}) {choice}" for n, choice in enumerate(question.choices))
    return "\n".join([question.text, *letters])


class PlainBm25:
    """The plain BM25 of `bm25s` over pieces of a fixed size: what anyone can have in ten lines."""

    name = "bm25s"
    _SIZE = 1_000  # characters

    def take(self, documents: Mapping[str, str | Path]) -> None:
        """Index texts; files are not for it."""
        self._pieces: list[Place] = []
        texts = []
        for name, given in documents.items():
            if isinstance(given, Path):
                raise TypeError(f"{given}: bm25s takes texts only.")
            for start in range(0, len(given), self._SIZE):
                self._pieces.append(Place(name, start, start + self._SIZE))
                texts.append(split_words(given[start : start + self._SIZE]))
        self._index = bm25s.BM25()
        self._index.index(texts, show_progress=False)

    def search(self, question: str, documents: Sequence[str], k: int) -> list[Place]:
        """Return the best pieces of the documents so named."""
        scores = self._index.get_scores(split_words(question))
        order: Iterable[int] = (-scores).argsort(kind="stable")
        wanted = set(documents)
        found = (self._pieces[n] for n in order if scores[n] > 0)
        return [place for place in found if place.document in wanted][:k]
