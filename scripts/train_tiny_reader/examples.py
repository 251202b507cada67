"""Makes examples to be examined on: a document of an exact length, a question, the right answer."""

import random
from dataclasses import dataclass
from typing import Final

from transformers import Qwen2Tokenizer

from scripts.train_tiny_reader import corpus
from scripts.train_tiny_reader.words import ADJECTIVES, CITIES, NOUNS, PEOPLE

ANSWER_TOKENS: Final = 72
"""Room kept for the answer: two of the longest quotes."""

_PROSE_SHARE: Final = 0.15
_PADDING_TOKENS: Final = 12
_PROSE: Final = corpus.collect_prose()


@dataclass(frozen=True, slots=True)
class Example:
    """A document, a question about it, and what is to be answered.

    Attributes:
        document: one paragraph of sentences.
        question: about one key.
        answer: word for word.
    """

    document: str
    question: str
    answer: str

    @property
    def messages(self) -> list[dict[str, str]]:
        """The chat that is asked."""
        return [{"role": "user", "content": f"{self.document}\n\n{self.question}"}]


class Examiner:
    """Makes examples; the same seed makes the same."""

    def __init__(self, tokenizer: Qwen2Tokenizer, *, seed: int) -> None:
        self._rng = random.Random(seed)
        self._tokenizer = tokenizer
        words = [*NOUNS, *CITIES, *ADJECTIVES, *PEOPLE]
        self._words = [word for word in words if self._count(f" {word}") == 1]

    def make(self, *, length: int, depth: float, asked: int = 1, distractors: int = 3) -> Example:
        """Make an example.

        Args:
            length: tokens of the whole prompt, template included, and the room for the answer.
            depth: where the first needle asked for stands, by tokens: 0 the beginning, 1 the end.
            asked: needles about the key asked for; with 0 the answer is `none`.
            distractors: needles about other keys, some of them a word apart.
        """
        rng = self._rng
        key, *others = corpus.make_keys(rng, 1 + distractors)
        needles = [corpus.make_needle(rng, key) for _ in range(asked)]
        question = corpus.make_question(rng, key)
        rest = [corpus.make_needle(rng, other).text for other in others]
        fixed = [each.text for each in needles] + rest
        room = length - ANSWER_TOKENS - self.count_prompt(f"\n\n{question}")
        room -= sum(self._count(f" {each}") for each in fixed)
        padding = self._pad(_PADDING_TOKENS)
        sentences = [*rest, *self._fill(room - _PADDING_TOKENS), padding]
        rng.shuffle(sentences)
        for place, needle in zip(self._places(sentences, depth, asked), needles, strict=True):
            sentences.insert(place, needle.text)
        example = Example(" ".join(sentences), question, corpus.make_answer(needles))
        missing = length - ANSWER_TOKENS - self.count_prompt(example.messages[0]["content"])
        sentences[sentences.index(padding)] = self._pad(_PADDING_TOKENS + missing)
        return Example(" ".join(sentences), question, example.answer)

    def count_prompt(self, content: str) -> int:
        """Count the tokens of a prompt with one message, template included."""
        text = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        return self._count(text)

    def _count(self, text: str) -> int:
        """Count the tokens of a text."""
        return len(self._tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)

    def _fill(self, room: int) -> list[str]:
        """Draw filler sentences of up to `room` tokens, short of it by less than a sentence."""
        sentences = []
        while True:
            prose = self._rng.random() < _PROSE_SHARE
            sentence = self._rng.choice(_PROSE) if prose else corpus.make_sentence(self._rng)
            room -= self._count(f" {sentence}")
            if room < 0:
                return sentences
            sentences.append(sentence)

    def _pad(self, tokens: int) -> str:
        """Write a sentence of an exact number of tokens."""
        words = [self._rng.choice(self._words) for _ in range(tokens - 2)]
        return " ".join(["The", *words]) + "."

    def _places(self, sentences: list[str], depth: float, count: int) -> list[int]:
        """Choose where to insert needles: the first at the depth asked for, others after it."""
        starts = [0]
        for sentence in sentences:
            starts.append(starts[-1] + self._count(f" {sentence}"))
        first = min(range(len(starts)), key=lambda at: abs(starts[at] - depth * starts[-1]))
        later = sorted(self._rng.randint(first, len(sentences)) for _ in range(count - 1))
        # Each insertion moves the places after it.
        return [place + moved for moved, place in enumerate([first, *later][:count])]
