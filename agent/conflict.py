"""Quotes that contradict each other: what stands around them is read again, together.

Only a reader who sees both can tell: one may be the draft and the other its correction, one this
year's figure and the other last year's.
"""

import re
from collections.abc import Generator, Sequence
from typing import Final

from agent.document import Span
from agent.errors import ReaderError
from agent.events import Climbed, Event
from agent.evidence import Evidence, Excerpt
from agent.reading import read_groups
from agent.run import Run, group_excerpts

_LINE: Final = re.compile(
    r"^[^\w\n]*CONFLICT\b(?P<marks>(?:[\s:,;*and]*\[\d{1,4}\])+)[^\w\n]*$", re.MULTILINE
)
_CONTRADICT: Final = "These quotes contradict each other:"
_MARK: Final = re.compile(r"\[(\d+)\]")


def take_conflict(text: str, evidence: Sequence[Evidence]) -> tuple[str, list[Evidence]]:
    """Return the text without the line that names a conflict, and the quotes that are named.

    Fewer than two are no conflict.
    """
    named = [int(mark) for line in _LINE.finditer(text) for mark in _MARK.findall(line["marks"])]
    numbers = [number for number in dict.fromkeys(named) if 1 <= number <= len(evidence)]
    rest = _LINE.sub("", text).strip()
    if len(numbers) < 2:  # noqa: PLR2004  # it takes two
        return rest, []
    marks = " ".join(f"[{number}]" for number in numbers)
    return rest or f"{_CONTRADICT} {marks}", [evidence[number - 1] for number in numbers]


def read_together(
    run: Run, evidence: Sequence[Evidence], conflicting: Sequence[Evidence]
) -> Generator[Event, None, list[Evidence]]:
    """Read the pages of the conflicting quotes in one go, and return the evidence with what is new.

    Where they do not fit one window, only the passages with the quotes are read. Nothing that was
    found is taken away: whoever answers sees both sides, and now what stands around them.
    """
    yield Climbed(_reason(evidence, conflicting))
    excerpts = _around(run, conflicting)
    if len(group_excerpts(excerpts, run.reader.window_tokens)) > 1:
        spans = [item.span for item in conflicting]
        excerpts = [e for e in excerpts if any(_overlap(e.passage.span, span) for span in spans)]
    try:
        groups = group_excerpts(excerpts, run.reader.window_tokens)
        found = yield from read_groups(run, groups, "read together")
    except ReaderError as error:
        yield Climbed(f"They could not be read together ({error})")
        return list(evidence)
    known = {item.span for item in evidence}
    return [*evidence, *(item for item in found.evidence if item.span not in known)]


def _reason(evidence: Sequence[Evidence], conflicting: Sequence[Evidence]) -> str:
    marks = [f"[{evidence.index(item) + 1}]" for item in conflicting]
    said = f"{', '.join(marks[:-1])} and {marks[-1]}"
    return f"The quotes {said} contradict each other, so their pages are read together"


def _around(run: Run, conflicting: Sequence[Evidence]) -> list[Excerpt]:
    """Return the passages on the pages of these quotes, each once."""
    excerpts: dict[Span, Excerpt] = {}
    for item in conflicting:
        pages = [item.document.page_at(at).number for at in (item.span.start, item.span.end - 1)]
        for passage in run.ledger.on_pages(item.document, *pages):
            excerpts.setdefault(passage.span, Excerpt(item.document, passage))
    return list(excerpts.values())


def _overlap(one: Span, other: Span) -> bool:
    return (one.document, one.start < other.end, other.start < one.end) == (
        other.document, True, True,
    )  # fmt: skip
