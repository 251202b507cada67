"""Questions to begin with, taken from a document's own outline."""

import re
from collections.abc import Iterator
from typing import Final

from agent import Document, Library
from app import strings

_MOST: Final = 3
_DEEPEST: Final = 2  # levels, of those that the outline has
_WORDS: Final = range(2, 11)  # fewer say little, more are sentences
_CHARACTERS: Final = range(4, 90)
# What is in most documents and about none of them.
_OF_ANY: Final = re.compile(
    r"contents|index|appendix|annex|references|bibliography|acknowledge?ments?|copyright|preface|"
    r"foreword|glossary|abbreviations|introduction|about (?:this|the)|list of|table of|"
    r"inhalt|anhang|literatur|vorwort|sommaire|annexe|目录|附录|参考文献|目次",
    re.IGNORECASE,
)
_NUMBERING: Final = re.compile(
    r"^(?:(?:chapter|part|section|item)\s+)?[\dIVXLC.]+[.):\s]+", re.IGNORECASE
)
# "Book I" is a place, and says nothing of what stands there.
_PLACE: Final = re.compile(
    r"(?:book|chapter|part|section|volume|item|act|kapitel|teil|buch|band|chapitre|livre|глава|часть|"
    r"книга|том)\s+(?:[\dIVXLC]+|\w+)",
    re.IGNORECASE,
)


def suggested(library: Library, document: str) -> tuple[str, ...]:
    """Return at most three questions, about the longest sections, in reading order."""
    return tuple(map(strings.suggest, _titles(library.document(document))))


def _titles(document: Document) -> list[str]:
    sections = list(_sections(document))
    longest = sorted(sections, key=lambda section: -section[1])[:_MOST]
    return list(dict.fromkeys(title for title, length in sections if (title, length) in longest))


def _sections(document: Document) -> Iterator[tuple[str, int]]:
    """Yield titles that tell what a section is about, and how long it is."""
    levels = sorted({heading.level for heading in document.headings})[:_DEEPEST]
    headings = [heading for heading in document.headings if heading.level in levels]
    ends = [*(heading.start for heading in headings[1:]), len(document.text)]
    for heading, end in zip(headings, ends, strict=False):  # without headings one end is left over
        title = _NUMBERING.sub("", heading.title).strip(" .:")
        if _tells(title):
            yield title, end - heading.start


def _tells(title: str) -> bool:
    has_spaces = " " in title
    return (
        len(title) in _CHARACTERS
        and (len(title.split()) in _WORDS or (not has_spaces and not title.isascii()))
        and any(map(str.isalpha, title))
        and not _OF_ANY.search(title)
        and not _PLACE.fullmatch(title)
    )
