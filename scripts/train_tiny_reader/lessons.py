"""Turns sentences into token ids to learn from: a chat about one document, many questions long."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from transformers import Qwen2Tokenizer

from scripts.train_tiny_reader import corpus
from scripts.train_tiny_reader.corpus import Needle

_SENTENCES: Final = 12_000
_SALADS: Final = 2_000
_SALAD_SHARE: Final = 0.10
_PROSE_SHARE: Final = 0.15
_JUMPS: Final = (1, 4)
_PARAGRAPH_SHARE: Final = 0.15
_LEAST_ROOM: Final = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """What the lessons of one stretch of training look like.

    Attributes:
        length: tokens of a lesson.
        keys: fewest and most keys with needles in a document.
        questions: turns of the chat.
        recall_share: share of lessons that repeat sentences instead of asking.
        absent_share: share of questions about a key without a needle.
        pair_share: share of keys with two needles.
        factors: of YaRN, one drawn for each batch.
    """

    length: int
    keys: tuple[int, int]
    questions: int
    recall_share: float
    absent_share: float
    pair_share: float
    factors: tuple[int, ...] = (1,)


@dataclass(slots=True)
class Lesson:
    """Token ids with their positions, and which of them are learned.

    Attributes:
        tokens: ids.
        positions: of each token for RoPE; they may jump between sentences.
        answers: start, end and kind of each stretch that is learned; kinds are `none`, `one`,
            `two` and `recall`.
    """

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    answers: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, tokens: Sequence[int], *, kind: str | None = None, skip: int = 0) -> None:
        """Append tokens, after a jump of `skip` positions; learn them if they are of a kind."""
        if kind:
            self.answers.append((len(self.tokens), len(self.tokens) + len(tokens), kind))
        start = self.positions[-1] + 1 + skip if self.positions else 0
        self.tokens += tokens
        self.positions += range(start, start + len(tokens))


@dataclass(frozen=True, slots=True)
class Batch:
    """Lessons of one length.

    Attributes:
        tokens: ids `[batch, length]`, padded at the end.
        positions: `[batch, length]`.
        answers: row, start, end and kind of each stretch that is learned.
        places: `[batch, length]`, true where a token of that name stands.
    """

    tokens: torch.Tensor
    positions: torch.Tensor
    answers: list[tuple[int, int, int, str]]
    places: dict[str, torch.Tensor]


class Teacher:
    """Makes lessons; the same seed makes the same."""

    def __init__(self, tokenizer: Qwen2Tokenizer, *, seed: int, native_tokens: int) -> None:
        self._rng = random.Random(seed)
        self._tokenizer = tokenizer
        self._native_tokens = native_tokens
        self._opening = self.encode(
            f"<|im_start|>system\n{corpus.SYSTEM}<|im_end|>\n<|im_start|>user\n"
        )
        self._sentences = [corpus.make_sentence(self._rng) for _ in range(_SENTENCES)]
        self._salads = [corpus.make_salad(self._rng) for _ in range(_SALADS)]
        self._prose = corpus.collect_prose()

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, control tokens as such."""
        return self._tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids

    def make_batch(self, stage: Stage, *, lessons: int, factor: int) -> Batch:
        """Make a batch of lessons.

        Args:
            stage: what they look like.
            lessons: how many.
            factor: of YaRN; above 1, positions are spread over up to factor windows.
        """
        shape = (lessons, stage.length)
        tokens = np.full(shape, self.encode("<|endoftext|>")[0], np.int64)
        positions = np.zeros(shape, np.int64)
        answers: list[tuple[int, int, int, str]] = []
        for row in range(lessons):
            reach = self._native_tokens * factor - stage.length if factor > 1 else 0
            lesson = self._make_lesson(stage, spread=self._rng.randint(0, reach))
            size = min(stage.length, len(lesson.tokens))
            tokens[row, :size] = lesson.tokens[:size]
            positions[row, :size] = lesson.positions[:size]
            answers += [
                (row, start, end, kind) for start, end, kind in lesson.answers if end <= size
            ]
        ids = torch.from_numpy(tokens)
        return Batch(ids, torch.from_numpy(positions), answers, self._name_places(ids))

    def _name_places(self, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
        """Tell where the tokens stand that say most about what has been learned."""
        space, quote, end = (self.encode(text)[0] for text in (" ", '"', "<|im_end|>"))
        newline = self.encode("\n")[0]
        before = tokens.roll(1, dims=1)
        digit = torch.isin(tokens, torch.tensor([self.encode(each)[0] for each in "0123456789"]))
        return {
            "first digit": digit & (before == space),
            "other digits": digit & (before != space),
            "opener": (before == quote) & (tokens != newline) & (tokens != end),
            "more or end": (before == quote) & ((tokens == newline) | (tokens == end)),
        }

    def _make_lesson(self, stage: Stage, *, spread: int) -> Lesson:
        """Make one lesson; `spread` positions in all are left out between its sentences."""
        if self._rng.random() < stage.recall_share:
            return self._make_recall(stage)
        return self._make_chat(stage, spread)

    def _make_recall(self, stage: Stage) -> Lesson:
        """Say needles, then say them again in another order; learn all that follows the key."""
        lesson = Lesson()
        room = stage.length
        needles = []
        for key in corpus.make_keys(self._rng, stage.keys[1]):
            needle = corpus.make_needle(self._rng, key)
            room -= 2 * len(self.encode(f" {needle.text}"))
            if room < 0:
                break
            needles.append(needle)
            lesson.add(self.encode(f" {needle.text}"))
        for needle in self._rng.sample(needles, len(needles)):
            known = needle.text[: needle.text.index(needle.key) + len(needle.key)]
            lesson.add(self.encode(f" {known}"))
            lesson.add(self.encode(needle.text.removeprefix(known)), kind="recall")
        return lesson

    def _make_chat(self, stage: Stage, spread: int) -> Lesson:
        """Ask several questions about one document."""
        rng = self._rng
        keys = corpus.make_keys(rng, rng.randint(*stage.keys))
        needles = [
            corpus.make_needle(rng, key)
            for key in keys
            for _ in range(2 if rng.random() < stage.pair_share else 1)
        ]
        rng.shuffle(needles)
        turns = self._make_turns(stage, keys, needles)
        sentences = [self._gap() + each.text for each in needles]
        asked = sum(len(question) + len(answer) for question, answer, _ in turns)
        used = len(self._opening) + asked + sum(len(self.encode(each)) for each in sentences)
        filler = self._make_filler(stage.length - used - _LEAST_ROOM)
        # Needles keep their order, by which the answers go.
        places = sorted(rng.randint(0, len(filler)) for _ in sentences)
        for place, sentence in reversed(list(zip(places, sentences, strict=True))):
            filler.insert(place, sentence)
        return self._join(filler, turns, spread)

    def _gap(self) -> str:
        """Draw what stands before a sentence: a space, or the end of a paragraph."""
        return "\n\n" if self._rng.random() < _PARAGRAPH_SHARE else " "

    def _make_filler(self, room: int) -> list[str]:
        """Draw filler sentences for a number of tokens, each with what stands before it."""
        filler = []
        while room > _LEAST_ROOM:
            sentence = self._gap() + self._draw_filler()
            size = len(self.encode(sentence))
            if size <= room:
                filler.append(sentence)
            room -= size
        return filler

    def _draw_filler(self) -> str:
        """Draw one filler sentence."""
        share = self._rng.random()
        if share < _PROSE_SHARE:
            return self._rng.choice(self._prose)
        return self._rng.choice(
            self._salads if share < _PROSE_SHARE + _SALAD_SHARE else self._sentences
        )

    def _make_turns(
        self, stage: Stage, keys: list[str], needles: list[Needle]
    ) -> list[tuple[list[int], list[int], str]]:
        """Make the turns of a chat: ids of the question, ids of the answer, its kind."""
        rng = self._rng
        unasked = rng.sample(keys, len(keys))
        turns = []
        for number in range(stage.questions):
            if rng.random() < stage.absent_share:
                key = corpus.make_absent_key(rng, keys)
            elif unasked:
                key = unasked.pop()
            else:
                break
            found = [needle for needle in needles if needle.key == key]
            before = "\n<|im_start|>user\n" if number else "\n\n"
            question = before + corpus.make_question(rng, key)
            answer = self.encode(f"{corpus.make_answer(found)}<|im_end|>")
            turns.append(
                (
                    self.encode(f"{question}<|im_end|>\n<|im_start|>assistant\n"),
                    answer,
                    ("none", "one", "two")[len(found)],
                )
            )
        return turns

    def _join(
        self,
        sentences: list[str],
        turns: list[tuple[list[int], list[int], str]],
        spread: int,
    ) -> Lesson:
        """Put a lesson together, positions skipped before some sentences."""
        rng = self._rng
        cuts = rng.choices(range(len(sentences) + 1), k=rng.randint(*_JUMPS))
        marks = sorted(rng.randint(0, spread) for _ in cuts[1:])
        skips: dict[int, int] = {}
        for cut, (low, high) in zip(cuts, itertools.pairwise([0, *marks, spread]), strict=True):
            skips[cut] = skips.get(cut, 0) + high - low
        lesson = Lesson()
        lesson.add(self._opening)
        for place, sentence in enumerate(sentences):
            text = sentence if place else sentence.lstrip()
            lesson.add(self.encode(text), skip=skips.get(place, 0))
        for number, (question, answer, kind) in enumerate(turns):
            lesson.add(question, skip=0 if number else skips.get(len(sentences), 0))
            lesson.add(answer, kind=kind)
        return lesson
