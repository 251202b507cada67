"""Print what a search costs over a hundred documents of about a million tokens each.

    python -m benchmarks.search_many [FILE]

Without a file it takes the text of a million tokens that `benchmarks.ingest` makes, which says
everything several times. The others have the words of the first, and passages counted as a little
longer each, so that no two score the same: real libraries do not hold one document a hundred times.
"""

import hashlib
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from agent.index.postings import NUMBERS
from agent.library import Library
from agent.rows import insert, make
from agent.store import Store
from benchmarks.ingest import QUESTIONS, machine, make_text

DOCUMENTS = 100
TURNS = 5


def main() -> None:
    """Measure and print one line."""
    questions = sys.argv[2:] or QUESTIONS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if sys.argv[1:] else make_text(Path(folder))
        library = Library(Path(folder) / "home")
        first = library.add(path).id
        multiply(library, first)
        documents = [entry.id for entry in library.documents()]
        milliseconds = []
        for turn in range(TURNS):
            for question in questions:
                began = time.process_time()
                library.search(question, documents, 20)
                milliseconds += [1000 * (time.process_time() - began)] if turn else []
        print(
            f"{machine()}; {len(documents)} documents of {library.tokens([first]):,} tokens: a "
            f"search takes {statistics.median(milliseconds):.0f} CPU ms (median), "
            f"{max(milliseconds):.0f} at most"
        )


def multiply(library: Library, identity: str) -> None:
    """Put the others into the library."""
    document, store = library.document(identity), Store(library.home)
    made = make(document)
    lengths = np.frombuffer(made.postings.lengths, NUMBERS)
    for number in range(1, DOCUMENTS):
        other = hashlib.sha256(str(number).encode()).hexdigest()
        passages = [replace(p, span=replace(p.span, document=other)) for p in made.passages]
        longer = replace(made.postings, lengths=(lengths + number).astype(NUMBERS).tobytes())
        with store.writing() as connection:
            insert(
                connection,
                replace(document, id=other, name=f"{number}.txt"),
                replace(made, passages=passages, postings=longer),
            )


if __name__ == "__main__":
    main()
