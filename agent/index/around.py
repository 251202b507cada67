"""What stands around a passage: its neighbours, and more of its section where it is short."""

import sqlite3

from agent.index.shelf import load_passages
from agent.passage import Passage


def neighbours(
    connection: sqlite3.Connection, row: int, passage: Passage, before: int, after: int
) -> list[Passage]:
    """Return `passage` with as many passages before and after it, in reading order."""
    return load_passages(connection, row, passage.number - before, passage.number + after)


def section_around(
    connection: sqlite3.Connection, row: int, passage: Passage, least_tokens: int
) -> list[Passage]:
    """Return `passage` with others under the same headings until they hold `least_tokens`.

    What follows comes first, since a short passage is most often a beginning. Fewer tokens are
    returned where the section has no more.
    """
    around, tokens = [passage], passage.tokens
    for step in (1, -1):
        while tokens < least_tokens:
            edge = around[-1 if step == 1 else 0].number + step
            found = load_passages(connection, row, edge, edge)
            if not found or found[0].heading_path != passage.heading_path:
                break
            around = [*around, *found] if step == 1 else [*found, *around]
            tokens += found[0].tokens
    return around
