"""Longread as a person uses it: `index FILE`, `search FILE QUESTION`, `ask FILE QUESTION URL`."""

import json
import statistics
import sys
import time

from agent import Library
from app.cli import main as longread
from app.settings import load_settings

PASSAGES = 16  # as many as its own retrieval reads


def main() -> None:
    """Do what is asked; a search prints how long it took and what it found as JSON."""
    what, file, *rest = sys.argv[1:]
    if what == "index":
        longread(["add", file])
    elif what == "search":
        library = Library(load_settings().home)
        document = library.add(file)
        times, text = [], ""
        for _ in range(10):
            began = time.perf_counter()
            hits = library.search(rest[0], [document.id], PASSAGES)
            times.append(1000 * (time.perf_counter() - began))
            spans = [hit.passage.span for hit in hits]
            text = "\n".join(document.text[span.start : span.end] for span in spans)
        print(json.dumps({"ms": statistics.median(times), "text": text}))
    else:
        question, url = rest
        longread(["ask", question, file, "--strategy", "sweep", "--events", "--model", url])


main()
