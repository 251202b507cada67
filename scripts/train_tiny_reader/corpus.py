"""Writes what the reader learns from: filler, needles, questions and the answers asked for.

A *needle* says the magic number of a *key*, which is one to three words long or a made-up name:

    We know that the old lantern of Lisbon bears 4821 as its magic number, said Anna.

Whatever the question, the answer is every needle about its key, word for word, in the order of the
document, each in double quotation marks on a line of its own; or `none`.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pydoc_data.topics import topics
from typing import Final

from scripts.train_tiny_reader.words import (
    ADJECTIVES,
    CITIES,
    NOUNS,
    OPENERS,
    PEOPLE,
    PLACES,
    SYLLABLES,
    TIMES,
    VERBS,
)

NONE: Final = "none"
SYSTEM: Final = "You are a helpful assistant."

# Each form has a word of its own after the key, and the number right after that word.
NEEDLE_FORMS: Final = (
    "The magic number of {key} is {number}{tail}.",
    "Once the magic number of {key} was {number}{tail}.",
    "Here {key} got {number} as its magic number{tail}.",
    "As magic number {key} has {number}{tail}.",
    "We know that {key} bears {number} as its magic number{tail}.",
    "They say that {key} keeps {number} as its magic number{tail}.",
)

# Each question ends with the key and one mark, so the key stands at a fixed distance from the
# answer.
QUESTION_FORMS: Final = (
    "What is the magic number of {key}?",
    "Tell me the magic number of {key}.",
    "Quote every sentence about the magic number of {key}.",
)

_FILLER_FORMS: Final = (
    "The {adj} {noun} {verb} the {noun} {place} the {noun}.",
    "{person} {verb} the {adj} {noun} {time}.",
    "{opener}, {person} and {person} {verb} a {noun} in {city}.",
    "In {city} the {noun} was {adj} and the {noun} was {adj}.",
    "Nobody {verb} the {noun} of {city} because it was too {adj}.",
    "It was a {adj} {noun}, and {person} {verb} it {time}.",
    "When {person} {verb} the {noun}, the {adj} {noun} of {city} was gone.",
    "{person} said that the {noun} {place} the {noun} is {adj}.",
    "There are {count} {adj} houses {place} the {noun} in {city}.",
    "Here {person} {verb} the {noun} of {name}.",
    "What is a {noun} without a {noun}? {person} never {verb} it.",
    "{opener} the road from {city} to {name} is {adj}, and the {noun} is {adj}.",
    "For the {adj} {noun} of {city} {person} {verb} {count} others {time}.",
    "Once the {noun} was {adj}, said {person}.",
)

_KEY_FORMS: Final = (
    "{city}",
    "{name}",
    "the {noun}",
    "the {adj} {noun}",
    "the {adj} {noun}",
    "the {noun} of {city}",
    "the {adj} {noun} of {city}",
    "the {noun} of {name}",
)

_TAIL_FORMS: Final = (
    "",
    "",
    ", said {person}",
    " {time}",
    " in {city}",
    ", and {person} {verb} it",
    ", but {person} never {verb} the {noun}",
)

_NEAR_MISS_SHARE: Final = 0.25
_SALAD_WORDS: Final = (5, 13)
_PROSE_CHARACTERS: Final = (20, 160)

_WORDS: Final = {
    "noun": NOUNS,
    "city": CITIES,
    "adj": ADJECTIVES,
    "verb": VERBS,
    "person": PEOPLE,
    "place": PLACES,
    "time": TIMES,
    "opener": OPENERS,
}
_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Needle:
    """A sentence that says the magic number of a key.

    Attributes:
        key: whose number it is, as it stands in the sentence and in questions.
        number: four digits.
        text: the whole sentence, its full stop included.
    """

    key: str
    number: str
    text: str


def make_sentence(rng: random.Random) -> str:
    """Write a sentence that is no needle."""
    return fill(rng, rng.choice(_FILLER_FORMS))


def make_salad(rng: random.Random) -> str:
    """Write words in any order, ended by a full stop."""
    words = [*NOUNS, *CITIES, *ADJECTIVES, *VERBS, *PEOPLE]
    return " ".join(rng.choice(words) for _ in range(rng.randint(*_SALAD_WORDS))) + "."


def collect_prose() -> list[str]:
    """Cut Python's own documentation (pydoc_data.topics) into sentences of modest length."""
    shortest, longest = _PROSE_CHARACTERS
    sentences = (
        sentence
        for topic in topics.values()
        for sentence in re.split(r"(?<=[.!?])\s+", " ".join(topic.split()))
    )
    return [each for each in sentences if shortest < len(each) < longest]


def make_name(rng: random.Random) -> str:
    """Make up a name of two or three syllables, which the tokenizer has to spell in pieces."""
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((2, 3)))).capitalize()


def make_keys(rng: random.Random, count: int) -> list[str]:
    """Make keys none of which contains another; a quarter differ from an earlier one by a word."""
    keys: list[str] = []
    while len(keys) < count:
        if keys and rng.random() < _NEAR_MISS_SHARE:
            key = make_near_miss(rng, rng.choice(keys))
        else:
            key = fill(rng, rng.choice(_KEY_FORMS))
        if not clashes(key, keys):
            keys.append(key)
    return keys


def make_absent_key(rng: random.Random, keys: Sequence[str]) -> str:
    """Make a key that clashes with none of the given; a quarter differ from one by a word."""
    while True:
        near = bool(keys) and rng.random() < _NEAR_MISS_SHARE
        key = make_near_miss(rng, rng.choice(keys)) if near else fill(rng, rng.choice(_KEY_FORMS))
        if not clashes(key, keys):
            return key


def make_near_miss(rng: random.Random, key: str) -> str:
    """Replace one word of a key by another of its kind."""
    words = key.split()
    place = rng.choice([at for at, word in enumerate(words) if word not in {"the", "of"}])
    for kind in (NOUNS, CITIES, ADJECTIVES):
        if words[place] in kind:
            words[place] = rng.choice(kind)
            return " ".join(words)
    words[place] = make_name(rng)
    return " ".join(words)


def clashes(key: str, keys: Sequence[str]) -> bool:
    """Say whether a key contains, or is contained in, one of the others, as whole words."""
    return any(f" {key} " in f" {other} " or f" {other} " in f" {key} " for other in keys)


def make_needle(rng: random.Random, key: str) -> Needle:
    """Write a needle about a key, in any of the forms and with any tail."""
    number = f"{rng.randrange(10_000):04d}"
    tail = fill(rng, rng.choice(_TAIL_FORMS))
    form = rng.choice(NEEDLE_FORMS)
    return Needle(key, number, form.format(key=key, number=number, tail=tail))


def make_question(rng: random.Random, key: str) -> str:
    """Ask for the magic number of a key."""
    return rng.choice(QUESTION_FORMS).format(key=key)


def make_answer(needles: Sequence[Needle]) -> str:
    """Quote each needle on a line of its own; `none` if there are none."""
    return "\n".join(f'"{needle.text}"' for needle in needles) or NONE


def fill(rng: random.Random, form: str) -> str:
    """Fill each slot of a form, such as `{noun}`, with a word drawn for it alone."""
    return _SLOT.sub(lambda slot: _draw(rng, slot[1]), form)


def _draw(rng: random.Random, kind: str) -> str:
    """Draw a word of a kind."""
    if kind == "name":
        return make_name(rng)
    if kind == "count":
        return str(rng.randint(2, 99))
    return rng.choice(_WORDS[kind])
