"""Print what becomes of every PDF under a folder: read, refused, out of time, or a crash.

    python -m benchmarks.pdf_robust FOLDER [--bare]

Each file is read as Longread reads it, in a child process with its usual limits; beside it stand
PDFium and pypdf alone, each in a process of its own with a minute's time. A page of text is one
with any letter or digit. CPU seconds are user and system time with the start of the processes.
With --bare the engines are left out.
"""

import argparse
import collections
import resource
import subprocess
import sys
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agent.document import Document
from agent.errors import DocumentError
from agent.formats.isolate import parse_file

ALONE = {
    "PDFium alone": (
        "import sys, pypdfium2\n"
        "document = pypdfium2.PdfDocument(sys.argv[1])\n"
        "texts = (page.get_textpage().get_text_bounded() for page in document)\n"
        "print(sum(any(map(str.isalnum, text)) for text in texts))"
    ),
    "pypdf alone": (
        "import logging, sys, warnings, pypdf\n"
        "logging.disable(); warnings.simplefilter('ignore')\n"
        "texts = (page.extract_text() for page in pypdf.PdfReader(sys.argv[1]).pages)\n"
        "print(sum(any(map(str.isalnum, text)) for text in texts))"
    ),
}
ENGINE_SECONDS = 60
OUT_OF_TIME = ("took more than", "to a halt", "too much time")


@dataclass
class Row:
    """What one reader made of all files."""

    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    pages: int = 0
    seconds: float = 0.0


def main() -> None:
    """Read all files and print two tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--bare", action="store_true")
    given = options.parse_args()
    files = sorted(given.folder.rglob("*.pdf"))
    ours, reasons, notes = Row(), collections.Counter(), collections.Counter()
    for path in files:
        before = children_seconds()
        outcome = read(path, ours, notes)
        ours.seconds += children_seconds() - before
        reasons[outcome] += 1
    rows = {"Longread": ours}
    if not given.bare:
        rows |= {name: alone(source, files) for name, source in ALONE.items()}
    print(f"{len(files)} files; `python -m benchmarks.pdf_robust {given.folder.name}`\n")
    print_rows(rows)
    print("\nRefusals:\n")
    for reason, count in reasons.most_common():
        if reason:
            print(f"- {count} x {reason}")
    print("\nNotes (pages):", ", ".join(f"{kind} {count}" for kind, count in sorted(notes.items())))


def read(path: Path, row: Row, notes: collections.Counter[str]) -> str:
    """Read one file as Longread does; count the outcome, return the reason of a refusal."""
    try:
        document = run(parse_file(path))
    except DocumentError as error:
        row.outcomes[kind_of(error.reason)] += 1
        return error.reason
    row.outcomes["taken"] += 1
    texts = (document.text[page.start : page.end] for page in document.pages)
    row.pages += count_pages(texts)
    notes.update(note.kind for note in document.notes)
    return ""


def run(reading: Generator[object, None, Document]) -> Document:
    """Exhaust a generator and return what it returns."""
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return end.value


def kind_of(reason: str) -> str:
    """Return which kind of refusal a sentence tells of."""
    if "crash" in reason or "fault in Longread" in reason or "broken answer" in reason:
        return "crashed"
    return "out of time" if any(words in reason for words in OUT_OF_TIME) else "refused"


def count_pages(texts: Iterable[str]) -> int:
    """Return how many texts hold any letter or digit."""
    return sum(any(map(str.isalnum, text)) for text in texts)


def alone(source: str, files: Iterable[Path]) -> Row:
    """Return what an engine alone makes of the files."""
    row, before = Row(), children_seconds()
    for path in files:
        try:
            ran = subprocess.run(
                [sys.executable, "-c", source, str(path)],
                capture_output=True,
                timeout=ENGINE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            row.outcomes["out of time"] += 1
            continue
        if ran.returncode == 0:
            row.pages += int(ran.stdout.split()[-1])
        row.outcomes[how_ended(ran.returncode)] += 1
    row.seconds = children_seconds() - before
    return row


def how_ended(code: int) -> str:
    """Return the outcome that an exit code tells of; a traceback counts as a refusal."""
    return "taken" if code == 0 else "crashed" if code < 0 else "refused"


def children_seconds() -> float:
    """Return the CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def print_rows(rows: dict[str, Row]) -> None:
    """Print the table."""
    print("| | taken | refused | out of time | crashed | pages of text | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for name, row in rows.items():
        counts = [row.outcomes[kind] for kind in ("taken", "refused", "out of time", "crashed")]
        cells = " | ".join(map(str, counts))
        print(f"| {name} | {cells} | {row.pages:,} | {row.seconds:.0f} |")


if __name__ == "__main__":
    main()
