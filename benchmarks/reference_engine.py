"""Answers with nothing but transformers: the yardstick our own hosting is held against.

One network is kept for each mode. YARN is transformers' own. Dual chunk attention is written out
the slow way, every score three times over, so that it can be read beside its definition.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any, Final

import torch
from transformers import (
    AttentionInterface,
    AutoTokenizer,
    DynamicCache,
    Qwen2Config,
    Qwen2ForCausalLM,
)
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

_QUERIES_AT_ONCE: Final = 128


@dataclass(frozen=True, slots=True)
class Mode:
    """How positions beyond the native window are brought into it.

    Attributes:
        name: in tables.
        factor: of YARN; 1 for plain RoPE. With dual chunks it scales queries and keys only.
        chunk: tokens within which dual chunk attention keeps distances; 0 for none.
        window: largest distance it uses, the native window.
    """

    name: str
    factor: int = 1
    chunk: int = 0
    window: int = 0

    @property
    def scale(self) -> float:
        """YARN's scale of queries and keys (Peng et al. 2023, equation 22)."""
        return 0.1 * log(self.factor) + 1.0


class ReferenceEngine:
    """Answers chats by greedy decoding.

    Attributes:
        folder: of the weights.
        tokenizer: theirs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.tokenizer.model_max_length = sys.maxsize  # longer prompts are the subject here
        self._networks: dict[Mode, Qwen2ForCausalLM] = {}

    @torch.inference_mode()
    def answer(self, messages: list[dict[str, str]], mode: Mode, *, most_tokens: int) -> str:
        """Return the answer to a chat, of at most so many tokens."""
        if mode not in self._networks:
            self._networks[mode] = load(self.folder, mode)
        network = self._networks[mode]
        ends = network.generation_config.eos_token_id
        prompt = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True)
        cache, step = DynamicCache(config=network.config), prompt["input_ids"]
        answer: list[int] = []
        while len(answer) < most_tokens:
            output = network(
                torch.tensor([step]), past_key_values=cache, use_cache=True, logits_to_keep=1
            )
            token = int(output.logits[0, -1].argmax())
            if token in ends:
                break
            answer.append(token)
            step = [token]
        return self.tokenizer.decode(answer)


def load(folder: Path, mode: Mode) -> Qwen2ForCausalLM:
    """Load weights for a mode."""
    config = Qwen2Config.from_pretrained(folder)
    if mode.factor > 1 and not mode.chunk:
        native = config.max_position_embeddings
        config.rope_parameters = {
            "rope_type": "yarn",
            "factor": float(mode.factor),
            "original_max_position_embeddings": native,
            "rope_theta": config.rope_parameters["rope_theta"],
        }
        config.max_position_embeddings = native * mode.factor
    network = Qwen2ForCausalLM.from_pretrained(folder, config=config, dtype=torch.float32)
    if mode.chunk:
        use_dual_chunks(network, mode)
    return network.eval()


def use_dual_chunks(network: Qwen2ForCausalLM, mode: Mode) -> None:
    """Let a network attend by dual chunks (An et al. 2024, arXiv 2402.17463).

    Keys are kept unturned. A key at position n is turned by `n % chunk`; a query at m by

    * `m % chunk` for keys of its own chunk,
    * `min(m % chunk + chunk, window - 1)` for keys of the chunk before,
    * `window - 1` for keys of older chunks.
    """
    frequencies = network.model.rotary_emb.inv_freq

    def attend(
        _module: torch.nn.Module,
        query: torch.Tensor,  # [1, heads, steps, width], as is
        key: torch.Tensor,  # [1, kv_heads, length, width], as is
        value: torch.Tensor,
        _mask: torch.Tensor | None,
        scaling: float,
        **_: Any,
    ) -> tuple[torch.Tensor, None]:
        groups = query.shape[1] // key.shape[1]
        length, steps = key.shape[2], query.shape[2]
        places = torch.arange(length)
        keys = turn(key, places % mode.chunk, frequencies).repeat_interleave(groups, dim=1)
        keys = keys.transpose(-1, -2) * (scaling * mode.scale**2)
        values = value.repeat_interleave(groups, dim=1)
        read = []
        # In pieces, so that no piece scores keys after its last query.
        for here in places[length - steps :].split(_QUERIES_AT_ONCE):
            first, end = int(here[0]), int(here[-1]) + 1
            queries = query[:, :, first - length + steps : end - length + steps]
            scores = score(queries, keys[..., :end], here, mode, frequencies)
            read.append(scores.softmax(-1) @ values[:, :, :end])
        return torch.cat(read, dim=2).transpose(1, 2).contiguous(), None

    name = f"reference_dual_chunk_{mode.chunk}_{mode.window}_{mode.scale:.3f}"
    AttentionInterface.register(name, attend)
    AttentionMaskInterface.register(name, sdpa_mask)
    network.set_attn_implementation(name)
    network.model.rotary_emb.forward = unturned(2 * len(frequencies))


def score(
    queries: torch.Tensor,
    keys: torch.Tensor,
    here: torch.Tensor,
    mode: Mode,
    frequencies: torch.Tensor,
) -> torch.Tensor:
    """Return the scores of queries for keys, `[1, heads, queries, length]`.

    Args:
        queries: as they are, `[1, heads, queries, width]`.
        keys: turned and scaled, `[1, heads, width, length]`, from the beginning on.
        here: positions of the queries.
        mode: with chunk and window.
        frequencies: of the rotary pairs.
    """
    there = torch.arange(keys.shape[-1])
    apart = (here // mode.chunk)[:, None] - there // mode.chunk  # chunks, [queries, length]
    inside = here % mode.chunk
    within = turn(queries, inside, frequencies) @ keys
    before = turn(queries, (inside + mode.chunk).clamp(max=mode.window - 1), frequencies) @ keys
    older = turn(queries, torch.full_like(here, mode.window - 1), frequencies) @ keys
    scores = torch.where(apart == 0, within, torch.where(apart == 1, before, older))
    return scores.masked_fill(there > here[:, None], float("-inf"))


def unturned(width: int) -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
    """Return what takes the place of Qwen2's rotary embedding and turns nothing."""

    def rotary(hidden: torch.Tensor, position_ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
        angles = torch.zeros(*position_ids.shape, width, dtype=hidden.dtype)
        return angles.cos(), angles.sin()

    return rotary


def turn(states: torch.Tensor, positions: torch.Tensor, frequencies: torch.Tensor) -> torch.Tensor:
    """Turn states `[..., length, width]` to positions `[length]`, as RoPE does."""
    angles = positions[:, None].float() * frequencies  # [length, width / 2]
    left, right = states.chunk(2, dim=-1)
    cosine, sine = angles.cos(), angles.sin()
    return torch.cat((left * cosine - right * sine, right * cosine + left * sine), dim=-1)
