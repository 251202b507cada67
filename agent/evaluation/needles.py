"""Needles: sentences planted in a haystack, and the questions they answer.

Four kinds of question, after RULER (arXiv 2404.06654): one value of a key; many values of one key,
all asked for; a hop, where the key leads to another key that has the value; and none, a key that no
needle is about. Needles about other keys distract.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from agent.errors import QuestionError
from agent.evaluation.wording import Wording

Kind = Literal["one", "many", "hop", "none"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
VALUES_OF_MANY: Final = 3
_VALUES: Final = range(1_000, 10_000)
_KEYS_A_PROBE: Final = {"one": 1, "many": 1, "hop": 2, "none": 1}


@dataclass(frozen=True, slots=True)
class Needle:
    """A sentence, and how deep it is to stand: 0 is the beginning of the haystack, 1 its end."""

    sentence: str
    depth: float


@dataclass(frozen=True, slots=True)
class Probe:
    """A question whose answer is known.

    Attributes:
        kind: what sort of question it is.
        depth: of the first needle that answers it.
        question: in the language of the needles.
        expected: what a right answer names; nothing if the haystack does not say it.
        needles: the sentences that answer it.
    """

    kind: Kind
    depth: float
    question: str
    expected: tuple[str, ...]
    needles: tuple[Needle, ...]


@dataclass(frozen=True, slots=True)
class Planting:
    """What goes into one haystack: the probes, and needles that nobody asks for."""

    probes: tuple[Probe, ...]
    distractors: tuple[Needle, ...]
    values: tuple[str, ...]

    @property
    def needles(self) -> list[Needle]:
        """All sentences to be planted."""
        return [*(needle for probe in self.probes for needle in probe.needles), *self.distractors]


def make_planting(
    chance: random.Random,
    wording: Wording,
    wanted: Sequence[tuple[Kind, float]],
    *,
    distractors: int,
    taken: str = "",
) -> Planting:
    """Make probes and needles beside them; the same seed makes the same.

    Args:
        chance: draws keys and values.
        wording: of which language they are.
        wanted: the kind of each probe and its depth, from 0 to 1.
        distractors: needles about keys that no probe asks for.
        taken: a text whose numbers are no values, such as the haystack's own.

    Raises:
        QuestionError: if there are not enough keys for them all.
    """
    names = sum(_KEYS_A_PROBE[kind] for kind, _ in wanted) + distractors
    if names > len(wording.keys):
        raise QuestionError(
            f"{len(wanted)} depths with {distractors} distractors need {names} names, and there "
            f"are {len(wording.keys)}; take fewer of either."
        )
    keys = iter(chance.sample(wording.keys, len(wording.keys)))
    values = _draw_values(chance, taken)
    probes, drawn = [], list[str]()
    for kind, depth in wanted:
        probe = _make_probe(kind, depth, wording, keys, values)
        drawn += probe.expected
        probes.append(probe)
    beside = []
    for _ in range(distractors):
        drawn.append(next(values))
        sentence = wording.needle.format(key=next(keys), value=drawn[-1])
        beside.append(Needle(sentence, chance.random()))
    return Planting(tuple(probes), tuple(beside), tuple(drawn))


def _make_probe(
    kind: Kind, depth: float, wording: Wording, keys: Iterator[str], values: Iterator[str]
) -> Probe:
    key = next(keys)
    question = (wording.all if kind == "many" else wording.question).format(key=key)
    if kind == "none":
        return Probe(kind, depth, question, (), ())
    if kind == "many":
        expected = tuple(next(values) for _ in range(VALUES_OF_MANY))
        depths = [(depth + n / VALUES_OF_MANY) % 1 for n in range(VALUES_OF_MANY)]
        depths[0] = depth  # the end is not the beginning
        said = [wording.needle.format(key=key, value=value) for value in expected]
        needles = tuple(map(Needle, said, depths))
        return Probe(kind, depth, question, expected, needles)
    expected = (next(values),)
    if kind == "one":
        needle = Needle(wording.needle.format(key=key, value=expected[0]), depth)
        return Probe(kind, depth, question, expected, (needle,))
    other = next(keys)
    first = Needle(wording.hop.format(key=key, other=other), depth)
    second = Needle(wording.needle.format(key=other, value=expected[0]), (depth + 0.5) % 1)
    return Probe(kind, depth, question, expected, (first, second))


def _draw_values(chance: random.Random, taken: str) -> Iterator[str]:
    """Yield numbers of four digits, none twice, none that the text holds."""
    for value in chance.sample(_VALUES, len(_VALUES)):
        if str(value) not in taken:
            yield str(value)
