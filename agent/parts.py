"""The parts of a document that a summary follows: its own outline, or stretches of its pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from agent.document import Document, Heading, Page

_STRETCHES: Final = 8  # of a document without an outline: as many as one still looks over
_FEWEST: Final = 2  # one part alone says nothing about a document


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a document, `[start, end)` in characters of its canonical text.

    Attributes:
        title: the document's own heading, or which pages it is; empty where neither tells anything.
    """

    title: str
    start: int
    end: int


def cut_parts(document: Document, pages: Sequence[Page], most: int) -> list[Part]:
    """Return at most `most` parts that follow one another and cover `pages` exactly once.

    They are the headings of the deepest level that has no more of them. Where even the highest has
    more, neighbours are joined. A document without an outline is cut into stretches of pages.

    Args:
        document: of which the parts are.
        pages: those to cover, that follow one another; at least one.
        most: at least one.
    """
    first, end = pages[0].start, pages[-1].end
    starts = _outline([h for h in document.headings if first <= h.start < end], most)
    if starts:
        parts = list(_between(starts, first, end, document.text))
        return list(_joined(parts, most)) if len(parts) > most else parts
    stretches = list(_stretches(pages, min(most, _STRETCHES)))
    return stretches if len(stretches) >= _FEWEST else [Part("", first, end)]


def share(total: int, sizes: Sequence[int]) -> list[int]:
    """Share `total` out by size: one for each in any case, the rest by largest remainder."""
    whole = sum(sizes) or 1
    spare = max(total - len(sizes), 0)
    exact = [spare * size / whole for size in sizes]
    shares = [1 + int(part) for part in exact]
    by_remainder = sorted(range(len(sizes)), key=lambda n: int(exact[n]) - exact[n])
    for number in by_remainder[: max(total - sum(shares), 0)]:
        shares[number] += 1
    return shares


def _outline(headings: Sequence[Heading], most: int) -> list[Heading]:
    """Return the headings at which parts begin; none if the document has no outline."""
    best: list[Heading] = []
    for level in sorted({heading.level for heading in headings}):
        here = [heading for heading in headings if heading.level <= level]
        if len(here) <= most or len(best) < _FEWEST:
            best = here
    return best if len(best) >= _FEWEST else []


def _between(headings: Sequence[Heading], first: int, end: int, text: str) -> Iterator[Part]:
    """Yield what stands before the first heading, if anything, and then a part for each."""
    start = headings[0].start
    if text[first:start].strip():
        yield Part("", first, start)
    else:
        start = first
    ends = [heading.start for heading in headings[1:]] + [end]
    for heading, stop in zip(headings, ends, strict=True):
        yield Part(heading.title, start, stop)
        start = stop


def _joined(parts: Sequence[Part], most: int) -> Iterator[Part]:
    """Yield neighbours as one part each, all of about the same length."""
    first, length = parts[0].start, parts[-1].end - parts[0].start

    def place(part: Part) -> int:
        return min((part.start + part.end - 2 * first) * most // (2 * length or 1), most - 1)

    for _, group in groupby(parts, place):
        together = list(group)
        titles = [part.title for part in together if part.title]
        title = " – ".join(dict.fromkeys(titles[:1] + titles[-1:]))
        yield Part(title, together[0].start, together[-1].end)


def _stretches(pages: Sequence[Page], most: int) -> Iterator[Part]:
    """Yield stretches of pages, called by their numbers: a label may be long."""
    for part in _joined([Part("", page.start, page.end) for page in pages], most):
        numbers = [page.number for page in pages if part.start <= page.start < part.end]
        is_one = numbers[0] == numbers[-1]
        title = f"Page {numbers[0]:,}" if is_one else f"Pages {numbers[0]:,}–{numbers[-1]:,}"
        yield Part(title, part.start, part.end)
