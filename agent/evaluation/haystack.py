"""Haystacks: a document of a wanted length with needles at wanted depths, its places known."""

import bisect
import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice, pairwise

from agent.document import Document, Heading, Page
from agent.errors import QuestionError
from agent.evaluation.needles import Needle
from agent.evaluation.wording import Wording
from agent.formats.pages import by_lines
from agent.passage import CountTokens
from agent.sentence import split_sentences

_PARAGRAPH = 8  # sentences
_BATCH = 2_000  # sentences that are counted at once
_MOST_COUNT = 99


@dataclass(frozen=True, slots=True)
class Haystack:
    """A document with needles in it.

    Attributes:
        document: with the needles.
        places: where each needle stands, `[start, end)` in characters of its text.
        moved: of a copy, the places in the original at which something was planted, rising, and how
            far all that stands there or behind it was moved.
    """

    document: Document
    places: dict[Needle, tuple[int, int]]
    moved: tuple[tuple[int, int], ...] = ()

    def place_of(self, start: int, end: int) -> tuple[int, int]:
        """Return where a sentence of the original stands in the copy."""
        shift = _shift(self.moved, start)
        return start + shift, end + shift

    def pages_of(self, start: int, end: int) -> frozenset[int]:
        """Return the numbers of the pages that `[start, end)` lies on."""
        first, last = self.document.page_at(start), self.document.page_at(end - 1)
        return frozenset(range(first.number, last.number + 1))


def built_in_filler(wording: Wording, chance: random.Random) -> Iterator[str]:
    """Yield sentences of a language without end, in paragraphs."""
    number = 0
    while True:
        number += 1
        sentence = chance.choice(wording.filler).format(
            key=chance.choice(wording.keys), count=chance.randint(2, _MOST_COUNT)
        )
        yield sentence + ("\n\n" if number % _PARAGRAPH == 0 else wording.joiner)


def filler_of(text: str) -> Iterator[str]:
    """Yield the sentences of a text in their order, over and over.

    Raises:
        QuestionError: if it has none.
    """
    _check_text(text)
    pieces = [text[start:end] for start, end in split_sentences(text)]
    if not pieces[-1].endswith("\n"):
        pieces[-1] += "\n\n"
    while True:
        yield from pieces


def _check_text(text: str) -> None:
    if not text.strip():
        raise QuestionError("The document has no text to hide needles in.")


def stack(
    filler: Iterable[str],
    needles: Sequence[Needle],
    *,
    tokens: int,
    count_tokens: CountTokens,
    name: str,
    joiner: str = " ",
) -> Haystack:
    """Make a document of at most `tokens` tokens.

    It is short of that by two sentences or two percent at most: tokens reach across sentences.

    Args:
        filler: sentences, each with the white space after it.
        needles: put between two of them, as near to their depth as can be.
        tokens: of the whole, needles included.
        count_tokens: counts them.
        name: what the document is called.
        joiner: stands after a needle.

    Raises:
        QuestionError: if the needles alone are longer than that.
    """
    said = [needle.sentence + joiner for needle in needles]
    room = tokens - sum(count_tokens(said))
    if room < 0:
        raise QuestionError(
            f"{len(needles)} needles do not fit {tokens:,} tokens; take longer lengths, fewer "
            "depths or fewer distractors."
        )
    pieces, counts = _take(filler, room, count_tokens)
    while True:
        document, places = _plant(pieces, counts, needles, said, name)
        (whole,) = count_tokens([document.text])
        if whole <= tokens or not pieces:
            return Haystack(document, places)
        # Sentences may hold more tokens together than one by one, never many more.
        while pieces and whole > tokens:
            whole -= counts.pop()
            pieces.pop()


