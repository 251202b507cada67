"""Print how a library of thousands of documents compares with one of fifty.

    python -m benchmarks.library [--documents 5000]

CPU seconds of this process, medians; beside them the bytes that SQLite read from and wrote to the
disk's files (counted by Linux), which no other work on the machine can change. The documents are
small, two pages of Python's own documentation each; parsing is left out, it knows nothing of the
library. At the end stands what grows with the library and is meant to: removing and checking.
"""

import argparse
import hashlib
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.document import Document, Page
from agent.library import Library
from benchmarks.ingest import machine, prose

FEW = 50
TIMES = 25
PAGE_CHARACTERS = 2_000
Cost = tuple[float, int, int]


def main() -> None:
    """Fill a library, measure it on the way, and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--documents", type=int, default=5_000)
    many = options.parse_args().documents
    with tempfile.TemporaryDirectory() as folder:
        library, made = Library(folder), documents()
        few = measure(library, made, FEW)
        table = {name: [cost] for name, cost in few.items()}
        for name, cost in measure(library, made, many).items():
            table[name].append(cost)
        size = (Path(folder) / "library.db").stat().st_size
        print(f"{machine()}; medians of {TIMES}; `python -m benchmarks.library`\n")
        print(f"| | {FEW} documents: CPU ms, kB read, written | {many:,} documents | CPU ratio |")
        print("|---|---|---|---|")
        for name, (before, after) in table.items():
            ratio = after[0] / max(before[0], 1e-6)
            print(f"| {name} | {show(before)} | {show(after)} | {ratio:.2f} |")
        print(f"\n{many:,} documents take {size / 1e6:.0f} MB.")
        print("What is meant to grow, once, in CPU ms, kB read, written:")
        print(f"- remove one document and write the file anew: {show(cost_of(remover(library)))}")
        print(f"- check them all: {show(cost_of(lambda: list(library.check())))}")


def documents() -> Iterator[Document]:
    """Yield small documents without end, each another."""
    paragraphs = prose()
    for number in itertools.count():
        text = f"Document {number}.\n\n"
        while len(text) < 2 * PAGE_CHARACTERS:
            text += next(paragraphs) + "\n\n"
        pages = (
            Page(1, "1", 0, PAGE_CHARACTERS),
            Page(2, "2", PAGE_CHARACTERS, len(text)),
        )
        identity = hashlib.sha256(text.encode()).hexdigest()
        yield Document(identity, f"{number}.txt", "text", "benchmark", text, pages)


def measure(library: Library, made: Iterator[Document], count: int) -> dict[str, Cost]:
    """Fill the library up to `count` documents and return what its work costs then."""
    kept = [entry.id for entry in library.documents()]
    while len(kept) < count - TIMES:
        document = next(made)
        library.keep(document)  # without the file
        kept.append(document.id)
    last = list(itertools.islice(made, TIMES))
    adding = iter(last)
    costs = {"add a document": repeated(lambda: library.keep(next(adding)))}
    chosen = [document.id for document in last[:3]]
    costs["open the library"] = repeated(lambda: Library(library.home))
    costs["search three documents"] = repeated(
        lambda: library.search("exceptions raised", chosen, 9)
    )
    costs["read a document"] = repeated(lambda: library.document(chosen[0]))
    costs["find one by the start of its id"] = repeated(lambda: library.entry(chosen[0][:12]))
    costs["list all"] = repeated(library.documents)
    return costs


def remover(library: Library) -> Callable[[], object]:
    """Return what removes one document from the middle."""
    entries = library.documents()
    return lambda: library.remove(entries[len(entries) // 2].id)


def repeated(work: Callable[[], object]) -> Cost:
    """Return the medians of what doing `work` costs."""
    costs = [cost_of(work) for _ in range(TIMES)]
    seconds, read, written = (statistics.median(column) for column in zip(*costs, strict=True))
    return seconds, int(read), int(written)


def cost_of(work: Callable[[], object]) -> Cost:
    """Return the CPU seconds of `work`, and the bytes read and written."""
    read, written = moved()
    began = time.process_time()
    work()
    seconds = time.process_time() - began
    read_after, written_after = moved()
    return seconds, read_after - read, written_after - written


def moved() -> tuple[int, int]:
    """Return how many bytes this process has read and written so far, 0 where nobody counts."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return 0, 0
    counts = dict(line.split(": ") for line in lines)
    return int(counts["rchar"]), int(counts["wchar"])


def show(cost: Cost) -> str:
    """Return a cost for the table."""
    seconds, read, written = cost
    return f"{1000 * seconds:.1f}, {read / 1000:,.0f}, {written / 1000:,.0f}"


if __name__ == "__main__":
    main()
