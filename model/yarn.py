"""YARN by need: how far each request stretches the positions of one loaded Qwen2.

Switching YARN on for everything worsens short prompts, so nothing here is a property of the loaded
model: each request has its own `RopeScaling`, and one rotary module serves them all, side by side.

Source: Peng et al., YaRN, arXiv 2309.00071; Qwen2's own use of it (factor 4 over 32,768 tokens) in
its model cards and in the Qwen2 technical report, arXiv 2407.10671, section 3.2.
"""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import torch
from transformers import PretrainedConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from model.dual_chunk import DualChunk

FACTOR_STEP: Final = 0.5
"""Factors are rounded up to this, so that questions on one document share one kept prefix."""

Extension = Literal["dual_chunk", "yarn", "none"]
"""How to go beyond the native window: see `choose_scaling`."""


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """How the positions of one sequence are encoded; keys made under two of them do not mix.

    Attributes:
        factor: YARN's s, the stretched window over the native one; 1 is plain RoPE.
        dual_chunk: attention in chunks of the native window; None attends as usual.
    """

    factor: float = 1.0
    dual_chunk: DualChunk | None = None

    @property
    def interpolation(self) -> float:
        """YARN's factor on frequencies: 1 under dual chunks, whose positions stay native."""
        return self.factor if self.dual_chunk is None else 1.0

    @property
    def attention_factor(self) -> float:
        """What queries and keys are each multiplied by; the logits of attention by its square.

        Source: arXiv 2309.00071, equation 22: sqrt(1/t) = 0.1 ln(s) + 1.
        """
        return 0.1 * math.log(self.factor) + 1.0


PLAIN: Final = RopeScaling()


def choose_scaling(tokens: int, native_tokens: int, extension: Extension) -> RopeScaling:
    """Choose the smallest scaling whose window holds a prompt together with its answer.

    Up to the native window that is plain RoPE. Beyond it "yarn" interpolates the frequencies;
    "dual_chunk" leaves them as trained, attends in chunks of the native window, and takes from
    YARN the rescaling of attention only, which is how Qwen2's own report went to 131,072 tokens
    ("we also employ YARN to rescale the attention weights", arXiv 2407.10671, section 2.2.1).
    "none" stretches nothing: what a model does beyond its window, to compare the others with.

    Args:
        tokens: of the prompt and of the longest answer, together.
        native_tokens: the window that the model was trained for.
        extension: the way to go beyond it.
    """
    if tokens <= native_tokens or extension == "none":
        return PLAIN
    factor = math.ceil(tokens / native_tokens / FACTOR_STEP) * FACTOR_STEP
    chunk = DualChunk.of_window(native_tokens) if extension == "dual_chunk" else None
    return RopeScaling(factor, chunk)


class RotaryByNeed(torch.nn.Module):
    """Takes the place of a Qwen2's rotary embedding; each part of a pass has its own scaling.

    Tables are those of transformers to the bit, whether a factor was loaded or switched to.

    Attributes:
        parts: scaling and number of tokens of each part of the pass that comes next, in order.
    """

    def __init__(self, config: PretrainedConfig, native_tokens: int) -> None:
        super().__init__()
        self.parts: Sequence[tuple[RopeScaling, int]] = ()
        self._theta = float(config.rope_parameters["rope_theta"])
        self._config = copy.deepcopy(config)
        self._native_tokens = native_tokens
        self._frequencies = lru_cache(maxsize=32)(self._compute)

    def forward(
        self, hidden: torch.Tensor, position_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cosines and sines, each `[1, tokens, head_size]`, in the dtype of `hidden`.

        Args:
            hidden: any tensor of the dtype and on the device of the result.
            position_ids: `[1, tokens]`.
        """
        frequencies, factors = self._rows(hidden.device)
        angles = position_ids[..., None].float() * frequencies
        angles = torch.cat((angles, angles), dim=-1)
        cosines, sines = angles.cos() * factors, angles.sin() * factors
        return cosines.to(hidden.dtype), sines.to(hidden.dtype)

    def frequencies(self, scaling: RopeScaling, device: torch.device) -> torch.Tensor:
        """Return the inverse frequencies under a scaling, `[head_size / 2]`, float32."""
        table: torch.Tensor = self._frequencies(scaling.interpolation, str(device))
        return table

    def _rows(self, device: torch.device) -> tuple[torch.Tensor, Any]:
        """Frequencies `[tokens or 1, head_size / 2]` and attention factors for all parts."""
        scalings = {scaling for scaling, _ in self.parts}
        if len(scalings) == 1:
            (only,) = scalings
            return self.frequencies(only, device)[None], only.attention_factor
        rows = [self.frequencies(scaling, device).expand(n, -1) for scaling, n in self.parts]
        factors = [scaling.attention_factor for scaling, n in self.parts for _ in range(n)]
        return torch.cat(rows), torch.tensor(factors, device=device)[:, None]

    def _compute(self, factor: float, device: str) -> torch.Tensor:
        config = self._config
        config.rope_parameters = {"rope_type": "default", "rope_theta": self._theta}
        if factor > 1:
            # Left out, the original window would silently be taken for the stretched one.
            config.rope_parameters |= {
                "rope_type": "yarn",
                "factor": factor,
                "original_max_position_embeddings": self._native_tokens,
            }
            frequencies, _ = ROPE_INIT_FUNCTIONS["yarn"](config)
        else:
            head_size = getattr(config, "head_dim", None) or (
                config.hidden_size // config.num_attention_heads
            )
            exponents = torch.arange(0, head_size, 2, dtype=torch.float) / head_size
            frequencies = 1.0 / (self._theta**exponents)
        return frequencies.float().to(device)
