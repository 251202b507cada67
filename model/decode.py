"""Chooses the tokens of one answer from the model's logits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from model.errors import PromptError


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn from the model.

    Attributes:
        max_tokens: most tokens of the answer.
        temperature: 0 takes the likeliest token; above 0 divides the logits before drawing.
        seed: of the draws; the same seed draws the same tokens. Unused at temperature 0.
    """

    max_tokens: int
    temperature: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        # A call may name anything; what these types say holds only afterwards.
        most: Any = self.max_tokens
        temperature: Any = self.temperature
        seed: Any = self.seed
        if not isinstance(most, int) or most < 1:
            raise PromptError(f"max_tokens is {most}: give it a whole number from 1 on")
        if not isinstance(temperature, int | float) or not temperature >= 0:
            raise PromptError(f"temperature is {temperature}: give it 0 or more")
        if not isinstance(seed, int) or not -(2**63) <= seed < 2**64:
            raise PromptError(f"seed is {seed}: give it a whole number of at most 64 bits")


class Grammar(Protocol):
    """What an answer must look like, token by token."""

    @property
    def finished(self) -> bool:
        """Whether the answer is complete, so that nothing may follow."""

    def choose(self, logits: torch.Tensor, pick: Callable[[torch.Tensor], int]) -> int:
        """Let `pick` choose among the tokens allowed next, and go on with what it chose.

        Args:
            logits: `[vocabulary]`, float32.
            pick: chooses from logits, those forbidden at minus infinity.
        """


class Chooser:
    """Chooses token after token of one answer.

    No penalty on repetition is applied, whatever the model's generation settings ask for: a
    reader that quotes must be free to repeat its source word for word.

    Args:
        sampling: how tokens are drawn, and how many at most.
        grammar: that the answer must follow, or None.
        device: where the logits will be.
    """

    def __init__(
        self,
        sampling: Sampling,
        grammar: Grammar | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.max_tokens = sampling.max_tokens
        self._chosen = 0
        self._temperature = sampling.temperature
        self._grammar = grammar
        self._generator = torch.Generator(device=device).manual_seed(sampling.seed)

    @property
    def complete(self) -> bool:
        """Whether the grammar is fulfilled, so that nothing may follow."""
        return self._grammar is not None and self._grammar.finished

    @property
    def enough(self) -> bool:
        """Whether no further token is wanted."""
        return self.complete or self._chosen >= self.max_tokens

    @torch.inference_mode()
    def choose(self, logits: torch.Tensor, likeliest: int) -> int:
        """Choose a token id.

        Args:
            logits: `[vocabulary]`, float32.
            likeliest: the id of the highest of them.
        """
        self._chosen += 1
        if self._grammar is not None:
            return self._grammar.choose(logits, self._pick)
        return likeliest if self._temperature == 0 else self._pick(logits)

    def _pick(self, logits: torch.Tensor) -> int:
        if self._temperature == 0:
            return int(logits.argmax())
        probabilities = torch.softmax(logits / self._temperature, dim=-1)
        return int(torch.multinomial(probabilities, num_samples=1, generator=self._generator))
