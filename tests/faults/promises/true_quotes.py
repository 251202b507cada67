"""True quotes as models write them: other spaces, case and marks; nearly all of them count."""

import random

from agent.quote import find_quote
from tests.faults.promise import Outcome, Promise
from tests.faults.promises.altered_quotes import draw

_MARKS = {"'": "’", '"': "”", "-": "\u2011", "…": "..."}


def dress(chance, quote, language):
    """Write a quote in another way that says the same."""
    # Turkish has two letters i, which no rule of Unicode's without a language tells apart.
    changes = [
        *([str.upper, str.lower] if language != "tr" else []),
        lambda text: text.replace(" ", "  "),
        lambda text: text.replace(" ", "\n"),
        lambda text: "".join(_MARKS.get(c, c) for c in text),
        lambda text: text,
    ]
    return chance.choice(changes)(quote)


def tried(count, accepts):
    chance, broken = random.Random(4), []
    for _ in range(count):
        document, quote = draw(chance)
        dressed = dress(chance, quote, document.name)
        if not accepts(dressed, document):
            broken.append(dressed)
    return Outcome(count, tuple(broken))


def ours(count, _folder):
    return tried(count, find_quote)


def control(count, _folder):
    return tried(count, lambda quote, document: quote in document.text)


PROMISE = Promise(
    "A true quote counts, however it is spaced and marked",
    "pieces of the same texts in other case, with other spaces, line ends, quotation marks and "
    "hyphens",
    ours, control, "looks for the characters as they are", 500, 10_000, may_fail=0.005,
)  # fmt: skip
