"""What nobody can see in a text is taken out of it, and noted with its page.

A format that tells hidden text leaves it where it stands, between two marks; letters without a
width, some of which spell words to a machine, are found in any text.
"""

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from agent.document import Heading, Note, Page
from agent.formats.base import Parsed
from agent.formats.pages import clean, in_order

# Put around hidden text: characters that no document has, for `clean` has removed them.
HIDDEN_START: Final = "\ufdda"
HIDDEN_END: Final = "\ufddb"

# Letters that spell ASCII to a machine and show nothing to a person.
TAGS: Final = re.compile("[\U000e0000-\U000e007f]+")
_TAG_OF_NUL: Final = 0xE0000
# Characters without a width. Joiners between letters that need them are left alone.
NO_WIDTH: Final = re.compile(
    "(?<![\u0590-\u1fff\u2e80-\U0001ffff])[\u180e\u200b-\u200d\u2060-\u2064]"
    "|[\U000e0000-\U000e007f]+"
)
EXCERPT_CHARACTERS: Final = 200

_HIDDEN: Final = f"{HIDDEN_START}[^{HIDDEN_END}]*{HIDDEN_END}"
# A line of hidden text goes with its end.
_UNSEEN: Final = re.compile(
    f"(?m:^[ \\t]*(?P<line>{_HIDDEN})[ \\t]*\\n)|(?P<part>{_HIDDEN})|(?P<bare>{NO_WIDTH.pattern})"
)


@dataclass(frozen=True, slots=True)
class _Gone:
    """`[start, end)` of a text that is taken out: hidden words, or characters without a width."""

    start: int
    end: int
    words: str
    zero_width: int


def spelt(tags: str) -> str:
    """Return what letters spell that show nothing."""
    return clean("".join(chr(ord(tag) - _TAG_OF_NUL) for tag in tags))


def visible(text: str) -> str:
    """Return a text without what was marked as hidden, on one line."""
    return " ".join(re.sub(_HIDDEN, " ", text).split())


def without_unseen(parsed: Parsed) -> Parsed:
    """Take out what nobody can see, and note how much of it stood on which page."""
    gone = list(_gone(parsed.text))
    if not gone:
        return parsed
    kept, done = [], 0
    for each in gone:
        kept.append(parsed.text[done : each.start])
        done = each.end
    text = "".join((*kept, parsed.text[done:]))
    pages = tuple(
        Page(page.number, page.label, _moved(page.start, gone), _moved(page.end, gone))
        for page in parsed.pages
    )
    headings = in_order(
        Heading(heading.level, title, start)
        for heading in parsed.headings
        if (title := visible(NO_WIDTH.sub("", heading.title)))
        and (start := _moved(heading.start, gone)) < len(text)
    )
    notes = sorted((*parsed.notes, *_notes(parsed.pages, gone)), key=lambda note: note.page)
    return replace(parsed, text=text, pages=pages, headings=headings, notes=tuple(notes))


def _gone(text: str) -> Iterator[_Gone]:
    for match in _UNSEEN.finditer(text):
        bare = match["bare"] or ""
        marked = match["line"] or match["part"] or ""
        words = " ".join(marked[1:-1].split()) or spelt("".join(TAGS.findall(bare)))
        # What is a flag to the eye is spelt the same way, behind a black flag.
        if not (bare and match.start() and text[match.start() - 1] == "\U0001f3f4"):
            yield _Gone(match.start(), match.end(), words, len(bare))


def _moved(place: int, gone: list[_Gone]) -> int:
    """Return where a place is when all of it is taken out."""
    before = gone[: bisect.bisect_left(gone, place, key=lambda each: each.start)]
    return place - sum(min(each.end, place) - each.start for each in before)


def _notes(pages: tuple[Page, ...], gone: list[_Gone]) -> Iterator[Note]:
    for page in pages:
        here = [each for each in gone if page.start <= each.start < page.end]
        words = " ".join(each.words for each in here if each.words)
        if words:
            yield Note(page.number, "hidden", len(words), words[:EXCERPT_CHARACTERS])
        if zero_width := sum(each.zero_width for each in here):
            yield Note(page.number, "zero-width", zero_width)
