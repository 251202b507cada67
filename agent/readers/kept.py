"""A reader that reads nothing twice: what another one read is kept in the library."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import astuple
from functools import partial
from typing import Any

from agent.evidence import Claim, Evidence, Excerpt, Sentence, cite
from agent.looks import Decision, Situation
from agent.readers.base import (
    DOCUMENTS_LANGUAGE,
    QUESTIONS_LANGUAGE,
    Condensed,
    Decided,
    Extraction,
    Keywords,
    Reader,
    Written,
)
from agent.readings import Readings, key_of

_Act = Callable[[str, Sequence[Excerpt]], Generator[None, None, Extraction]]


class KeptReader:
    """Does what `reader` does, once; what was kept takes no call of the model.

    Args:
        reader: who reads.
        readings: where it is kept.
        documents: ids of all documents of the run, whose words may stand in what is written.
    """

    def __init__(self, reader: Reader, readings: Readings, documents: Sequence[str]) -> None:
        self._reader, self._readings, self._documents = reader, readings, documents
        self.name, self.identity = reader.name, reader.identity
        self.window_tokens, self.direct_tokens = reader.window_tokens, reader.direct_tokens
        self.at_once = reader.at_once

    def extract(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Return what was claimed of these very words, or have them read."""
        return (yield from self._read("extract", self._reader.extract, question, excerpts))

    def list_items(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Return the items that were claimed in these very words, or have them read."""
        return (yield from self._read("items", self._reader.list_items, question, excerpts))

    def summarise(
        self, focus: str, excerpts: Sequence[Excerpt], language: str = DOCUMENTS_LANGUAGE
    ) -> Generator[None, None, Extraction]:
        """Return what was noted of these very words, or have it noted."""
        read = partial(self._reader.summarise, language=language)
        return (yield from self._read(f"summarise in {language}", read, focus, excerpts))

    def condense(
        self,
        focus: str,
        notes: Sequence[str],
        sentences: int,
        language: str = DOCUMENTS_LANGUAGE,
    ) -> Generator[None, None, Condensed]:
        """Return what these notes were condensed to, or have them condensed."""
        act = f"condense to {sentences} in {language}"
        key = key_of(self.identity, act, focus, notes)
        kept = self._readings.find(key)
        if kept is not None:
            return Condensed(tuple(Sentence(text, tuple(marks)) for text, marks in kept))
        made = yield from self._reader.condense(focus, notes, sentences, language)
        self._keep(key, [[each.text, each.marks] for each in made.sentences])
        return made

    def keywords(self, question: str, samples: Sequence[str]) -> Generator[None, None, Keywords]:
        """Return the keywords named for this question and these samples, or have them named."""
        key = key_of(self.identity, "keywords", question, samples)
        kept = self._readings.find(key)
        if kept is not None:
            return Keywords(tuple(kept))
        named = yield from self._reader.keywords(question, samples)
        self._keep(key, list(named.queries))
        return named

    def decide(self, question: str, situation: Situation) -> Generator[None, None, Decided]:
        """Return what was decided in this very situation, or have it decided."""
        key = key_of(self.identity, "decide", question, [situation.in_words()])
        kept = self._readings.find(key)
        if kept is not None:
            return Decided(Decision(*kept))
        decided = yield from self._reader.decide(question, situation)
        self._keep(key, list(astuple(decided.decision)))
        return decided

    def _read(
        self, act: str, read: _Act, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        key = key_of(self.identity, act, question, [excerpt.text for excerpt in excerpts])
        kept = self._readings.find(key)
        if kept is not None:
            return Extraction(tuple(Claim(*line) for line in kept))
        extraction = yield from read(question, excerpts)
        claims = [[c.quote, c.excerpt, c.score, c.says] for c in extraction.claims]
        self._readings.keep(key, {excerpt.document.id for excerpt in excerpts}, claims)
        return extraction

    def answer(
        self,
        question: str,
        evidence: Sequence[Evidence],
        language: str = QUESTIONS_LANGUAGE,
    ) -> Generator[str, None, Written]:
        """Yield what was written from these quotes, or have it written."""
        texts = [language, *(f"{c.name} {c.page} {c.quote}" for c in cite(evidence))]
        key = key_of(self.identity, "answer", question, texts)
        return (yield from self._write(key, self._reader.answer(question, evidence, language)))

    def combine(
        self, question: str, parts: Sequence[str], language: str = QUESTIONS_LANGUAGE
    ) -> Generator[str, None, Written]:
        """Yield what was made of these parts, or have it made."""
        key = key_of(self.identity, "combine", question, [language, *parts])
        return (yield from self._write(key, self._reader.combine(question, parts, language)))

    def _write(
        self, key: bytes, writing: Generator[str, None, Written]
    ) -> Generator[str, None, Written]:
        kept: dict[str, Any] | None = self._readings.find(key)
        if kept is not None:
            yield kept["text"]
            return Written(answered=kept["answered"], verbatim=kept["verbatim"])
        pieces: list[str] = []
        written = yield from _noting(writing, pieces.append)
        result = {"text": "".join(pieces), "answered": written.answered}
        self._keep(key, result | {"verbatim": written.verbatim})
        return written

    def _keep(self, key: bytes, result: Any) -> None:
        self._readings.keep(key, self._documents, result)


def _noting(
    writing: Generator[str, None, Written], note: Callable[[str], None]
) -> Generator[str, None, Written]:
    """Pass on what is written, and note it."""
    with closing(writing):
        while True:
            try:
                piece = next(writing)
            except StopIteration as done:
                written: Written = done.value
                return written
            note(piece)
            yield piece


def kept(reader: Reader, readings: Readings, documents: Iterable[str]) -> Reader:
    """Return a reader that keeps what `reader` reads, or itself if that would not pay."""
    return KeptReader(reader, readings, list(documents)) if reader.identity else reader
