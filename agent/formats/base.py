"""What a format is: one module of this folder with a `FORMAT`, found by being there."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.document import Heading, Note, Page

# Called with (pages done, pages in all) while a document is read.
OnPage = Callable[[int, int], None]


class Refused(Exception):  # noqa: N818 - reads as what happened; only `agent.formats.parse` sees it
    """A file cannot be taken; `parse` adds its name and makes a `DocumentError` of it.

    Attributes:
        reason: what is wrong and what to do, as the rest of a sentence that begins with the name.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotTaken(Refused):
    """A file is of a kind that is not taken; `parse` adds which kinds are.

    Its reason ends without a full stop.
    """


@dataclass(frozen=True, slots=True)
class Piece:
    """One page before it has its place in the document.

    Attributes:
        text: canonical text (see `agent.formats.pages.clean`).
        label: what the document calls this page; "" if it has no name for it.
        headings: their `start` counts characters of this piece.
    """

    text: str
    label: str = ""
    headings: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a format makes of a file: a `Document` without its id and name.

    Attributes:
        blank: why there is no text where there is none, as the rest of a sentence that begins with
            the name.
    """

    engine: str
    text: str
    pages: tuple[Page, ...]
    headings: tuple[Heading, ...]
    notes: tuple[Note, ...] = ()
    attachments: tuple[str, ...] = ()
    blank: str = "holds no text; check that it is the right file."


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes:
        name: short name for programs, for example "pdf".
        title: name for people, for example "PDF".
        suffixes: file name endings in lower case, with their dot.
        sniff: whether the bytes themselves say that they are of this format.
        parse: reads the bytes; raises `Refused`.
        unlock: the same for bytes locked with a password, given last; None if there is no such.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    parse: Callable[[bytes, OnPage], Parsed]
    unlock: Callable[[bytes, OnPage, str], Parsed] | None = None
