"""Canonical text and the pages that cover it exactly once."""

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence

from agent.document import Heading, Page
from agent.formats.base import Parsed, Piece

# A virtual page of a format without pages: about what fits a printed one.
PAGE_LINES = 60
PAGE_CHARACTERS = 3_000

_NEW_LINES = re.compile("\r[\n\x85]?|\x85")  # U+0085 is NEL, the next line of mainframes
# No writing uses these, and each breaks something later: NUL ends strings in C, lone surrogates
# cannot be stored as UTF-8, and the non-characters are used as marks in `agent.formats.html`.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")

_CLEANED = re.compile(f"(?P<line>{_NEW_LINES.pattern})|{_UNWANTED.pattern}")


def clean(text: str) -> str:
    r"""Return `text` in canonical form: lines end in \n, no control characters but \n and \t."""
    return _UNWANTED.sub("", _NEW_LINES.sub("\n", text))


def clean_with_places(text: str) -> tuple[str, list[int]]:
    """Return `clean(text)`, and for each of its characters where in `text` it comes from."""
    parts: list[str] = []
    places: list[int] = []
    done = 0
    for match in _CLEANED.finditer(text):
        parts.append(text[done : match.start()])
        places.extend(range(done, match.start()))
        if match["line"]:
            parts.append("\n")
            places.append(match.start())
        done = match.end()
    parts.append(text[done:])
    places.extend(range(done, len(text)))
    return "".join(parts), places


def is_clean(text: str) -> bool:
    """Whether `clean(text)` would change nothing."""
    return _UNWANTED.search(text) is None


def join(engine: str, pieces: Iterable[Piece]) -> Parsed:
    """Make one text of `pieces`, one page each; a page without a label is called by its number."""
    texts: list[str] = []
    pages: list[Page] = []
    headings: list[Heading] = []
    start = 0
    for number, piece in enumerate(pieces, 1):
        end = start + len(piece.text)
        pages.append(Page(number, piece.label or str(number), start, end))
        headings += (Heading(h.level, h.title, start + h.start) for h in piece.headings)
        texts.append(piece.text)
        start = end
    return Parsed(engine, "".join(texts), tuple(pages), in_order(headings))


def split(piece: Piece) -> Iterator[Piece]:
    """Yield a piece as virtual pages: of the second, "2" follows the label."""
    for number, (start, end) in enumerate(cut(piece.text), 1):
        headings = tuple(
            Heading(h.level, h.title, h.start - start)
            for h in piece.headings
            if start <= h.start < end
        )
        label = piece.label if number == 1 else f"{piece.label} {number}"
        yield Piece(piece.text[start:end], label, headings)


def in_order(headings: Iterable[Heading]) -> tuple[Heading, ...]:
    """Sort by place, as `Document` needs it; headings of one place keep their order."""
    return tuple(sorted(headings, key=lambda heading: heading.start))


def cut(
    text: str, lines: int = PAGE_LINES, characters: int = PAGE_CHARACTERS
) -> Iterator[tuple[int, int]]:
    """Yield `[start, end)` of virtual pages of at most `lines` lines and `characters` characters.

    Pages end at line ends; only a line longer than a page is cut, at a space if it has one.
    """
    start = 0
    while start < len(text):
        end = _page_end(text, start, lines, characters)
        yield start, end
        start = end


def _page_end(text: str, start: int, lines: int, characters: int) -> int:
    limit = min(start + characters, len(text))
    end = start
    for _ in range(lines):
        line_end = text.find("\n", end, limit)
        if line_end < 0:
            break
        end = line_end + 1
    else:
        return end
    if limit == len(text):
        return limit
    return end if end > start else text.rfind(" ", start, limit) + 1 or limit


def by_lines(engine: str, text: str, headings: Sequence[Heading] = ()) -> Parsed:
    """Give `text` virtual pages called "lines 61-120", which an editor can find."""
    spans = tuple(cut(text))
    return _paged(engine, text, spans, _line_labels(text, spans), headings)


def by_headings(engine: str, text: str, headings: Sequence[Heading]) -> Parsed:
    """Give `text` virtual pages called by the heading they begin under, else "part 3"."""
    spans = tuple(cut(text))
    ordered = in_order(headings)
    return _paged(engine, text, spans, _heading_labels(text, spans, ordered), ordered)


def _paged(
    engine: str,
    text: str,
    spans: Sequence[tuple[int, int]],
    labels: Iterable[str],
    headings: Iterable[Heading],
) -> Parsed:
    numbered = enumerate(zip(labels, spans, strict=True), 1)
    pages = tuple(Page(number, label, *span) for number, (label, span) in numbered)
    return Parsed(engine, text, pages, in_order(headings))


def _line_labels(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    line = 1
    for start, end in spans:
        first = line
        line += text.count("\n", start, end)
        last = line - text.endswith("\n", start, end)
        yield f"line {first}" if first == last else f"lines {first}-{last}"


def _heading_labels(
    text: str, spans: Iterable[tuple[int, int]], headings: Sequence[Heading]
) -> Iterator[str]:
    for number, (start, end) in enumerate(spans, 1):
        first_word = end - len(text[start:end].lstrip())
        above = bisect.bisect_right(headings, first_word, key=lambda heading: heading.start)
        yield headings[above - 1].title if above else f"part {number}"
