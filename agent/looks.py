"""Looking for an answer step by step: what a reader is told, what it decides, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agent.document import Document
from agent.evidence import Evidence, Look, cite
from model.tokens import count_tokens

Action = Literal["search", "read", "sweep", "outline", "answer"]
_OUTLINE_TOKENS: Final = 800  # of a prompt: enough for the chapters of a book
_QUOTES_TOKENS: Final = 3_000
_NOTHING: Final = "(nothing yet)"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do next; nothing of it is believed before it is checked.

    Attributes:
        action: "search" all documents, "read" a few pages, "sweep" a section of any length, look in
            the "outline", or "answer" from what was found.
        looking_for: the question to read for, or what to search.
        document: its number among those asked about, from 1.
        first_page: physical number, from 1.
        last_page: likewise.
    """

    action: Action
    looking_for: str
    document: int = 1
    first_page: int = 1
    last_page: int = 1


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a reader decides by.

    Attributes:
        documents: those asked about, in the order of their numbers.
        found: the verified quotes so far, in the order they were found.
        looks: what was done so far.
        outline: lines of outlines that were looked up.
    """

    documents: Sequence[Document]
    found: Sequence[Evidence]
    looks: Sequence[Look]
    outline: Sequence[str] = ()

    def in_words(self) -> str:
        """Return it as a reader is told it; every word of it may come from a document."""
        names = [
            f"{number}. {each.name}, pages 1 to {len(each.pages)}"
            for number, each in enumerate(self.documents, start=1)
        ]
        return "\n\n".join(
            f"{title}:\n{chr(10).join(lines) or _NOTHING}"
            for title, lines in (
                ("Documents", names),
                ("Outline", [*self._chapters(), *self.outline]),
                ("Quotes found", self._quotes()),
                ("Steps done", [step(look) for look in self.looks]),
            )
        )

    def _chapters(self) -> list[str]:
        """Return as many levels of the outlines as there is room for."""
        lines: list[str] = []
        for level in range(1, 4):
            wanted = [
                line
                for number, document in enumerate(self.documents, start=1)
                for line in outline_lines(document, number, level)
            ]
            if sum(count_tokens(wanted)) > _OUTLINE_TOKENS:
                return lines or ["(long: look in the outline)"]
            lines = wanted
        return lines

    def _quotes(self) -> list[str]:
        """Return the quotes, the latest for certain, and how many earlier ones have no room."""
        shown = [f'{c.name}, page {c.page}: "{_line(c.quote)}"' for c in cite(self.found)]
        room, lines = _QUOTES_TOKENS, list[str]()
        for line, tokens in zip(reversed(shown), reversed(count_tokens(shown)), strict=True):
            room -= tokens
            if lines and room < 0:
                return [f"({len(shown) - len(lines)} earlier ones are kept too)", *lines]
            lines.insert(0, line)
        return lines


def outline_lines(
    document: Document, number: int, deepest: int, first_page: int = 1, last_page: int | None = None
) -> list[str]:
    """Return the headings of some pages, each with its page, down to a level."""
    lines = []
    for heading in document.headings:
        page = document.page_at(heading.start).number
        within = first_page <= page <= (last_page or len(document.pages))
        if heading.level <= deepest and within:
            indent = "  " * (heading.level - 1)
            lines.append(f"{indent}{_line(heading.title)} (document {number}, page {page})")
    return lines


def step(look: Look) -> str:
    """Return a step in one line: what was done, where, what for, and what came of it."""
    what = f"{look.action} {look.where}".strip()
    aim = f", for: {_line(look.looking_for)}" if look.looking_for else ""
    came = look.failure or f"{look.noted} new {'quote' if look.noted == 1 else 'quotes'}"
    return f"{what}{aim}: {came}"


def _line(text: str) -> str:
    return " ".join(text.split())
