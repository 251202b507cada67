"""Sweeps the planted document in a process of its own, which the test kills.

    python -m tests.agent.strategies.swept_in_a_child HOME LOG

Writes a line to LOG as each window begins to be read.
"""

import hashlib
import sys
import time
from pathlib import Path

from agent import Library, ask
from agent.readers.chat import ChatReader
from tests.agent.strategies.planted import QUESTION, Rule, model, passages_in, planted

WINDOW_TOKENS = 300
AT_ONCE = 3


def digest(prompt):
    """Return what tells one window from another."""
    return hashlib.sha256("".join(passages_in(prompt).values()).encode()).hexdigest()[:16]


def logging_rule(log, pause_seconds):
    """Return a rule that notes each window and takes its time."""

    def note(prompt):
        if "Copy out" in prompt:
            with log.open("a") as file:
                file.write(digest(prompt) + "\n")
            time.sleep(pause_seconds)

    return Rule(fails=note)


def sweep(home, rule):
    """Return the events of a sweep."""
    reader = ChatReader(model(rule), window_tokens=WINDOW_TOKENS, at_once=AT_ONCE)
    return ask(QUESTION, planted(), library=Library(home), model=reader, strategy="sweep")


if __name__ == "__main__":
    list(sweep(Path(sys.argv[1]), logging_rule(Path(sys.argv[2]), 0.03)))
