"""Quotes with something changed in them: none of them counts."""

import random
import re
from functools import cache
from pathlib import Path

from agent.evaluation.wording import languages, load_wording
from agent.quote import find_quote, fold
from tests.faults.promise import Outcome, Promise
from tests.make import make_document

REPORT = Path(__file__).parents[3] / "app" / "sample" / "report.md"
_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\S+")
_UNSPACED = ("zh", "ja")


@cache
def documents():
    """Return the sample report, and a text in each of 29 languages."""
    made = [make_document(REPORT.read_text("utf-8"))]
    for code in languages():
        wording = load_wording(code)
        chance = random.Random(code)
        said = [form.format(key=chance.choice(wording.keys), count=chance.randint(2, 99))
                for form in wording.filler * 5]  # fmt: skip
        made.append(make_document(wording.joiner.join(said), name=code))
    return made


def draw(chance):
    """Return a document and a piece of it from one space to another, of 20 to 200 characters."""
    while True:
        document = chance.choice(documents())
        cut = re.compile(r"\d+|.") if document.name in _UNSPACED else _TOKEN
        words = [match.span() for match in cut.finditer(document.text)]
        first = chance.randrange(len(words))
        last = min(first + chance.randint(3, 60), len(words) - 1)
        quote = document.text[words[first][0] : words[last][1]]
        if 20 <= len(quote) <= 200:
            return document, quote


def alter(chance, quote):
    """Change what a quote says: a letter, a digit, a word, an order."""
    at = chance.randrange(1, len(quote) - 1)
    words = quote.split(" ")
    number = re.search(r"\d", quote)
    changes = [
        lambda: quote[:at] + chance.choice("abcdexyzäéжф文4") + quote[at + 1 :],
        lambda: quote[:at] + chance.choice("abcdexyzäéжф文4") + quote[at:],
        lambda: quote[:at] + quote[at + 1 :],
        lambda: " ".join([*words[:1], "not", *words[1:]]),
        lambda: " ".join(words[::-1]),
    ]
    if number:
        digit = str((int(number[0]) + chance.randint(1, 9)) % 10)
        changes.append(lambda: quote[: number.start()] + digit + quote[number.end() :])
    return chance.choice(changes)()


def tried(count, accepts):
    chance, broken, done = random.Random(3), [], 0
    while done < count:
        document, quote = draw(chance)
        changed = alter(chance, quote)
        if fold(changed) in fold(document.text):
            continue  # it still says what the document says
        done += 1
        if accepts(changed, document):
            broken.append(changed)
    return Outcome(count, tuple(broken))


def ours(count, _folder):
    return tried(count, find_quote)


def control(count, _folder):
    def nearly(quote, document):
        words = _WORD.findall(quote.casefold())
        known = set(_WORD.findall(document.text.casefold()))
        return sum(word in known for word in words) >= 0.9 * len(words)

    return tried(count, nearly)


PROMISE = Promise(
    "A quote that was altered does not count",
    "a letter, digit or word of a true quote, in 30 languages and the sample, is changed, put in, "
    "left out or moved",
    ours, control, "accepts a quote nine tenths of whose words stand in the document", 500, 10_000,
)  # fmt: skip
