"""Grid of what the tiny reader finds: length by depth by how positions are treated.

    python -m benchmarks.needle_tiny

asks our own hosting (`--by reference` asks plain transformers instead), prints the grid, and writes
it to `benchmarks/results/needle_tiny.json` and between the markers of `docs/tiny-reader.md`. An
answer counts only if it equals the right one in every character.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch

from benchmarks.ingest import machine
from benchmarks.our_engine import OurEngine
from benchmarks.reference_engine import Mode, ReferenceEngine
from scripts.train_tiny_reader.examples import ANSWER_TOKENS, Examiner

ROOT: Final = Path(__file__).parent.parent
READER: Final = ROOT / "tests" / "fixtures" / "tiny_reader"
PAGE: Final = ROOT / "docs" / "tiny-reader.md"
RESULTS: Final = ROOT / "benchmarks" / "results" / "needle_tiny.json"
MARKERS: Final = ("<!-- grid -->", "<!-- end of grid -->")

SEED: Final = 2_000_000
"""Far from the seeds of training."""

LENGTHS: Final = (256, 512, 1024, 2048)
DEPTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
DISTRACTORS: Final = 3
NATIVE_TOKENS: Final = 512
CHUNK_TOKENS: Final = 384
_CHUNKS = {"chunk": CHUNK_TOKENS, "window": NATIVE_TOKENS}
MODES: Final = (
    Mode("plain RoPE"),
    Mode("YARN 2", factor=2),
    Mode("YARN 4", factor=4),
    Mode("dual chunk", **_CHUNKS),
    Mode("dual chunk, scaled", factor=4, **_CHUNKS),
)

FEWER_MODES: Final = (MODES[0], MODES[2], MODES[3])
"""For what is no part of the grid itself: absent keys, and two needles."""

Answer = Callable[[list[dict[str, str]], Mode], str]
"""Answers a chat in a mode."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How often answers were right.

    Attributes:
        kind: `one` needle asked for, `two` needles, or `none`.
        mode: how positions were treated.
        length: tokens of prompt and room for the answer.
        depth: of the needle asked for, or of the first of two.
        right: answers equal to the right one.
        verbatim: answers whose every quote stands in the document.
        recalled: needles asked for that were quoted.
        asked: answers.
    """

    kind: str
    mode: str
    length: int
    depth: float
    right: int
    verbatim: int
    recalled: int
    asked: int


def measure(
    examiner: Examiner,
    answer: Answer,
    *,
    kind: str,
    length: int,
    depth: float,
    count: int,
    modes: Sequence[Mode],
) -> list[Cell]:
    """Ask the same examples in every mode."""
    needles = ("none", "one", "two").index(kind)
    examples = [
        examiner.make(length=length, depth=depth, asked=needles, distractors=DISTRACTORS)
        for _ in range(count)
    ]
    cells = []
    for mode in modes:
        right = verbatim = recalled = 0
        for example in examples:
            text = answer(example.messages, mode)
            quotes = text.split("\n")
            right += text == example.answer
            verbatim += all(is_verbatim(quote, example.document) for quote in quotes)
            recalled += len(set(quotes) & set(example.answer.split("\n")))
        cells.append(Cell(kind, mode.name, length, depth, right, verbatim, recalled, count))
    return cells


def is_verbatim(quote: str, document: str) -> bool:
    """Say whether a line is a quote in quotation marks that stands in the document."""
    inner = quote[1:-1]
    return len(inner) > 0 and quote == f'"{inner}"' and inner in document


def measure_all(examiner: Examiner, answer: Answer, count: int) -> list[Cell]:
    """Measure the grid, and absent keys and two needles in fewer modes."""
    cells: list[Cell] = []
    for length in LENGTHS:
        for kind in ("one", "none", "two"):
            for depth in DEPTHS:
                cells += measure(
                    examiner,
                    answer,
                    kind=kind,
                    length=length,
                    depth=depth,
                    count=count if kind == "one" else max(1, count // 2),
                    modes=MODES if kind == "one" else FEWER_MODES,
                )
        print(f"{length} tokens done, {time.process_time():.0f} CPU s", flush=True)
    return cells


def percent(cells: Sequence[Cell], field: str = "right") -> str:
    """Return the share of a field over cells, in percent."""
    needles = 2 if field == "recalled" else 1
    asked = sum(cell.asked for cell in cells) * needles
    return f"{100 * sum(getattr(cell, field) for cell in cells) / asked:.0f}"


def tables(cells: Sequence[Cell]) -> str:
    """Return the Markdown tables."""

    def chosen(kind: str, mode: Mode, length: int) -> list[Cell]:
        return [
            cell
            for cell in cells
            if (cell.kind, cell.mode, cell.length) == (kind, mode.name, length)
        ]

    def table(title: str, show: Callable[[Mode, int], str], modes: Sequence[Mode] = MODES) -> str:
        head = f"| {title} | " + " | ".join(map(str, LENGTHS)) + " |\n"
        rule = "|---" * (1 + len(LENGTHS)) + "|\n"
        rows = [
            f"| {mode.name} | " + " | ".join(show(mode, length) for length in LENGTHS) + " |\n"
            for mode in modes
        ]
        return head + rule + "".join(rows)

    def one(mode: Mode, length: int) -> str:
        row = chosen("one", mode, length)
        return f"**{percent(row)}** ({'/'.join(percent([cell]) for cell in row)})"

    def quoted(mode: Mode, length: int) -> str:
        return percent(chosen("one", mode, length), "verbatim")

    def others(mode: Mode, length: int) -> str:
        two = chosen("two", mode, length)
        return (
            f"{percent(chosen('none', mode, length))}, {percent(two)}, {percent(two, 'recalled')}"
        )

    n = {kind: next(cell.asked for cell in cells if cell.kind == kind) for kind in ("one", "two")}
    return "\n".join(
        [
            table(f"one needle, exact, % (n = {n['one']} a depth, 5 depths)", one),
            table("the quote stands in the document, %", quoted),
            table(
                f"`none` when absent; two needles, exact; recall of two, % (n = {5 * n['two']})",
                others,
                FEWER_MODES,
            ),
        ]
    )


def write(cells: Sequence[Cell], *, cpu_seconds: float) -> None:
    """Write the results and the page's tables."""
    RESULTS.parent.mkdir(exist_ok=True)
    record = {
        "command": "python -m benchmarks.needle_tiny",
        "seed": SEED,
        "cpu_seconds": round(cpu_seconds),
        "machine": machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "cells": [asdict(cell) for cell in cells],
    }
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    before, rest = PAGE.read_text(encoding="utf-8").split(MARKERS[0])
    after = rest.split(MARKERS[1])[1]
    page = f"{before}{MARKERS[0]}\n\n{tables(cells)}\n{MARKERS[1]}{after}"
    PAGE.write_text(page, encoding="utf-8")


def main() -> None:
    """Measure, print and write the grid."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--reader", type=Path, default=READER)
    options.add_argument("--count", type=int, default=8, help="examples a cell")
    options.add_argument("--by", choices=("ours", "reference"), default="ours")
    options.add_argument("--print-only", action="store_true")
    given = options.parse_args()
    torch.set_num_threads(1)
    engine = (OurEngine if given.by == "ours" else ReferenceEngine)(given.reader)

    def answer(messages: list[dict[str, str]], mode: Mode) -> str:
        return engine.answer(messages, mode, most_tokens=ANSWER_TOKENS)

    cells = measure_all(Examiner(engine.tokenizer, seed=SEED), answer, given.count)
    print(tables(cells))
    if not given.print_only:
        write(cells, cpu_seconds=time.process_time())


if __name__ == "__main__":
    main()
