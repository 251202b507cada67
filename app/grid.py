"""Results of needle tests as grids: length by depth, how many of how many were found."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.evaluation.trial import Result

_KINDS = {
    "one": "one needle",
    "many": "several needles of one name",
    "hop": "two needles, one leading to the other",
    "none": "no needle: says that there is none",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """Results that differ in length, depth and sample only.

    Attributes:
        title: who was asked, how, what and in which language.
        lengths: tokens, ascending.
        depths: from 0 to 1, ascending; None where what is asked for stands nowhere.
        results: all of them.
    """

    title: str
    lengths: tuple[int, ...]
    depths: tuple[float | None, ...]
    results: tuple[Result, ...]

    def cell(self, length: int, depth: float | None) -> tuple[int, int]:
        """Return how many were found and how many were asked."""
        return _count(r for r in self.results if (r.trial.length, r.trial.depth) == (length, depth))

    def of_length(self, length: int) -> tuple[int, int]:
        """Return how many were found and how many were asked, at all depths."""
        return _count(result for result in self.results if result.trial.length == length)


def _count(results: Iterable[Result]) -> tuple[int, int]:
    found = [is_found(result) for result in results]
    return sum(found), len(found)


def is_found(result: Result) -> bool:
    """Whether the answer names all that was asked for; of what is not there, that it is not."""
    if not result.expected:
        return result.right
    return result.score is not None and result.score.found == len(result.expected)


def grids(results: Iterable[Result]) -> list[Grid]:
    """Return the grids of all results, in the order in which they came."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(_title(result), []).append(result)
    return [_grid(title, group) for title, group in groups.items()]


def _title(result: Result) -> str:
    trial = result.trial
    filler = "" if trial.filler == "built-in" else f", in {trial.filler}"
    return f"{trial.model}, {trial.strategy}: {_KINDS[trial.kind]}, {trial.language}{filler}"


def _grid(title: str, results: Sequence[Result]) -> Grid:
    lengths = tuple(sorted({result.trial.length for result in results}))
    depths = tuple(sorted({result.trial.depth for result in results}, key=lambda d: d or 0.0))
    return Grid(title, lengths, depths, tuple(results))


def percent(depth: float | None) -> str:
    """Return a depth for people."""
    return "-" if depth is None else f"{100 * depth:g} %"


def short(tokens: int) -> str:
    """Return a number of tokens as people call it: 128k is 128,000, 128K 131,072, 1M a million."""
    for unit, size in (("M", 1_000_000), ("k", 1_000), ("K", 1024)):
        if tokens % size == 0:
            return f"{tokens // size:,}{unit}"
    return f"{tokens:,}"


def as_text(grid: Grid) -> str:
    """Return a grid as a table for a terminal, with what the answers took below it."""
    columns = [*(percent(depth) for depth in grid.depths), "all"]
    rows = [
        [f"{length:,}", *_row(grid, length)] for length in grid.lengths
    ]  # fmt: skip
    lines = [["tokens", *columns], *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return f"{grid.title}\n{table}\n{said(grid)}"


def _row(grid: Grid, length: int) -> Iterator[str]:
    for found, asked in (
        *(grid.cell(length, depth) for depth in grid.depths),
        grid.of_length(length),
    ):
        yield f"{found}/{asked}" if asked else ""


def said(grid: Grid) -> str:
    """Return one line on what else is known of the answers."""
    parts = []
    with_places = [result for result in grid.results if result.places and result.score]
    if with_places:
        exact = sum(result.right for result in with_places)
        parts.append(f"{exact}/{len(with_places)} name that and no other needle's number")
    citing = [result for result in with_places if result.score and result.score.cited is not None]
    if citing:
        parts.append(f"{sum(result.cited for result in citing)}/{len(citing)} cite every needle")
    done = [result for result in grid.results if not result.failure]
    if done:
        tokens = statistics.median(result.input_tokens for result in done)
        seconds = statistics.median(result.seconds for result in done)
        parts.append(f"a question takes {tokens:,.0f} tokens, {seconds:.2f} s")
    if failed := len(grid.results) - len(done):
        parts.append(f"{failed} failed")
    return "; ".join(parts)
