"""Print what reading a whole document for a question costs, beside Qwen-Agent in the same run.

    python -m benchmarks.reading [FILE] [--peer PYTHON] [--tokens N]

FILE is a plain text; without one it is made from the prose that ships with Python. Five findings
are planted in it, and one place that makes the server fail in the last run. The model is a stub
that answers at once by rule (`stub_server.py`): calls, tokens and CPU are measured, the quality of
answers is not. Longread is run as a person would (`longread ask --strategy sweep`), Qwen-Agent's
ParallelDocQA with its defaults, by the Python named with --peer, where
`pip install "qwen-agent[rag]==0.0.34" soundfile tqdm` has been done. CPU seconds are those of the
whole process, start-up and reading the file included.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path

from benchmarks.ingest import children_seconds, machine, prose
from benchmarks.stub_server import Sent, answering
from model.tokens import count_tokens

COLOURS = ("red", "blue", "green", "white", "amber")
FINDINGS = [f"Gate {n} was painted {colour}." for n, colour in enumerate(COLOURS, start=11)]
FINDING = re.compile(r"Gate \d+ was painted \w+\.")
TROUBLE = "The clerk spilled ink on this page."
DEPTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
TROUBLE_DEPTH = 0.6
QUESTION = "Which gates were painted, and in which colours?"
OTHER_QUESTION = "In which colours was any gate painted?"
PEER = """
import json, sys
from qwen_agent.agents.doc_qa import ParallelDocQA
url, path, question = sys.argv[1:]
bot = ParallelDocQA(llm={"model": "stub", "model_server": url + "/v1", "api_key": "none"})
asked = [{"role": "user", "content": [{"text": question}, {"file": path}]}]
for reply in bot.run(asked):
    print(json.dumps(reply), flush=True)
"""


@dataclass
class Rule:
    """Answers as a reader who overlooks nothing; fails where the ink is, if it is to."""

    fails: bool = False

    def __call__(self, prompt: str) -> str | None:
        """Return the reply, by the words of either side's prompts."""
        found = list(dict.fromkeys(FINDING.findall(prompt)))
        if self.fails and TROUBLE in prompt:
            return None
        if "Copy out of the passages" in prompt:
            return "\n".join(f'[1] "{quote}"' for quote in found) or "NONE"
        if "Numbered quotes from documents" in prompt:
            return " ".join(f"{quote} [{n}]" for n, quote in enumerate(found, start=1))
        if "# Document:" in prompt:
            said = {"res": "ans", "content": " ".join(found)} if found else {"res": "none"}
            return json.dumps({"content": "<None>"} | said)
        if "keywords_en" in prompt:
            return '{"keywords_zh": [], "keywords_en": ["gate", "painted", "colours"]}'
        return " ".join(found) or "I do not know."


@dataclass(frozen=True)
class Run:
    """What one question took; `first` is the time until anything found could be seen."""

    calls: int
    tokens: int
    cpu: float
    wall: float
    first: float | None
    findings: int
    code: int

    @property
    def result(self) -> str:
        """The findings that reached the answer, or that there was none."""
        return f"{self.findings} of {len(FINDINGS)}" if not self.code else "no answer at all"


def main() -> None:
    """Measure both and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("file", nargs="?", type=Path)
    options.add_argument("--peer", metavar="PYTHON")
    options.add_argument("--tokens", type=int, default=200_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, tokens = plant(given.file, given.tokens, folder)
        sides = {"Longread": partial(ours, path)}
        if given.peer:
            sides["Qwen-Agent"] = partial(peer, given.peer, path)
        print(f"{machine()}; a text of {tokens:,} tokens; `python -m benchmarks.reading`\n")
        table = {side: measure(command, folder / side) for side, command in sides.items()}
    print("| | " + " | ".join(table) + " |")
    print("|---" * (len(table) + 1) + "|")
    for row in next(iter(table.values())):
        print(f"| {row} | " + " | ".join(cells[row] for cells in table.values()) + " |")


def ours(path: Path, url: str, question: str) -> list[str]:
    """Return the command that asks Longread."""
    main_ = "from app.cli import main; main()"
    settings = ["--strategy", "sweep", "--events", "--model", url]
    return [sys.executable, "-c", main_, "ask", question, str(path), *settings]


def peer(python: str, path: Path, url: str, question: str) -> list[str]:
    """Return the command that asks Qwen-Agent."""
    return [python, "-c", PEER, url, str(path), question]


def measure(command: Callable[[str, str], list[str]], home: Path) -> dict[str, str]:
    """Return the cells of one side: three questions one after the other, and one with a fault."""
    (home / "fresh").mkdir(parents=True)
    with answering(Rule()) as (url, sent):
        first = asked(command(url, QUESTION), home, sent)
        again = asked(command(url, QUESTION), home, sent)
        other = asked(command(url, OTHER_QUESTION), home, sent)
    with answering(Rule(fails=True)) as (url, sent):
        faulty = asked(command(url, QUESTION), home / "fresh", sent)
    return {
        "calls of the model": f"{first.calls:,}",
        "tokens sent to it": f"{first.tokens:,}",
        "CPU seconds": f"{first.cpu:.1f}",
        "seconds until the first finding is seen": f"{first.first or first.wall:.1f}",
        "seconds until the answer": f"{first.wall:.1f}",
        "findings in the answer": first.result,
        "the same question again: calls, CPU seconds": f"{again.calls:,}, {again.cpu:.1f}",
        "another question: calls, CPU seconds": f"{other.calls:,}, {other.cpu:.1f}",
        "one place at which the server fails: findings": faulty.result,
    }


def asked(command: list[str], home: Path, sent: Sent) -> Run:
    """Run a command to its end and return what it took and said."""
    sent.prompts.clear()
    cpu, began, first, last = children_seconds(), time.monotonic(), None, ""
    with subprocess.Popen(
        command,
        cwd=home,
        env=os.environ | {"LONGREAD_HOME": str(home / "home"), "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        for last in process.stdout or ():
            if first is None and FINDING.search(last):
                first = time.monotonic() - began
    return Run(
        calls=len(sent.prompts),
        tokens=sum(count_tokens(sent.prompts)) if sent.prompts else 0,
        cpu=children_seconds() - cpu,
        wall=time.monotonic() - began,
        first=first,
        findings=sum(finding in last for finding in FINDINGS),
        code=process.returncode,
    )


def plant(source: Path | None, most_tokens: int, folder: Path) -> tuple[Path, int]:
    """Write the text with the findings in it; return where, and how many tokens it has."""
    paragraphs = source.read_text("utf-8").split("\n\n") if source else prose()
    room = most_tokens

    def fits(paragraph: str) -> bool:
        nonlocal room
        room -= count_tokens([f"{paragraph}\n\n"])[0]
        return room >= 0

    kept = list(takewhile(fits, paragraphs))
    places = [*zip(DEPTHS, FINDINGS, strict=True), (TROUBLE_DEPTH, TROUBLE)]
    for depth, planted in sorted(places, reverse=True):
        kept.insert(int(depth * len(kept)), planted)
    path = folder / "document.txt"
    path.write_text("\n\n".join(kept), "utf-8")
    return path, most_tokens - room


if __name__ == "__main__":
    main()
