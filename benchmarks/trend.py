"""Print today's figures beside those that are kept: `make bench`, under 15 minutes on two cores.

    python -m benchmarks.trend [FOLDER]

FOLDER holds the public sets (`benchmarks/public`); without it they are left out, as the page is
without Chromium. Times are of this machine today: compare them only with results of the same one.
What is found does not depend on the machine.
"""

import argparse
import contextlib
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent import Library
from agent.evaluation.needle_test import NeedleTest
from agent.evaluation.results import Results
from app.grid import grids
from app.machine import machine
from benchmarks import ingest, page, tiny_agent, tiny_in_context
from benchmarks.kept import FOLDER, Rows, load, markdown
from benchmarks.peers.__main__ import LONGREAD, compare
from benchmarks.public.__main__ import all_sets
from benchmarks.public.scoring import score_retrieval
from benchmarks.public.subjects import Longread
from benchmarks.readme import grid_rows, retrieval_line

MILLION = 1_000_000
_FRACTION = re.compile(r"(\d+)/(\d+)$")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?")
_MORE_LABELS = ("tokens", "language")  # columns that say what a row is about, beside its first
_LANGUAGES = ("en", "zh")  # of XQuAD, whose ten take a minute


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is measured again.

    Attributes:
        name: under which results are kept.
        kept: its table, as it is kept.
        measure: makes the same table today; None where that cannot be done here, for `reason`.
    """

    name: str
    kept: Rows
    measure: Callable[[], Rows] | None
    reason: str = ""


def main() -> None:
    """Measure every part and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", nargs="?", type=Path, help="of public sets")
    given = options.parse_args()
    print(f"{machine()}; `python -m benchmarks.trend`\n")
    lines: list[dict[str, str]] = []
    for part in parts(given.folder):
        if part.measure is None:
            print(f"{part.name}: left out, {part.reason}.", file=sys.stderr)
            continue
        print(f"{part.name} ...", file=sys.stderr, flush=True)
        with contextlib.redirect_stdout(io.StringIO()):
            today = part.measure()
        lines += beside(part.name, part.kept, today)
    print(markdown(lines))


def parts(folder: Path | None) -> Iterator[Part]:
    """Yield what can be measured in minutes."""
    yield Part("ingest", load("ingest").get("rows", ()), lambda: ingest.measure([], 3))
    yield Part("peers", load("peers").get("rows", ()), lambda: compare({"Longread": LONGREAD},
               None, 200_000)[0])  # fmt: skip
    yield Part("tiny_in_context", _kept_grids("tiny_in_context"), _in_context)
    yield Part("tiny_agent", _kept_grids("tiny_agent"), _through_agent)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    looked = page.measure if chromium else None
    yield Part("page", load("page").get("rows", ()), looked, "there is no Chromium")
    kept = [retrieval_line(row) for row in load("retrieval").get("rows", ())]
    asked = (lambda: _retrieval(folder)) if folder else None
    yield Part("retrieval", kept, asked, "no folder of public sets was named")


def _kept_grids(name: str) -> Rows:
    return [row for grid in grids(Results(FOLDER / f"{name}.json")) for row in grid_rows(grid)]


def _in_context() -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.json"
        tiny_in_context.main(out)
        return [row for grid in grids(Results(out)) for row in grid_rows(grid)]


def _through_agent() -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        test = NeedleTest([MILLION], samples=1)
        done = tiny_agent.measure(test, ["retrieve"], Results(Path(folder) / "results.json"))
        return [row for grid in grids(done) for row in grid_rows(grid)]


def _retrieval(folder: Path) -> Rows:
    rows = []
    for each in all_sets(folder / "ml_xquad", "squad"):
        if each.language in _LANGUAGES:
            with tempfile.TemporaryDirectory() as home:
                scored = score_retrieval(Longread(Library(Path(home))), each, 1_000)
            if scored:
                rows.append(retrieval_line({"set": scored.set, "language": scored.language,
                            "questions": scored.questions, "figures": scored.figures}))  # fmt: skip
    return rows


def beside(name: str, kept: Rows, today: Rows) -> list[dict[str, str]]:
    """Return a line for each figure of today, with the one that is kept and their ratio."""
    known = {_label(row): row for row in kept}
    lines = []
    for row in today:
        before: Mapping[str, str] = known.get(_label(row), {})
        for column in _figures(row):
            now, then = str(row[column]), str(before.get(column, ""))
            what = ", ".join(filter(None, (_label(row), column.strip())))
            lines.append({"of": name, "what": what, "kept": then, "today": now,
                          "today / kept": _ratio(now, then)})  # fmt: skip
    return lines


def _label(row: Mapping[str, str]) -> str:
    """Return what a row is about: its cells that are no figures."""
    return ", ".join(str(row[column]) for column in _labels(row) if row[column])


def _labels(row: Mapping[str, str]) -> Sequence[str]:
    first, *rest = row
    return [first, *(column for column in rest if column in _MORE_LABELS)]


def _figures(row: Mapping[str, str]) -> list[str]:
    others = [column for column in row if column not in _labels(row)]
    return [column for column in others if value(str(row[column])) is not None]


def value(cell: str) -> float | None:
    """Return the figure in a cell: of "7/8" the share, of others the first number."""
    if fraction := _FRACTION.match(cell):
        found, asked = map(int, fraction.groups())
        return found / asked if asked else None
    number = _NUMBER.search(cell)
    return float(number[0].replace(",", "")) if number else None


def _ratio(now: str, then: str) -> str:
    today, before = value(now), value(then)
    if today is None or not before:
        return ""
    return f"{today / before:.2f}"


if __name__ == "__main__":
    main()
