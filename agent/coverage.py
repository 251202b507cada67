"""What was searched, read, used, and could not be read: noted by passage, told by page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Literal

from agent.document import Document, Page, Span
from agent.passage import Passage

State = Literal["read", "partly", "failed", "unread", "blank", "unreadable"]
_UNREADABLE: Final = frozenset({"scan", "unread"})  # kinds of notes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pages `first` to `last` of a document and what became of them.

    Attributes:
        state: "read", "partly" read or "unread"; "failed" where the reading of any of it failed
            for good; "blank" without any text; "unreadable", such as a scan without an OCR engine.
    """

    first: int
    last: int
    state: State


@dataclass(frozen=True, slots=True)
class DocumentCoverage:
    """The map of one document.

    Attributes:
        stretches: they follow one another and cover its pages exactly once.
        used: numbers of the pages that the answer cites.
        pages: how many were asked about.
    """

    document: str
    name: str
    pages: int
    stretches: tuple[Stretch, ...]
    used: tuple[int, ...]

    def count(self, *states: State) -> int:
        """Return how many pages are in one of these states."""
        return sum(s.last - s.first + 1 for s in self.stretches if s.state in states)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a run covered; `tokens` are of the documents, not of the prompts."""

    name: str
    passages: int
    tokens: int
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the documents was read for one answer; passages that failed were not read.

    Attributes:
        tokens_total: of all documents asked.
        tokens_read: each token counts once, however often it was read.
        passages_read: likewise.
        failed: passages whose reading failed for good.
        steps: what each step covered, in the order they began.
        documents: page by page.
    """

    tokens_total: int = 0
    tokens_read: int = 0
    passages_read: int = 0
    failed: int = 0
    steps: tuple[Step, ...] = ()
    documents: tuple[DocumentCoverage, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every passage was read."""
        return self.tokens_read == self.tokens_total

    @property
    def sentence(self) -> str:
        """What was read and what was not, for people."""
        total = sum(each.pages for each in self.documents)
        read = sum(each.count("read") for each in self.documents)
        partly = sum(each.count("partly") for each in self.documents)
        of = f"of {total:,} {'page' if total == 1 else 'pages'}"
        said = f"Read {read:,} {of}" if read or not partly else f"Read parts of {partly:,} {of}"
        said += f" and parts of {partly:,} more" if read and partly else ""
        for state, words in _WORDS.items():
            if places := list(_places(self.documents, state)):
                said += f"; {words}: {', '.join(places)}"
        return said


_WORDS: Final[Mapping[State, str]] = {
    "failed": "reading failed on pages",
    "unreadable": "could not be read as text: pages",
}


def _places(documents: Sequence[DocumentCoverage], state: State) -> Iterator[str]:
    for each in documents:
        name = f" of {each.name}" if len(documents) > 1 else ""
        for stretch in each.stretches:
            if stretch.state == state:
                is_one = stretch.first == stretch.last
                last = "" if is_one else f"-{stretch.last:,}"
                yield f"{stretch.first:,}{last}{name}"


@dataclass(slots=True)
class Ledger:
    """Notes what becomes of passages while a run goes on.

    Args:
        documents: all that are asked, each with all its passages in reading order.
        pages: numbers of the first and the last page asked about, of each document; None for all.
    """

    documents: Sequence[tuple[Document, Sequence[Passage]]]
    pages: tuple[int, int] | None = None
    _read: set[Span] = field(default_factory=set)
    _failed: set[Span] = field(default_factory=set)
    _steps: dict[str, Step] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Leave out the passages that reach into none of the pages asked about."""
        if self.pages:
            self.documents = [(d, self._within(d, passages)) for d, passages in self.documents]

    def _within(self, document: Document, passages: Sequence[Passage]) -> list[Passage]:
        pages = self.pages_of(document)
        return _between(passages, pages[0].start, pages[-1].end) if pages else []

    def pages_of(self, document: Document) -> Sequence[Page]:
        """Return the pages of a document that are asked about."""
        if self.pages is None:
            return document.pages
        first, last = self.pages
        return [page for page in document.pages if first <= page.number <= last]

    def searched(self, step: str = "search") -> None:
        """Note that all passages were searched for words or meaning, which is not reading."""
        passages = [p for _, all_passages in self.documents for p in all_passages]
        self._steps[step] = Step(step, len(passages), sum(p.tokens for p in passages))

    def read(self, step: str, passages: Iterable[Passage]) -> None:
        """Note that passages were read, wherever a step before it failed."""
        for passage in passages:
            self._read.add(passage.span)
            self._failed.discard(passage.span)
            self._count(step, passage)

    def failed(self, step: str, passages: Iterable[Passage]) -> None:
        """Note that passages could not be read."""
        for passage in passages:
            if passage.span not in self._read:
                self._failed.add(passage.span)
            self._count(step, passage, failed=1)

    def _count(self, step: str, passage: Passage, failed: int = 0) -> None:
        known = self._steps.get(step, Step(step, 0, 0))
        self._steps[step] = Step(
            step,
            known.passages + 1 - failed,
            known.tokens + (0 if failed else passage.tokens),
            known.failed + failed,
        )

    @property
    def has_read(self) -> bool:
        """Whether anything was read at all."""
        return bool(self._read)

    def on_pages(self, document: Document, first: int, last: int) -> list[Passage]:
        """Return the passages that reach into some pages of a document."""
        start, end = document.pages[first - 1].start, document.pages[last - 1].end
        (passages,) = (own for each, own in self.documents if each.id == document.id)
        return _between(passages, start, end)

    def is_read(self, passage: Passage) -> bool:
        """Whether a step has read this passage."""
        return passage.span in self._read

    def read_stretches(self) -> Iterator[tuple[Document, list[Span]]]:
        """Yield what was read of each document, passages that touch as one."""
        for document, passages in self.documents:
            stretches: list[Span] = []
            for span in (p.span for p in passages if p.span in self._read):
                touches = bool(stretches) and stretches[-1].end >= span.start
                start = stretches.pop().start if touches else span.start
                stretches.append(Span(span.document, start, span.end))
            yield document, stretches

    def coverage(self, used: Iterable[Span] = ()) -> Coverage:
        """Return the coverage as it is now; `used` is what the answer cites."""
        cited = list(used)
        passages = [p for _, all_passages in self.documents for p in all_passages]
        read = [p for p in passages if p.span in self._read]
        return Coverage(
            tokens_total=sum(p.tokens for p in passages),
            tokens_read=sum(p.tokens for p in read),
            passages_read=len(read),
            failed=len(self._failed),
            steps=tuple(self._steps.values()),
            documents=tuple(self._map(d, own, cited) for d, own in self.documents),
        )

    def _map(
        self, document: Document, passages: Sequence[Passage], cited: Sequence[Span]
    ) -> DocumentCoverage:
        unreadable = {note.page for note in document.notes if note.kind in _UNREADABLE}
        states = list(self._states(document, passages, unreadable))
        stretches = []
        for state, run in groupby(
            zip(self.pages_of(document), states, strict=True), key=lambda each: each[1]
        ):
            numbers = [page.number for page, _ in run]
            stretches.append(Stretch(numbers[0], numbers[-1], state))
        used = {
            page.number
            for page in document.pages
            for span in cited
            if span.document == document.id and span.start < page.end and page.start < span.end
        }
        name, pages = document.name, len(self.pages_of(document))
        return DocumentCoverage(document.id, name, pages, tuple(stretches), tuple(sorted(used)))

    def _states(
        self, document: Document, passages: Sequence[Passage], unreadable: set[int]
    ) -> Iterator[State]:
        """Yield the state of each page; pages and passages are both in reading order."""
        first = 0
        for page in self.pages_of(document):
            while first < len(passages) and passages[first].span.end <= page.start:
                first += 1
            yield self._state(document, page, passages, first, is_lost=page.number in unreadable)

    def _state(
        self,
        document: Document,
        page: Page,
        passages: Sequence[Passage],
        first: int,
        *,
        is_lost: bool,
    ) -> State:
        if not document.text[page.start : page.end].strip():
            return "unreadable" if is_lost else "blank"
        on_page = []
        for number in range(first, len(passages)):
            if passages[number].span.start >= page.end:
                break
            on_page.append(passages[number].span)
        if any(span in self._failed for span in on_page):
            return "failed"
        read = sum(span in self._read for span in on_page)
        return "read" if read == len(on_page) else "partly" if read else "unread"


def _between(passages: Iterable[Passage], start: int, end: int) -> list[Passage]:
    return [p for p in passages if p.span.start < end and p.span.end > start]
