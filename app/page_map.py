"""What became of each page of a document: one byte a page, as the reading map draws it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent import Answer
from agent.coverage import State
from agent.entries import Entry
from app import strings

# By what is told of a page of which several answers say different things: the last of these.
STATES: Final[tuple[State, ...]] = ("unread", "blank", "unreadable", "failed", "partly", "read")
CITED: Final = 8  # is added to the state


@dataclass(frozen=True, slots=True)
class PageMap:
    """The map of one document.

    Attributes:
        document: its id.
        name: what it is called.
        cells: for each page the place of its state in `STATES`, and `CITED` if it is cited.
    """

    document: str
    name: str
    cells: bytes

    @property
    def said(self) -> str:
        """What it shows, for those who cannot see it."""
        states = Counter(STATES[cell % CITED] for cell in self.cells)
        cited = sum(cell >= CITED for cell in self.cells)
        return strings.map_said(self.name, len(self.cells), states, cited)


def map_pages(
    entry: Entry, answers: Iterable[Answer], read: Iterable[tuple[str, int, int]] = ()
) -> PageMap:
    """Return the map of a document.

    Args:
        entry: the document.
        answers: what was found out about it.
        read: runs of pages that were read by what is still under way.
    """
    cells = bytearray(entry.pages)
    for answer in answers:
        for coverage in answer.coverage.documents:
            if coverage.document == entry.id:
                for stretch in coverage.stretches:
                    _mark(cells, stretch.first, stretch.last, stretch.state)
    for document, first, last in read:
        if document == entry.id:
            _mark(cells, first, last, "read")
    for answer in answers:
        for citation in answer.citations:
            if citation.document == entry.id and citation.page <= entry.pages:
                cells[citation.page - 1] |= CITED
    return PageMap(entry.id, entry.name, bytes(cells))


def _mark(cells: bytearray, first: int, last: int, state: State) -> None:
    value = STATES.index(state)
    for at in range(max(first, 1) - 1, min(last, len(cells))):
        cells[at] = max(cells[at], value)
