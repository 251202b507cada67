"""A document: pages, one canonical text, and every character of it addressable by offset."""

import bisect
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page, `[start, end)` in characters of the canonical text.

    Attributes:
        number: physical number, from 1.
        label: what the document itself calls this place: "xii" as printed, "lines 61-120" of a
            text file, a chapter's name.
        start: offset of the first character.
        end: offset after the last character.
    """

    number: int
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the outline: level from 1, its title, and where it stands in the text."""

    level: int
    title: str
    start: int


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be known about a page beyond its text.

    Attributes:
        page: the page's number.
        kind: "engine": another library than the document's read this page, named in `text`;
            "hidden": the page holds text that nobody can see, kept out of the document's text;
            "zero-width": characters without a width were taken out of its text;
            "running": lines that stand on page after page were taken out of its text;
            "around": what stood around the article of a web page was left out;
            "scan": the page is a picture and has no text;
            "unread": no library could read the page;
            "ocr": its text was recognised in a picture, by the engine named in `text`.
        count: of characters or of lines, where something was taken out.
        text: the beginning of what was taken out, or an engine. As little to be trusted as the
            rest of the document.
    """

    page: int
    kind: str
    count: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one document, `[start, end)` in characters of its canonical text."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document, whole.

    Attributes:
        id: SHA-256 of the file's bytes, in hexadecimal.
        name: the file's name, for people.
        format: which format it was read as, for example "pdf".
        engine: which library read it.
        text: the canonical text; all offsets count its characters.
        pages: they follow one another and cover the text exactly once.
        headings: the outline, in reading order.
        notes: what the text does not tell about its pages, by page.
        attachments: names of the files that lie within this one; they are not read.
    """

    id: str
    name: str
    format: str
    engine: str
    text: str
    pages: tuple[Page, ...]
    headings: tuple[Heading, ...] = ()
    notes: tuple[Note, ...] = ()
    attachments: tuple[str, ...] = ()

    def page_at(self, offset: int) -> Page:
        """Return the page that holds the character at `offset`."""
        after = bisect.bisect_right(self.pages, offset, key=lambda page: page.start)
        return self.pages[max(after - 1, 0)]

    def heading_path(self, offset: int) -> tuple[str, ...]:
        """Return the titles above `offset`, outermost first."""
        path: list[Heading] = []
        for heading in self.headings[: self._headings_before(offset)]:
            open_heading(path, heading)
        return tuple(heading.title for heading in path)

    def _headings_before(self, offset: int) -> int:
        return bisect.bisect_right(self.headings, offset, key=lambda heading: heading.start)


def open_heading(path: list[Heading], heading: Heading) -> None:
    """Make `path`, the headings above a place, that of a place below `heading`."""
    while path and path[-1].level >= heading.level:
        path.pop()
    path.append(heading)
