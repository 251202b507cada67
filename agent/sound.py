"""What is made of a text must promise, checked without making it again.

For what another version made, or another machine: cheap, and enough that no search can fail on it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

NUMBERS: Final = np.dtype("<u4")  # as postings are stored


def covers(passages: Iterable[Sequence[int]], length: int) -> bool:
    """Return whether passages `(number, start, end)` follow one another over the whole text."""
    reached = 0
    for place, (number, start, end) in enumerate(passages):
        if number != place or start != reached or end <= start:
            return False
        reached = end
    return reached == length


def holds_words(
    postings: Sequence[tuple[str, bytes, bytes]], lengths: bytes, passages: int
) -> bool:
    """Return whether the postings of all terms account for the words of each passage.

    There may be more: a word whose stem is written otherwise stands under both.

    Raises:
        ValueError: if the postings are not those of a text in so many passages.
    """
    terms = [term for term, _, _ in postings]
    sizes = np.array([len(numbers) for _, numbers, _ in postings], np.int64)
    if terms != sorted(set(terms)) or (sizes == 0).any() or (sizes % NUMBERS.itemsize).any():
        raise ValueError("terms out of order, or without a place")
    if any(len(numbers) != len(counts) for _, numbers, counts in postings):
        raise ValueError("places and counts of different length")
    numbers, counts = (
        np.frombuffer(b"".join(column), NUMBERS).astype(np.int64)
        for column in ([p for _, p, _ in postings], [c for _, _, c in postings])
    )
    begins = np.zeros(len(numbers), bool)
    begins[(np.cumsum(sizes) - sizes) // NUMBERS.itemsize] = True
    rising = np.diff(numbers, prepend=-1) > 0
    if not (rising | begins).all() or (numbers >= passages).any() or (counts == 0).any():
        raise ValueError("places out of order or beyond the last passage")
    words = np.bincount(numbers, counts, passages)
    told = np.frombuffer(lengths, NUMBERS)
    return len(told) == len(words) and bool((words >= told).all())
