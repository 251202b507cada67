"""Generates token ids with a causal language model: one prefill, then one token at a time."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel

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
        if self.max_tokens < 1:
            raise PromptError(f"max_tokens is {self.max_tokens}: give it 1 or more")
        if not self.temperature >= 0:
            raise PromptError(f"temperature is {self.temperature}: give it 0 or more")


def generate_tokens(
    network: PreTrainedModel, prompt: Sequence[int], *, sampling: Sampling, lock: Lock
) -> Generator[int]:
    """Generate token ids after a prompt, without end; close the iterator to stop.

    Nothing is checked here against limits: the caller counts, and stops at an end token.

    No penalty on repetition is applied, whatever the model's generation settings ask for: a
    reader that quotes must be free to repeat its source word for word.

    Args:
        network: the model, in evaluation mode.
        prompt: token ids, at least one.
        sampling: how each token is chosen.
        lock: held during each forward pass and free between them, so that several prompts may be
            answered in turns and one that is abandoned half-way holds up no other.

    Yields:
        One token id after another, end tokens included.
    """
    cache = DynamicCache(config=network.config)
    generator = torch.Generator(device=network.device).manual_seed(sampling.seed)
    step = list(prompt)
    while True:
        with lock:
            logits = _forward(network, step, cache)
            token = _choose(logits, sampling.temperature, generator)
        yield token
        step = [token]


# Not around the generator: an inference mode that spans a yield leaks into the caller's thread.
@torch.inference_mode()
def _forward(network: PreTrainedModel, tokens: list[int], cache: DynamicCache) -> torch.Tensor:
    """Read tokens into the cache; return the logits after the last one, shape `[vocabulary]`.

    No attention mask is passed: the one prompt has no holes, and with a mask the fast kernels for
    grouped queries are not taken.
    """
    output: Any = network(
        input_ids=torch.tensor([tokens], device=network.device),  # [1, length]
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,  # all positions of a 32K prompt would take 18 GiB
    )
    logits: torch.Tensor = output.logits[0, -1].float()
    return logits


@torch.inference_mode()
def _choose(logits: torch.Tensor, temperature: float, generator: torch.Generator) -> int:
    """Choose one token id from logits of shape `[vocabulary]`."""
    if temperature == 0:
        return int(logits.argmax())
    probabilities = torch.softmax(logits / temperature, dim=-1)
    return int(torch.multinomial(probabilities, num_samples=1, generator=generator))
