"""Needle in a haystack: how much is found, by the length of a document and how deep it stands.

After G. Kamradt's test of 2023 and RULER (arXiv 2404.06654), of which Qwen2's own report shows a
picture to 128K tokens (arXiv 2407.10671, figure 1). Unless told otherwise the needles of all depths
share a haystack, each a distractor to the others, so that it is made and read in once.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from agent.document import Document
from agent.evaluation.examine import Asked, Batch
from agent.evaluation.haystack import Haystack, built_in_filler, filler_of, stack
from agent.evaluation.needles import Kind, Planting, Probe, make_planting
from agent.evaluation.scoring import Wanted
from agent.evaluation.subject import Subject
from agent.evaluation.trial import Trial, digest_settings
from agent.evaluation.wording import Wording, load_wording

TEST_VERSION: Final = "1"
"""Part of every trial: raise it when the same seed would make other needles or haystacks."""
BUILT_IN: Final = "built-in"
DEPTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class NeedleTest:
    """What is tried.

    Attributes:
        lengths: tokens of the haystacks.
        depths: of the needles, from 0 to 1.
        kinds: of questions.
        languages: of needles, questions and built-in filler.
        samples: haystacks of each length, kind and language.
        distractors: needles nobody asks for in each.
        alone: a haystack for each needle, instead of one for all depths.
        filler: a document to hide the needles in; None for the built-in sentences.
        seed: of all that is drawn.
    """

    lengths: Sequence[int]
    depths: Sequence[float] = DEPTHS
    kinds: Sequence[Kind] = ("one",)
    languages: Sequence[str] = ("en",)
    samples: int = 3
    distractors: int = 3
    alone: bool = False
    filler: Document | None = None
    seed: int = 0


def make_batches(test: NeedleTest, subject: Subject) -> Iterator[Batch]:
    """Yield a batch for each haystack, the shorter ones first.

    Raises:
        QuestionError: if there is no such language, or there are more depths than names.
    """
    for length in sorted(test.lengths):
        for language in test.languages:
            for kind in test.kinds:
                for sample in range(test.samples):
                    for depths in _depths_of_haystacks(test, kind):
                        yield _batch(test, subject, _Spot(length, language, kind, sample, depths))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where in the grid a haystack is."""

    length: int
    language: str
    kind: Kind
    sample: int
    depths: tuple[float, ...]


def _depths_of_haystacks(test: NeedleTest, kind: Kind) -> list[tuple[float, ...]]:
    if kind == "none":  # what is not there is nowhere
        return [(0.0,)]
    return [(depth,) for depth in test.depths] if test.alone else [tuple(test.depths)]


def _batch(test: NeedleTest, subject: Subject, spot: _Spot) -> Batch:
    name = f"{spot.length:,} tokens, {spot.language}, {spot.kind}"
    filler = test.filler
    settings = digest_settings(
        TEST_VERSION, subject.identity, str(test.alone), filler.id if filler else ""
    )
    trials = [
        Trial(
            model=subject.model,
            strategy=subject.strategy,
            settings=settings,
            kind=spot.kind,
            language=spot.language,
            filler=filler.name if filler else BUILT_IN,
            length=spot.length,
            depth=None if spot.kind == "none" else depth,
            sample=spot.sample,
            distractors=test.distractors,
            seed=test.seed,
        )
        for depth in spot.depths
    ]
    wording = load_wording(spot.language)
    drawn_by = (test.seed, spot.length, spot.language, spot.kind, spot.sample, *spot.depths)
    chance = random.Random(" ".join(map(str, drawn_by)))
    taken = filler.text if filler else ""
    probes = [(spot.kind, depth) for depth in spot.depths]
    planting = make_planting(chance, wording, probes, distractors=test.distractors, taken=taken)
    prepare = partial(_prepare, filler, wording, spot.length, planting, subject, chance)
    return Batch(name, tuple(trials), prepare)


def _prepare(
    filler: Document | None,
    wording: Wording,
    length: int,
    planting: Planting,
    subject: Subject,
    chance: random.Random,
) -> tuple[Document, list[Asked]]:
    haystack = stack(
        filler_of(filler.text) if filler else built_in_filler(wording, chance),
        planting.needles,
        tokens=length - subject.room_tokens,
        count_tokens=subject.count_tokens,
        name="haystack.txt",
        joiner=wording.joiner,
    )
    return haystack.document, [_asked(probe, planting, haystack) for probe in planting.probes]


def _asked(probe: Probe, planting: Planting, haystack: Haystack) -> Asked:
    wanted = Wanted(
        values=probe.expected,
        wrong=tuple(value for value in planting.values if value not in probe.expected),
        places=tuple(haystack.places[needle] for needle in probe.needles),
        pages=tuple(haystack.pages_of(*haystack.places[needle]) for needle in probe.needles),
    )
    return Asked(probe.question, wanted)
