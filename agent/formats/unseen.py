"""What nobody can see in a text is taken out of it, and noted with its page.

A format that tells hidden text leaves it where it stands, between two marks; letters without a
width, some of which spell words to a machine, are found in any text.
"""

import bisect
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from agent.document import Heading, Note, Page
from agent.formats.base import Parsed
from agent.formats.pages import clean, in_order

# Put around hidden text: characters that no document has, for `clean` has removed them.
HIDDEN_START: Final = "\ufdda"
HIDDEN_END: Final = "\ufddb"
# Between the beginning of the hidden text and how many characters it has: of a long one the whole
# would fill pages of which nothing is left.
COUNT: Final = "\ufddc"

# Letters that spell words to a machine and show nothing to a person: tags, which are ASCII, and
# variants of a letter, of which one is usual and several are bytes from 16 on.
TAGS: Final = re.compile("[\U000e0000-\U000e007f]+|[\U000e0100-\U000e01ef]{2,}")
_TAG_OF_NUL: Final = 0xE0000
_VARIANT_OF_16: Final = 0xE0100
# Characters without a width. Joiners between letters that need them are left alone.
NO_WIDTH: Final = re.compile(
    "(?<![\u0590-\u1fff\u2e80-\U0001ffff])[\u180e\u200b-\u200d\u2060-\u2064]"
    "|[\U000e0000-\U000e007f]+"
    "|[\U000e0100-\U000e01ef]{2,}"
)
# A flag is spelt so, behind a black one: "gbsct" is Scotland.
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
EXCERPT_CHARACTERS: Final = 200

# One of these is in all that is taken out.
_SIGN: Final = re.compile(
    f"[{HIDDEN_START}\u180e\u200b-\u200d\u2060-\u2064\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)

_HIDDEN: Final = f"{HIDDEN_START}[^{HIDDEN_END}]*{HIDDEN_END}"
# A line of hidden text goes with its end.
_UNSEEN: Final = re.compile(
    f"(?m:^[ \\t]*(?P<line>{_HIDDEN})[ \\t]*\\n)|(?P<part>{_HIDDEN})|(?P<bare>{NO_WIDTH.pattern})"
)


@dataclass(frozen=True, slots=True)
class _Gone:
    """`[start, end)` of a text that is taken out: hidden words, or characters without a width.

    Attributes:
        count: how many characters of hidden words.
    """

    start: int
    end: int
    words: str
    count: int
    zero_width: int


def spelt(tags: str) -> str:
    """Return what letters spell that show nothing."""
    codes = map(ord, tags)
    letters = (
        code - _VARIANT_OF_16 + 16 if code >= _VARIANT_OF_16 else code - _TAG_OF_NUL
        for code in codes
    )
    return clean("".join(map(chr, letters)))


def visible(text: str) -> str:
    """Return a text without what was marked as hidden, on one line."""
    return " ".join(re.sub(_HIDDEN, "", text).split())


def without_unseen(parsed: Parsed) -> Parsed:
    """Take out what nobody can see, and note how much of it stood on which page."""
    if parsed.text.isascii() or not _SIGN.search(parsed.text):  # most texts, in a moment
        return parsed
    gone = list(_gone(parsed.text))
    if not gone:
        return parsed
    moved = _Moved(gone)
    kept, done = [], 0
    for each in gone:
        kept.append(parsed.text[done : each.start])
        done = each.end
    text = "".join((*kept, parsed.text[done:]))
    pages = tuple(
        Page(page.number, page.label, moved(page.start), moved(page.end)) for page in parsed.pages
    )
    headings = in_order(
        Heading(heading.level, title, start)
        for heading in parsed.headings
        if (title := visible(NO_WIDTH.sub("", heading.title)))
        and (start := moved(heading.start)) < len(text)
    )
    notes = sorted((*parsed.notes, *_notes(parsed.pages, gone)), key=lambda note: note.page)
    return replace(parsed, text=text, pages=pages, headings=headings, notes=tuple(notes))


def _gone(text: str) -> Iterator[_Gone]:
    flags = {match.start() + 1 for match in _FLAG.finditer(text)}
    for match in _UNSEEN.finditer(text):
        bare = match["bare"] or ""
        marked = match["line"] or match["part"] or ""
        excerpt, _, count = marked[1:-1].partition(COUNT)
        words = " ".join(excerpt.split()) or spelt("".join(TAGS.findall(bare)))
        if not (bare and match.start() in flags):
            yield _Gone(match.start(), match.end(), words, int(count or len(words)), len(bare))


class _Moved:
    """Says where a place is when all of it is taken out."""

    def __init__(self, gone: list[_Gone]) -> None:
        self._starts = [each.start for each in gone]
        self._ends = [each.end for each in gone]
        self._before = [0, *accumulate(each.end - each.start for each in gone)]

    def __call__(self, place: int) -> int:
        number = bisect.bisect_left(self._starts, place)
        over = self._ends[number - 1] - place if number else 0
        return place - self._before[number] + max(0, over)


def _notes(pages: tuple[Page, ...], gone: list[_Gone]) -> Iterator[Note]:
    on_page: dict[int, list[_Gone]] = defaultdict(list)
    starts = [page.start for page in pages]
    for each in gone:
        on_page[bisect.bisect_right(starts, each.start) - 1].append(each)
    for index, here in on_page.items():
        words = " ".join(each.words for each in here if each.words)
        if words:
            between = sum(bool(each.words) for each in here) - 1
            count = sum(each.count for each in here) + between
            yield Note(pages[index].number, "hidden", count, words[:EXCERPT_CHARACTERS])
        if zero_width := sum(each.zero_width for each in here):
            yield Note(pages[index].number, "zero-width", zero_width)
