"""Measure Longread beside Qwen-Agent and a plain LangChain stack, on one text, in one run.

    python -m benchmarks.peers [FILE] [--tokens N] [--only SIDE...] [--keep]

FILE is a plain text; without one it is made from the prose that ships with Python. Five findings
are planted in it, and one place that makes the server fail in the last run. The model is a stub
that answers at once by rule (`stub_server.py`), the same for all: calls, tokens, CPU and memory are
measured, the quality of answers is not. Each peer lives in an environment of its own, which is made
at the first run (minutes, gigabytes) in the user's cache folder. CPU seconds are those of the whole
process, start-up included; memory is that of its largest process.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.machine import machine
from benchmarks.kept import keep, markdown
from benchmarks.peers.environments import environment, versions
from benchmarks.peers.planted import FINDING, FINDINGS, OTHER_QUESTION, QUESTION, Rule, plant
from benchmarks.peers.retriever import embedder_folder
from benchmarks.stub_server import Sent, answering
from model.tokens import count_tokens

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Side:
    """One of those that are measured.

    Attributes:
        command: begins every one of its commands.
        given: what follows the file in each.
        versions: of what it is made of.
    """

    command: tuple[str, ...]
    given: tuple[str, ...] = ()
    versions: str = ""


LONGREAD = Side((sys.executable, "-m", "benchmarks.peers.longread_side"))


@dataclass(frozen=True)
class Run:
    """What one process took and said; `first` is the time until any finding could be seen."""

    cpu: float
    wall: float
    memory: int
    first: float | None
    last: str
    code: int
    calls: int = 0
    tokens: int = 0

    @property
    def findings(self) -> str:
        """The findings that reached the answer, or that there was none."""
        found = sum(finding in self.last for finding in FINDINGS)
        return f"{found} of {len(FINDINGS)}" if not self.code else "no answer at all"


def main() -> None:
    """Measure all sides and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("file", nargs="?", type=Path)
    options.add_argument("--tokens", type=int, default=200_000)
    options.add_argument("--only", nargs="*")
    options.add_argument("--keep", action="store_true", help="keep the results")
    given = options.parse_args()
    sides = {name: side for name, side in all_sides().items()
             if not given.only or name in given.only}  # fmt: skip
    rows, tokens = compare(sides, given.file, given.tokens)
    print(f"{machine()}; a text of {tokens:,} tokens; `python -m benchmarks.peers`\n")
    print(markdown(rows))
    if given.keep:
        about = {name: side.versions for name, side in sides.items() if side.versions}
        keep("peers", "python -m benchmarks.peers", rows, tokens=tokens, versions=about)


def compare(
    sides: Mapping[str, Side], file: Path | None, most_tokens: int
) -> tuple[list[dict[str, str]], int]:
    """Return a row for each thing measured, a column for each side, and the tokens of the text."""
    with tempfile.TemporaryDirectory() as name:
        path, tokens = plant(file, most_tokens, Path(name))
        cells = {side: measure(made, path, Path(name) / side) for side, made in sides.items()}
    whats = next(iter(cells.values()))
    return [{"": what} | {side: cells[side][what] for side in cells} for what in whats], tokens


def all_sides() -> dict[str, Side]:
    """Return Longread and its peers, their environments made."""
    qwen, langchain = environment("qwen-agent"), environment("langchain")
    return {
        "Longread": LONGREAD,
        "Qwen-Agent": Side(
            (str(qwen), str(HERE / "qwen_agent_side.py")),
            versions=versions(qwen, ["qwen-agent"]),
        ),
        "LangChain": Side(
            (str(langchain), str(HERE / "langchain_side.py")),
            (embedder_folder(),),
            versions(langchain, ["langchain-core", "langchain-community", "faiss-cpu"]),
        ),
    }


def measure(side: Side, path: Path, home: Path) -> dict[str, str]:
    """Return the cells of one side, the same work in the same order for each."""
    (home / "fresh").mkdir(parents=True)
    indexed = run(side, "index", path, home)
    searched = run(side, "search", path, home, QUESTION)
    found = json.loads(searched.last or "{}")
    with answering(Rule()) as (url, sent):
        first, again, other = (
            asked(side, path, home, question, url, sent)
            for question in (QUESTION, QUESTION, OTHER_QUESTION)
        )
    with answering(Rule(fails=True)) as (url, sent):
        faulty = asked(side, path, home / "fresh", QUESTION, url, sent)
    mebibytes = max(r.memory for r in (indexed, first)) / 1024
    in_passages = sum(finding in found.get("text", "") for finding in FINDINGS)
    return {
        "file to searchable, CPU s": f"{indexed.cpu:.1f}",
        "question to passages, ms": f"{found['ms']:.1f}",
        "findings in these passages": f"{in_passages} of {len(FINDINGS)}",
        "a question: calls of the model": f"{first.calls:,}",
        "a question: tokens sent to it": f"{first.tokens:,}",
        "a question: CPU s": f"{first.cpu:.1f}",
        "a question: seconds until the first finding": f"{first.first or first.wall:.1f}",
        "a question: seconds until the answer": f"{first.wall:.1f}",
        "a question: findings in the answer": first.findings,
        "the same again: calls, CPU s": f"{again.calls:,}, {again.cpu:.1f}",
        "another question: calls, CPU s": f"{other.calls:,}, {other.cpu:.1f}",
        "one place at which the server fails: findings": faulty.findings,
        "memory, MiB": f"{mebibytes:,.0f}",
    }


def asked(side: Side, path: Path, home: Path, question: str, url: str, sent: Sent) -> Run:
    """Ask a question; count what the model was sent meanwhile."""
    sent.prompts.clear()
    made = run(side, "ask", path, home, question, url)
    tokens = sum(count_tokens(sent.prompts)) if sent.prompts else 0
    return Run(**vars(made) | {"calls": len(sent.prompts), "tokens": tokens})


def run(side: Side, what: str, path: Path, home: Path, *rest: str) -> Run:
    """Run one command of a side to its end."""
    command = [*side.command, what, str(path), *side.given, *rest]
    environment = os.environ | {
        "LONGREAD_HOME": str(home / "home"),
        "PYTHONPATH": str(HERE.parents[1]) if "-m" in side.command else "",
        "HF_HUB_OFFLINE": "1",
    }
    began, first, last = time.monotonic(), None, ""
    with (home / f"{what}.err").open("w") as errors:
        process = subprocess.Popen(
            command, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        for last in process.stdout or ():
            if first is None and FINDING.search(last):
                first = time.monotonic() - began
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for here
    return Run(
        cpu=used.ru_utime + used.ru_stime,
        wall=time.monotonic() - began,
        memory=used.ru_maxrss // _kibibyte(),
        first=first,
        last=last,
        code=process.returncode,
    )


def _kibibyte() -> int:
    """Return what `ru_maxrss` must be divided by to be kibibytes: macOS counts bytes."""
    return 1024 if sys.platform == "darwin" else 1


if __name__ == "__main__":
    main()
