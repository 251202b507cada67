"""Items found in many windows: those of the same name made one, and counted, by code."""

import re
import unicodedata
from collections.abc import Sequence

from agent.evidence import Evidence, Item

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


def merge_items(evidence: Sequence[Evidence]) -> tuple[Item, ...]:
    """Return the items in the order they first stand in the documents.

    Names are the same whatever their case, spacing and marks around them; more is not guessed:
    whether "the red gate" is "gate 11" code cannot know.
    """
    merged: dict[str, Item] = {}
    for mark, found in enumerate(evidence, start=1):
        key = _name(found.says)
        known = merged.get(key, Item(found.says, ()))
        merged[key] = Item(known.label, (*known.marks, mark))
    return tuple(merged.values())


def items_text(items: Sequence[Item]) -> str:
    """Return a numbered list with the count above it."""
    places = sum(len(item.marks) for item in items)
    count = f"{len(items):,} {'item' if len(items) == 1 else 'items'}"
    said = f"{count} in {places:,} {'place' if places == 1 else 'places'}:"
    lines = (
        f"{number}. {item.label} {' '.join(f'[{mark}]' for mark in item.marks)}"
        for number, item in enumerate(items, start=1)
    )
    return "\n".join([said, "", *lines])


def _name(label: str) -> str:
    folded = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
    return _EDGES.sub("", folded) or folded
