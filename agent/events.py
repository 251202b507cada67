"""What happens, as one stream of frozen values: page, command line, tests and logs all fold it."""

from dataclasses import dataclass, replace

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
class Read:
    """A reader has read some passages.

    Attributes:
        passages: how many it was given.
        evidence: the quotes that were found in the document.
        dropped: quotes it claimed that were not.
        failure: why the reading failed, empty if it did not.
    """

    passages: int
    evidence: tuple[Evidence, ...]
    dropped: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Wrote:
    """The next piece of the answer's text, as it is being written."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The end: every run that is not stopped ends with it."""

    answer: Answer


Event = Parsing | Added | Refused | Searched | Read | Wrote | Answered


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: the state people are shown, replaced whole by each event.

    Attributes:
        stage: one line for people.
        done: steps done of the present stage.
        total: steps of the present stage, 0 while unknown.
        refused: `(name, reason)` of every file not taken so far.
        evidence: the verified quotes so far.
        text: the answer so far.
        answer: the answer, once there is one.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    text: str = ""
    answer: Answer | None = None

    def after(self, event: Event) -> "Progress":
        """Return the progress once `event` has happened."""
        match event:
            case Parsing(name, page, pages):
                return replace(self, stage=f"Reading in {name}", done=page, total=pages)
            case Added(name=name, pages=pages):
                return replace(self, stage=f"{name} is ready", done=pages, total=pages)
            case Refused(name, reason):
                return replace(self, refused=(*self.refused, (name, reason)))
            case Searched(hits):
                stage = f"Reading {len(hits)} passages"
                return replace(self, stage=stage, done=0, total=len(hits))
            case Read(passages=passages, evidence=evidence):
                done, known = self.done + passages, (*self.evidence, *evidence)
                return replace(self, done=done, evidence=known)
            case Wrote(text):
                return replace(self, stage="Answering", text=self.text + text)
            case Answered(answer):
                return replace(self, stage="Done", text=answer.text, answer=answer)
