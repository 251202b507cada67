"""Reading windows: whole passages together, as many as a reader takes at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.document import Document, Span
from agent.passage import CountTokens, Passage


@dataclass(frozen=True, slots=True)
class Window:
    """Passages of one document that follow one another.

    Attributes:
        span: where they stand.
        number: from 0, in reading order.
        tokens: counted on the text of the span, as it is read.
        passages: at least one.
    """

    span: Span
    number: int
    tokens: int
    passages: tuple[Passage, ...]

    @property
    def heading_path(self) -> tuple[str, ...]:
        """The titles above its first character, outermost first."""
        return self.passages[0].heading_path


def cut_windows(
    document: Document,
    passages: Sequence[Passage],
    count_tokens: CountTokens,
    window_tokens: int,
) -> list[Window]:
    """Return windows of at most `window_tokens` that follow one another and cover the document.

    Each takes passages as long as they fit, by their own counts. A passage that is larger alone is
    a window of its own.

    Args:
        document: what to read.
        passages: all of its passages, in reading order.
        count_tokens: counts the windows' texts: those can hold a few tokens more or less than
            their passages one by one.
        window_tokens: what the reader takes at once.
    """
    groups = list(_fill(passages, window_tokens))
    counts = count_tokens([_text(document, group) for group in groups])
    fitting = [
        piece
        for group, tokens in zip(groups, counts, strict=True)
        for piece in _shorten(document, group, tokens, count_tokens, window_tokens)
    ]
    return [
        Window(_span(group), number, tokens, tuple(group))
        for number, (group, tokens) in enumerate(fitting)
    ]


def _fill(passages: Sequence[Passage], window_tokens: int) -> Iterator[list[Passage]]:
    group: list[Passage] = []
    total = 0
    for passage in passages:
        if group and total + passage.tokens > window_tokens:
            yield group
            group, total = [], 0
        group.append(passage)
        total += passage.tokens
    if group:
        yield group


def _shorten(
    document: Document,
    group: list[Passage],
    tokens: int,
    count_tokens: CountTokens,
    window_tokens: int,
) -> Iterator[tuple[list[Passage], int]]:
    """Yield the group, or its first passages and the last apart where it holds too many tokens."""
    if tokens <= window_tokens or len(group) == 1:
        yield group, tokens
        return
    for part in (group[:-1], group[-1:]):
        (count,) = count_tokens([_text(document, part)])
        yield from _shorten(document, part, count, count_tokens, window_tokens)


def _span(group: Sequence[Passage]) -> Span:
    return Span(group[0].span.document, group[0].span.start, group[-1].span.end)


def _text(document: Document, group: Sequence[Passage]) -> str:
    return document.text[group[0].span.start : group[-1].span.end]
