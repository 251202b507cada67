"""Reads the document of a library in a process of its own, which the test kills.

    python -m tests.agent.strategies.swept_in_a_child HOME LOG sweep|summarize

Writes a line to LOG as each window begins to be read.
"""

import hashlib
import sys
import time
from pathlib import Path

from agent import Library, ask, summarize
from agent.readers.chat import ChatReader
from tests.agent.strategies.planted import (
    NOTE,
    QUESTION,
    SUM_UP,
    Rule,
    model,
    notes_in,
    passages_in,
)

WINDOW_TOKENS = 300
AT_ONCE = 3


def digest(prompt):
    """Return what tells one window from another."""
    texts = notes_in(prompt) if SUM_UP in prompt else passages_in(prompt).values()
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:16]


def logging_rule(log, pause_seconds):
    """Return a rule that notes each window and takes its time."""

    def note(prompt):
        if "Copy out" in prompt or NOTE in prompt or SUM_UP in prompt:
            with log.open("a") as file:
                file.write(digest(prompt) + "\n")
            time.sleep(pause_seconds)

    return Rule(fails=note)


def read(home, rule, way):
    """Return the events of a sweep, or of a summary, of the one document there."""
    library = Library(home)
    (entry,) = library.documents()
    document = library.document(entry.id)
    reader = ChatReader(model(rule), window_tokens=WINDOW_TOKENS, at_once=AT_ONCE)
    if way == "summarize":
        rule.pattern = r"\d+\. The river was low|Gate \d+ was painted \w+\."
        return summarize(document, library=library, model=reader)
    return ask(QUESTION, document, library=library, model=reader, strategy="sweep")


if __name__ == "__main__":
    list(read(Path(sys.argv[1]), logging_rule(Path(sys.argv[2]), 0.03), sys.argv[3]))
