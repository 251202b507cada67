"""Dual Chunk Attention: read beyond the trained window without training.

Source: An et al. 2024, "Training-Free Long-Context Scaling of Large Language Models",
arXiv 2402.17463, section 3. The text is cut into chunks of `s` tokens. Keys stand at their place
inside their chunk; a query stands at one of three places, so that no distance reaches the window
`c` the model was trained on:

- to keys of its own chunk at its place there (intra-chunk attention);
- to keys of the chunk before at `min(place + s, c - 1)`, which is the true distance for the nearest
  `c - s` tokens (successive-chunk attention);
- to all older keys at `c - 1` (inter-chunk attention).
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from model.attention import Part, causal_parts, merge, partial


@dataclass(frozen=True, slots=True)
class DualChunk:
    """How the text is cut.

    Attributes:
        chunk_tokens: s, tokens of a chunk. The paper takes three quarters of the window.
        window_tokens: c, positions the model was trained on.
    """

    chunk_tokens: int
    window_tokens: int

    def __post_init__(self) -> None:
        if not 0 < self.chunk_tokens < self.window_tokens:
            raise ValueError(
                f"chunks of {self.chunk_tokens} tokens do not fit a window of "
                f"{self.window_tokens}: make them shorter, and at least 1"
            )

    @classmethod
    def of_window(cls, window_tokens: int) -> Self:
        """Cut as the paper does: chunks of three quarters of the window."""
        return cls(window_tokens * 3 // 4, window_tokens)


def attend_dual_chunk(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    scaling: float,
    dual_chunk: DualChunk,
    frequencies: Tensor,
) -> Tensor:
    """Attend as `attend` does, at positions that stay inside the trained window.

    Up to `chunk_tokens` tokens in all this is `attend`. Decoding a token takes at most three calls
    of a kernel; a slice takes up to four for each chunk that it touches.

    Args:
        query: `[1, heads, L, head_size]`; query i is token `N - L + i`. Rotated to its place inside
            its chunk, the token's number modulo `chunk_tokens`.
        key: `[1, kv_heads, N, head_size]`, rotated likewise.
        value: `[1, kv_heads, N, head_size]`.
        scaling: factor of the scores before the softmax.
        dual_chunk: chunk and window.
        frequencies: `[head_size / 2]`, radians per position that query and key were rotated by.

    Returns:
        `[1, heads, L, head_size]` in the type of `query`.
    """
    size, held = dual_chunk.chunk_tokens, key.shape[2]
    first = held - query.shape[2]
    outputs = []
    start = first
    while start < held:
        end = min(held, start - start % size + size)
        parts = _parts_of_chunk(
            query[:, :, start - first : end - first],
            key[:, :, :end],
            value[:, :, :end],
            scaling=scaling,
            dual_chunk=dual_chunk,
            frequencies=frequencies,
        )
        outputs.append(merge(parts))
        start = end
    return outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=2)


def _parts_of_chunk(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    scaling: float,
    dual_chunk: DualChunk,
    frequencies: Tensor,
) -> list[Part]:
    """Attend from queries inside one chunk, the last tokens of the keys, to the three ranges."""
    size, last = dual_chunk.chunk_tokens, dual_chunk.window_tokens - 1
    start, end = key.shape[2] - query.shape[2], key.shape[2]
    own = start - start % size
    before = max(own - size, 0)
    parts = causal_parts(query, key[:, :, own:], value[:, :, own:], scaling=scaling)
    place = torch.arange(start - own, end - own, device=query.device)  # [L]
    for keys, stand in (
        (slice(before, own), (place + size).clamp(max=last)),
        (slice(0, before), torch.full_like(place, last)),
    ):
        if keys.start < keys.stop:
            moved = _rotate(query, stand - place, frequencies)
            seen = key[:, :, keys], value[:, :, keys]
            parts.append(partial(moved, *seen, scaling=scaling, causal=False))
    return parts


def _rotate(query: Tensor, positions: Tensor, frequencies: Tensor) -> Tensor:
    """Rotate queries on by a number of positions each.

    Source: Su et al. 2021, arXiv 2104.09864, in the layout of transformers: feature i turns with
    feature `i + head_size / 2`. Two rotations add up, so what was rotated before is rotated on, and
    a factor that YaRN multiplied in stays. In float32, as transformers rotates; bfloat16 would be
    off by whole radians.

    Args:
        query: `[1, heads, L, head_size]`.
        positions: `[L]`.
        frequencies: `[head_size / 2]`, radians per position.
    """
    angles = positions.unsqueeze(1) * frequencies.float()  # [L, head_size / 2]
    cosine, sine = angles.cos(), angles.sin()
    left, right = query.float().chunk(2, dim=-1)
    turned = left * cosine - right * sine, right * cosine + left * sine
    return torch.cat(turned, dim=-1).to(query.dtype)
