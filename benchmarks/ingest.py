"""Print how much a document costs from file to searchable, and a search once it is there.

    python -m benchmarks.ingest [FILE...]

Without files it makes two, a text of a million tokens and a PDF of as many on 2,000 pages, both
from the prose that ships with Python (`pydoc_data.topics`). CPU seconds are user and system time of
the whole `longread add` process with its children, start-up included, median of the runs. Beside
each stands a peer in the same run: bm25s indexing the same passages, pypdf reading the same PDF's
text.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from pydoc_data.topics import topics

import bm25s
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from agent.index.words import split_words
from agent.library import Library
from app.machine import machine
from benchmarks.kept import keep, markdown
from model.tokens import count_tokens

TEXT_TOKENS = 1_000_000
PDF_PAGES = 2_000
LINES_A_PAGE = 56
QUESTIONS = (
    "What happens when an exception is raised inside a generator?",
    "How are keyword arguments matched with the names of parameters?",
    "Which operators can a class define for its instances?",
    "When is the module searched for in the cache of imported modules?",
    "What does the with statement do on leaving the block?",
)


def main() -> None:
    """Measure and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("files", nargs="*", type=Path)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--keep", action="store_true", help="keep the results")
    given = options.parse_args()
    rows = measure(given.files, given.runs)
    print(f"{machine()}; medians of {given.runs} runs; `python -m benchmarks.ingest`\n")
    print(markdown(rows))
    if given.keep:
        keep("ingest", "python -m benchmarks.ingest", rows)


def measure(files: Sequence[Path], runs: int) -> list[dict[str, str]]:
    """Return a row for each file; without any, for a text and a PDF that are made."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = files or [make_text(folder), make_pdf(folder)]
        return [row(path, folder / f"home{n}", runs) for n, path in enumerate(paths)]


def row(path: Path, folder: Path, runs: int) -> dict[str, str]:
    """Return the table's row for one file."""
    cpu = [add_in_a_process(path, folder / str(run)) for run in range(runs)]
    library = Library(folder / "0")
    (entry,) = library.documents()
    search = statistics.median(search_milliseconds(library, entry.id))
    peer_name, peer_seconds = peer(path, library, entry.id, runs)
    return {
        "document": path.name,
        "pages": f"{entry.pages:,}",
        "tokens": f"{entry.tokens:,}",
        "file to searchable, CPU s": f"{statistics.median(cpu):.2f}",
        "peer, CPU s": f"{peer_seconds:.2f} ({peer_name})",
        "a search, ms": f"{search:.1f}",
    }


def add_in_a_process(path: Path, home: Path) -> float:
    """Return the CPU seconds of `longread add path` into a new library."""
    before = children_seconds()
    environment = os.environ | {"LONGREAD_HOME": str(home)}
    subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", "add", str(path)],
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    return children_seconds() - before


def children_seconds() -> float:
    """Return the CPU seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def search_milliseconds(library: Library, identity: str) -> Iterator[float]:
    """Yield the CPU milliseconds of searches once warm."""
    for turn in range(10):
        for question in QUESTIONS:
            seconds = cpu_seconds(lambda q=question: library.search(q, [identity], 20))
            if turn:
                yield 1000 * seconds


def peer(path: Path, library: Library, identity: str, runs: int) -> tuple[str, float]:
    """Return what else could do the slowest part of the same work, and its CPU seconds."""
    if path.suffix.lower() == ".pdf":
        work, name = (
            (lambda: [page.extract_text() for page in PdfReader(path).pages]),
            "pypdf, text alone",
        )
    else:
        text = library.document(identity).text
        pieces = [text[at : at + 1000] for at in range(0, len(text), 1000)]
        work, name = (lambda: index_with_bm25s(pieces)), "bm25s, words and index alone"
    return name, statistics.median(cpu_seconds(work) for _ in range(min(runs, 3)))


def index_with_bm25s(pieces: list[str]) -> None:
    """Index pieces with bm25s, their words cut as we cut them."""
    bm25s.BM25().index([split_words(piece) for piece in pieces], show_progress=False)


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that `work` takes in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def prose() -> Iterator[str]:
    """Yield the paragraphs of Python's own documentation, over and over."""
    while True:
        for topic in topics.values():
            yield from topic.split("\n\n")


def make_text(folder: Path) -> Path:
    """Write a text of a million tokens."""
    paragraphs, tokens = [], 0
    for paragraph in prose():
        paragraphs.append(paragraph)
        tokens += count_tokens([paragraph + "\n\n"])[0]
        if tokens >= TEXT_TOKENS:
            break
    path = folder / "million-tokens.txt"
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return path


def make_pdf(folder: Path) -> Path:
    """Write a PDF of 2,000 full pages."""
    path = folder / f"{PDF_PAGES}-pages.pdf"
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    lines = (line for paragraph in prose() for line in [*paragraph.splitlines(), ""])
    for _ in range(PDF_PAGES):
        text = canvas.beginText(56, 780)
        text.setFont("Helvetica", 10)
        for _ in range(LINES_A_PAGE):
            text.textLine(next(lines).encode("latin-1", "replace").decode("latin-1"))
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return path


if __name__ == "__main__":
    main()
