"""One run: what is asked of which documents, who reads, what it may spend, and what it has done."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from agent.budget import NO_LIMIT, Budget
from agent.coverage import Coverage, Ledger
from agent.document import Document
from agent.evidence import Answer, Citation, Evidence, Excerpt, Look, Usage, cite
from agent.library import Library
from agent.orders import MOST, find_orders
from agent.passage import Passage
from agent.question import information
from agent.readers.base import Reader, Written
from agent.window import cut_windows
from model.tokens import count_tokens


@dataclass(slots=True)
class Run:
    """What strategies share; a strategy that climbs hands it to the next one as it is.

    Attributes:
        question: what is asked.
        library: where the documents are.
        documents: their ids, in the order they were given.
        reader: who reads and answers.
        budget: what the run may spend.
        pages: numbers of the first and the last page asked about, of each document; None for all.
        usage: what it has spent.
        dropped_quotes: quotes the reader claimed that stand nowhere.
        looks: what was done step by step, where the reader chooses the steps.
        partial: which limit of the budget ended the reading; empty while none did.
    """

    question: str
    library: Library
    documents: Sequence[str]
    reader: Reader
    budget: Budget = NO_LIMIT
    pages: tuple[int, int] | None = None
    usage: Usage = field(default_factory=Usage)
    dropped_quotes: int = 0
    looks: list[Look] = field(default_factory=list)
    partial: str = ""
    _began: float = field(default_factory=time.monotonic)
    _ledger: Ledger | None = None

    @property
    def seconds(self) -> float:
        """Since the question."""
        return time.monotonic() - self._began

    @property
    def ledger(self) -> Ledger:
        """What became of each passage so far."""
        if self._ledger is None:
            documents = [(d, self.library.passages(d.id)) for d in self._load()]
            self._ledger = Ledger(documents, self.pages)
        return self._ledger

    def _load(self) -> list[Document]:
        return [self.library.document(identity) for identity in self.documents]

    def spend(self, usage: Usage) -> None:
        """Add what a call of the model took."""
        self.usage += usage

    def may_go_on(self) -> bool:
        """Whether the budget allows another reading; notes it if not."""
        self.partial = self.partial or self.budget.ended(self.usage, self.seconds)
        return not self.partial

    def windows(self, window_tokens: int) -> list[list[Excerpt]]:
        """Return all documents cut into windows for this question; they cover each exactly once."""
        weights = self.library.weights(information(self.question), self.documents)
        return [
            [Excerpt(document, passage, weights[document.id]) for passage in window.passages]
            for document, passages in self.ledger.documents
            for window in cut_windows(document, passages, count_tokens, window_tokens)
        ]

    def coverage(self, evidence: Sequence[Evidence] = ()) -> Coverage:
        """Return what was read so far."""
        return self.ledger.coverage(item.span for item in evidence)

    def answer(
        self, text: str, written: Written, evidence: Sequence[Evidence], strategy: str
    ) -> Answer:
        """Return the answer with all that this run knows of it."""
        cited = evidence if written.answered else ()
        return Answer(
            question=self.question,
            text=text,
            answered=written.answered,
            reader=self.reader.name,
            strategy=strategy,
            citations=cite(cited),
            dropped_quotes=self.dropped_quotes,
            coverage=self.coverage(cited),
            usage=self.usage,
            seconds=self.seconds,
            partial=self.partial,
            trail=tuple(self.looks),
            orders=self._orders(),
        )

    def _orders(self) -> tuple[Citation, ...]:
        """Return what was read that is written for a machine."""
        found = (
            Evidence(document, span)
            for document, stretches in self.ledger.read_stretches()
            for span in find_orders(document, stretches)
        )
        return cite(list(islice(found, MOST)))


def group_excerpts(excerpts: Sequence[Excerpt], window_tokens: int) -> list[list[Excerpt]]:
    """Put excerpts, in order, into groups that fit the reader's window; none is left out."""
    groups: list[list[Excerpt]] = []
    room = 0
    for excerpt in excerpts:
        room -= excerpt.passage.tokens
        if not groups or room < 0:
            groups.append([])
            room = window_tokens - excerpt.passage.tokens
        groups[-1].append(excerpt)
    return groups


def fit_texts(texts: Sequence[str], window_tokens: int) -> list[range]:
    """Return runs of texts that fit a window; a text that is too long alone is a run of its own."""
    groups: list[range] = []
    room = 0
    for number, tokens in enumerate(count_tokens(list(texts)) if texts else []):
        room -= tokens
        if not groups or room < 0:
            groups.append(range(number, number))
            room = window_tokens - tokens
        groups[-1] = range(groups[-1].start, number + 1)
    return groups


def passages_of(excerpts: Sequence[Excerpt]) -> list[Passage]:
    """Return the passages of excerpts."""
    return [excerpt.passage for excerpt in excerpts]
