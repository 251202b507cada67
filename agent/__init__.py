"""Longread's agent: ask long documents, and get answers whose every claim shows its place.

from agent import Library, answer, ask
"""

from agent.ask import answer, ask
from agent.document import Document, Heading, Page, Span
from agent.errors import DocumentError, LibraryError, QuestionError, ReaderError, ReadError
from agent.events import (
    Added,
    Answered,
    Event,
    Parsing,
    Progress,
    Read,
    Refused,
    Searched,
    Wrote,
)
from agent.evidence import Answer, Citation, Coverage, Usage
from agent.library import Library

__all__ = [
    "Added",
    "Answer",
    "Answered",
    "Citation",
    "Coverage",
    "Document",
    "DocumentError",
    "Event",
    "Heading",
    "Library",
    "LibraryError",
    "Page",
    "Parsing",
    "Progress",
    "QuestionError",
    "Read",
    "ReadError",
    "ReaderError",
    "Refused",
    "Searched",
    "Span",
    "Usage",
    "Wrote",
    "answer",
    "ask",
]
