"""What flows from reading to answering: verified quotes, and the answer that rests on them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.coverage import Coverage
from agent.document import Document, Span
from agent.passage import Passage


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage as it is handed to a reader, with the document it comes from.

    Attributes:
        weights: the words of the question as index terms, and how rare each is in what was
            searched (inverse document frequency): what a reader without a model goes by.
    """

    document: Document
    passage: Passage
    weights: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The passage's words: a slice of the canonical text."""
        return self.document.text[self.passage.span.start : self.passage.span.end]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a reader says it read, before anything was checked.

    Attributes:
        quote: the words it claims to quote.
        excerpt: index of the excerpt it claims to quote from, None if it named none.
        score: how well it answers, where the reader can tell; comparable within one question.
        says: what it is quoted for, an item of a list or a sentence of a summary; empty where the
            quote speaks for itself.
    """

    quote: str
    excerpt: int | None = None
    score: float = 0.0
    says: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote that was found in the document: `document.text[span.start:span.end]`.

    Attributes:
        score: as the reader claimed.
        says: likewise; it is the reader's word, and no more than that.
    """

    document: Document
    span: Span
    score: float = 0.0
    says: str = ""

    @property
    def text(self) -> str:
        """The quoted words, exactly as the document has them."""
        return self.document.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a numbered claim of the answer stands.

    Attributes:
        n: the number in the answer's text, from 1.
        document: the document's id.
        name: the document's name, for people.
        page: physical page number, from 1.
        label: what the document itself calls that page.
        start: offset in the document's canonical text.
        end: offset after the last character.
        quote: `text[start:end]` of the canonical text.
    """

    n: int
    document: str
    name: str
    page: int
    label: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What the chat model was given and gave, in tokens, and how often it was called."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.calls + other.calls,
        )


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Item:
    """One of all that was asked for, as the reader calls it; `marks` are numbers of citations."""

    label: str
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer or a summary.

    Attributes:
        text: as it stands in the answer, its marks included; of a summary, without them.
        marks: numbers of the citations that it rests on; empty if it names no source.
        strange_numbers: numbers in it that none of those quotes holds, as they are written.
    """

    text: str
    marks: tuple[int, ...]
    strange_numbers: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Whether it names no source, or a number that is not there."""
        return not self.marks or bool(self.strange_numbers)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a summary.

    Attributes:
        document: the id of the document it sums up; empty for what sums up all of it.
        title: the document's own heading, or which pages it is; may be empty.
        sentences: in reading order, at least one.
    """

    document: str
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A step on the way to an answer.

    Attributes:
        action: "search", "read", "sweep", "outline" or "answer".
        where: the document and pages it was confined to; empty for all.
        looking_for: what was to be found, in the reader's words.
        noted: how many new quotes it found.
        failure: why it could not be done, or why it was the last; empty if it could.
    """

    action: str
    where: str
    looking_for: str
    noted: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; "not found in what was read" is a value of it, not a failure.

    Attributes:
        text: the answer, with marks `[1]` that point to `citations`.
        answered: False if what was read does not hold the answer.
        reader: "quoting", or the name of the chat model.
        dropped_quotes: quotes the reader claimed that do not stand in the documents.
        seconds: from the question to the end.
        partial: which budget ended before the reading did, in words; empty if none.
        items: where a question asks for everything of a kind, what there is of it.
        sections: of a summary, what it is made of, so that each sentence leads to its quotes.
        trail: step by step where the reader looked, if it chose its steps.
        sentences: what an answer in the reader's own words says, each with what it rests on.
        orders: words among what was read that are written for a machine, such as "ignore all
            previous instructions", numbered for themselves; see `agent.orders`.
    """

    question: str
    text: str
    answered: bool
    reader: str
    strategy: str
    citations: tuple[Citation, ...]
    dropped_quotes: int
    coverage: Coverage
    usage: Usage
    seconds: float
    partial: str = ""
    items: tuple[Item, ...] = ()
    sections: tuple[Section, ...] = ()
    trail: tuple[Look, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    orders: tuple[Citation, ...] = ()

    @property
    def said(self) -> tuple[Sentence, ...]:
        """All sentences in the reader's own words, of the answer or of a summary."""
        of_sections = (each for section in self.sections for each in section.sentences)
        return (*self.sentences, *of_sections)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in the shape of `longread ask --json`; fields are only ever added."""
        fields = asdict(self)
        fields["answer"] = fields.pop("text")
        order = ("question", "answer", "answered", "reader", "strategy")
        return (
            {name: fields.pop(name) for name in order}
            | fields
            | {
                "citations": [asdict(citation) for citation in self.citations],
            }
        )


def cite(evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """Number verified quotes from 1, in the given order."""
    citations = []
    for n, item in enumerate(evidence, start=1):
        page = item.document.page_at(item.span.start)
        citations.append(
            Citation(
                n,
                item.document.id,
                item.document.name,
                page.number,
                page.label,
                item.span.start,
                item.span.end,
                item.text,
            )
        )
    return tuple(citations)
