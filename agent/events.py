"""What happens, as one stream of frozen values: page, command line, tests and logs all fold it."""

from dataclasses import dataclass

from agent.document import Note
from agent.evidence import Answer, Evidence
from agent.index.base import Hit


@dataclass(frozen=True, slots=True)
class Parsing:
    """A file is being parsed; `page` of `pages` are done."""

    name: str
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Indexing:
    """A parsed file is made searchable; `passage` of `passages` are done."""

    name: str
    passage: int
    passages: int


@dataclass(frozen=True, slots=True)
class Added:
    """A document is whole in the library and searchable.

    Attributes:
        id: SHA-256 of its bytes.
        reused: it was there already; nothing was parsed or indexed.
        empty_pages: without any text, pictures of text among them.
        notes: what is to be known of its pages, such as which were not read.
    """

    id: str
    name: str
    pages: int
    tokens: int
    reused: bool
    empty_pages: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A file cannot be taken; the others go on."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Searched:
    """The index was asked; `hits` are what will be read, best first."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Looking:
    """A reader that chooses its steps takes the next one.

    Attributes:
        action: "search", "read", "sweep" or "outline".
        looking_for: what is to be found, in the reader's words.
    """

    action: str
    looking_for: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What is about to be read, and what it is expected to take.

    Attributes:
        step: "direct", "retrieve", "sweep" or "summarize".
        readings: acts of the reader, some of which may be kept from before.
        passages: in all of them.
        tokens: of the passages.
        seconds: at the pace of this reader on this machine; None where it is not known yet.
    """

    step: str
    readings: int
    passages: int
    tokens: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Climbed:
    """What was tried did not carry the answer, and more is done; `reason` says why in one line.

    What was written so far counts no more.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """An answer that stands for now, while more is read."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Working:
    """Nothing new, but whoever watches may stop here."""


@dataclass(frozen=True, slots=True)
class Read:
    """A reader has read some passages.

    Attributes:
        passages: how many it was given.
        evidence: the quotes that were found in the document.
        dropped: quotes it claimed that were not.
        failure: why the reading failed, empty if it did not.
        pages: where they stand: documents' ids, the first and the last page.
    """

    passages: int
    evidence: tuple[Evidence, ...]
    dropped: int
    failure: str = ""
    pages: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Condensing:
    """Notes are made into a summary; `done` of `total` parts are.

    Attributes:
        failure: why the last one could not be written by the model, empty if it could.
    """

    done: int
    total: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Wrote:
    """The next piece of the answer's text, as it is being written."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The end: every run that is not stopped ends with it."""

    answer: Answer


Event = (
    Parsing
    | Indexing
    | Added
    | Refused
    | Searched
    | Looking
    | Planned
    | Working
    | Read
    | Condensing
    | Wrote
    | Climbed
    | Drafted
    | Answered
)