def _take(
    filler: Iterable[str], room: int, count_tokens: CountTokens
) -> tuple[list[str], list[int]]:
    """Return as many sentences as there is room for, and the tokens of each."""
    pieces: list[str] = []
    counts: list[int] = []
    source = iter(filler)
    space = ""
    while batch := list(islice(source, _BATCH)):
        # White space counts with the word after it, as it does in the whole.
        turned = [before[len(before.rstrip()) :] + piece.rstrip()
                  for before, piece in pairwise([space, *batch])]  # fmt: skip
        space = batch[-1]
        for piece, tokens in zip(batch, count_tokens(turned), strict=True):
            room -= tokens
            if room < 0:
                return pieces, counts
            pieces.append(piece)
            counts.append(tokens)
    return pieces, counts


def _plant(
    pieces: Sequence[str],
    counts: Sequence[int],
    needles: Sequence[Needle],
    said: Sequence[str],
    name: str,
) -> tuple[Document, dict[Needle, tuple[int, int]]]:
    """Put each needle between two pieces; return the document and where needles came to stand."""
    ends = [0, *accumulate(counts)]
    before: dict[int, list[tuple[Needle, str]]] = {}
    for needle, sentence in zip(needles, said, strict=True):
        place = _nearest(ends, needle.depth * ends[-1])
        before.setdefault(place, []).append((needle, sentence))
    parts: list[str] = []
    places: dict[Needle, tuple[int, int]] = {}
    length = 0
    for number in range(len(pieces) + 1):
        for needle, sentence in before.get(number, ()):
            places[needle] = length, length + len(needle.sentence)
            parts.append(sentence)
            length += len(sentence)
        if number < len(pieces):
            parts.append(pieces[number])
            length += len(pieces[number])
    return make_document("".join(parts), name), places


def _nearest(ends: Sequence[int], wanted: float) -> int:
    """Return the index of the number nearest to `wanted`."""
    after = bisect.bisect_left(ends, wanted)
    nearby = range(max(after - 1, 0), min(after + 1, len(ends)))
    return min(nearby, key=lambda at: abs(ends[at] - wanted))


def make_document(text: str, name: str) -> Document:
    """Return a document of a text, with pages as a text file has them."""
    parsed = by_lines("planted", text)
    return Document(_digest(text), name, "text", parsed.engine, text, parsed.pages)


def plant_in(document: Document, needles: Sequence[Needle], joiner: str = " ") -> Haystack:
    """Return a copy of a document with needles between its sentences; its pages stay its own.

    Raises:
        QuestionError: if it has no text.
    """
    _check_text(document.text)
    starts = [start for start, _ in split_sentences(document.text)]
    chosen = {n: starts[_nearest(starts, n.depth * len(document.text))] for n in needles}
    order = sorted(needles, key=chosen.__getitem__)
    parts, places, moved = list[str](), dict[Needle, tuple[int, int]](), list[tuple[int, int]]()
    done = shift = 0
    for needle in order:
        at = chosen[needle]
        parts += [document.text[done:at], needle.sentence + joiner]
        places[needle] = at + shift, at + shift + len(needle.sentence)
        done, shift = at, shift + len(needle.sentence + joiner)
        moved.append((at, shift))
    text = "".join([*parts, document.text[done:]])
    copy = replace(
        document,
        id=_digest(text),
        text=text,
        pages=tuple(_moved_page(page, moved) for page in document.pages),
        headings=tuple(_moved_heading(heading, moved) for heading in document.headings),
        notes=(),
        attachments=(),
    )
    return Haystack(copy, places, tuple(moved))


def _shift(moved: Sequence[tuple[int, int]], offset: int) -> int:
    """Return how far what stands at an offset was moved; what is planted there stands before it."""
    known = bisect.bisect_right(moved, offset, key=lambda each: each[0])
    return moved[known - 1][1] if known else 0


def _moved_page(page: Page, moved: Sequence[tuple[int, int]]) -> Page:
    """Return a page as it lies in the copy; what is planted between two is on the later one."""
    # What is planted at a page's start belongs to it, so pages begin before it.
    start = page.start + _shift(moved, page.start - 1)
    return replace(page, start=start, end=page.end + _shift(moved, page.end - 1))


def _moved_heading(heading: Heading, moved: Sequence[tuple[int, int]]) -> Heading:
    return replace(heading, start=heading.start + _shift(moved, heading.start))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
