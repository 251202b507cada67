"""Longread's agent: ask long documents, and get answers whose every claim shows its place.

from agent import Library, answer, ask
"""

from typing import TYPE_CHECKING, Any

from agent.ask import answer, ask, summarize
from agent.budget import Budget
from agent.coverage import Coverage
from agent.document import Document, Heading, Page, Span
from agent.errors import DocumentError, LibraryError, QuestionError, ReaderError, ReadError
from agent.events import (
    Added,
    Answered,
    Climbed,
    Condensing,
    Drafted,
    Event,
    Indexing,
    Looking,
    Parsing,
    Planned,
    Read,
    Refused,
    Searched,
    Working,
    Wrote,
)
from agent.evidence import Answer, Citation, Usage
from agent.library import Library
from agent.progress import Progress

if TYPE_CHECKING:
    from agent.chain import LibraryRetriever, as_runnable

__all__ = [
    "Added",
    "Answer",
    "Answered",
    "Budget",
    "Citation",
    "Climbed",
    "Condensing",
    "Coverage",
    "Document",
    "DocumentError",
    "Drafted",
    "Event",
    "Heading",
    "Indexing",
    "Library",
    "LibraryError",
    "LibraryRetriever",
    "Looking",
    "Page",
    "Parsing",
    "Planned",
    "Progress",
    "QuestionError",
    "Read",
    "ReadError",
    "ReaderError",
    "Refused",
    "Searched",
    "Span",
    "Usage",
    "Working",
    "Wrote",
    "answer",
    "as_runnable",
    "ask",
    "summarize",
]


def __getattr__(name: str) -> Any:
    """Import what stands on LangChain when it is asked for: half a second that few need."""
    if name in {"LibraryRetriever", "as_runnable"}:
        from agent import chain  # noqa: PLC0415

        return getattr(chain, name)
    raise AttributeError(f"module 'agent' has no attribute {name!r}")
