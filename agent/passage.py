"""Cut a document into passages that cover it exactly once, at sentence ends.

A passage is a span of the canonical text, never a copy: what is found in it keeps its place.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.document import Document, Heading, Span, open_heading
from agent.sentence import split_sentences

CountTokens = Callable[[Sequence[str]], list[int]]

# Part of every index key: raise it when the same document would be cut elsewhere.
CUT_VERSION = "3"
# Long enough to hold a fact with its context, short enough that twenty fit any window.
PASSAGE_TOKENS = 256
_COMMAS = "\u200b、，；၊،؛,;"  # the first parts words in Khmer, Lao and Burmese
_JOINER = "\u200d"
_MARKS_BY_SOUND = "\u0e33\u0eb3"  # Thai and Lao am, letters by their category
# Joiners, what stacks the next letter in Burmese and Khmer, Thai and Lao vowels written first.
_JOINS_NEXT = f"{_JOINER}\u1039\u17d2เแโใไເແໂໃໄ"
_PARAGRAPH_CLOSES = 0.35  # of a full passage: its end is a better place to cut than a sentence's
_HEADING_CLOSES = 0.25  # of a full passage: below that a heading joins what stands before it


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one document.

    Attributes:
        span: where it stands.
        number: from 0, in reading order.
        tokens: counted on its text by the tokenizer the library was given.
        heading_path: the titles above it, outermost first.
    """

    span: Span
    number: int
    tokens: int
    heading_path: tuple[str, ...] = ()


def cut_passages(
    document: Document,
    count_tokens: CountTokens,
    max_tokens: int = PASSAGE_TOKENS,
) -> list[Passage]:
    """Return passages of at most `max_tokens` that follow one another and cover the text.

    A single character of more than `max_tokens` tokens stays whole.
    """
    starts = [heading.start for heading in document.headings]
    packed = list(
        _pack(
            document.text,
            _small_sentences(document.text, starts, count_tokens, max_tokens),
            frozenset(starts),
            max_tokens,
        )
    )
    counts = count_tokens([document.text[start:end] for start, end in packed])
    # Together sentences seldom, but sometimes, hold more tokens than one by one.
    pieces = [
        piece
        for (start, end), tokens in zip(packed, counts, strict=True)
        for piece in _halve(document.text, start, end, tokens, count_tokens, max_tokens)
    ]
    paths = _heading_paths(document.headings, [start for start, _, _ in pieces])
    return [
        Passage(Span(document.id, start, end), number, tokens, path)
        for number, ((start, end, tokens), path) in enumerate(zip(pieces, paths, strict=True))
    ]


def _heading_paths(
    headings: Sequence[Heading], offsets: Sequence[int]
) -> Iterator[tuple[str, ...]]:
    """Yield `Document.heading_path` of each of the rising `offsets`, in one sweep for all."""
    path: list[Heading] = []
    read = 0
    for offset in offsets:
        while read < len(headings) and headings[read].start <= offset:
            open_heading(path, headings[read])
            read += 1
        yield tuple(heading.title for heading in path)


def _small_sentences(
    text: str,
    headings: list[int],
    count_tokens: CountTokens,
    max_tokens: int,
) -> Iterator[tuple[int, int, int]]:
    """Yield `(start, end, tokens)` of sentences, the too long ones halved until they fit."""
    spans = split_sentences(text, headings)
    counts = count_tokens([text[start:end] for start, end in spans])
    for (start, end), tokens in zip(spans, counts, strict=True):
        yield from _halve(text, start, end, tokens, count_tokens, max_tokens)


def _halve(
    text: str,
    start: int,
    end: int,
    tokens: int,
    count_tokens: CountTokens,
    max_tokens: int,
) -> Iterator[tuple[int, int, int]]:
    if tokens <= max_tokens or end - start == 1:
        yield start, end, tokens
        return
    middle = _break_near_middle(text, start, end)
    halves = ((start, middle), (middle, end))
    counts = count_tokens([text[a:b] for a, b in halves])
    for (a, b), count in zip(halves, counts, strict=True):
        yield from _halve(text, a, b, count, count_tokens, max_tokens)


def _break_near_middle(text: str, start: int, end: int) -> int:
    """Return a place to break in the middle half: after a line end, else a space, else a comma.

    Without any it is the middle, moved back so that no letter loses its marks.
    """
    quarter, middle = (end - start) // 4, (start + end) // 2
    for mark in ("\n", " ", *_COMMAS):
        found = text.rfind(mark, middle - quarter, middle + quarter)
        if found > start:
            return found + 1
    whole = middle
    while whole > start and _is_torn(text[whole - 1], text[whole]):
        whole -= 1
    return whole if whole > start else middle


def _is_torn(left: str, right: str) -> bool:
    """Whether a break between two characters would tear a letter of any script apart."""
    return (
        unicodedata.category(right)[0] == "M"
        or right in _MARKS_BY_SOUND
        or right == _JOINER
        or left in _JOINS_NEXT
    )


def _pack(
    text: str,
    sentences: Iterable[tuple[int, int, int]],
    headings: frozenset[int],
    max_tokens: int,
) -> Iterator[tuple[int, int]]:
    """Yield passages of whole sentences: as many as fit, or less up to the end of a paragraph."""
    taken: list[tuple[int, int, int]] = []
    total = 0
    for sentence in sentences:
        start, _, tokens = sentence
        at_heading = start in headings and total > _HEADING_CLOSES * max_tokens
        while taken and (total + tokens > max_tokens or at_heading):
            count = len(taken) if at_heading else _whole_paragraphs(text, taken, max_tokens)
            yield taken[0][0], taken[count - 1][1]
            taken = taken[count:]
            total = sum(left for _, _, left in taken)
        taken.append(sentence)
        total += tokens
    if taken:
        yield taken[0][0], taken[-1][1]


def _whole_paragraphs(text: str, taken: Sequence[tuple[int, int, int]], max_tokens: int) -> int:
    """Return how many sentences end at the last end of a paragraph that fills a passage enough."""
    total = sum(tokens for _, _, tokens in taken)
    for count in range(len(taken), 0, -1):
        if total < _PARAGRAPH_CLOSES * max_tokens:
            break
        if text.endswith("\n\n", 0, taken[count - 1][1]):
            return count
        total -= taken[count - 1][2]
    return len(taken)
