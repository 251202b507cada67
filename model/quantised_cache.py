"""Keys and values at 8 or 4 bits: about a half or a quarter of the memory, for a stated loss.

Source: Liu et al. 2024, "KIVI", arXiv 2402.02750. Some channels of the keys are far larger than the
rest, in Qwen2 by the biases of its key projection, and a scale that spans channels is spent on
them: so keys share a scale per channel and 64 tokens, values per token and 64 channels. The newest
tokens weigh most, and what does not yet fill a group of 64 is left as it is.

What it loses, as relative error of the attention output: 4,096 random bfloat16 keys and values,
head size 128, four channels of the keys centred at 20, -40, 70 and -100, rotated by Qwen2's RoPE.

    outliers lie in                             int8     int4    (by token: int8     int4)
    the slow pairs of channels                  0.8 %    13 %               14 %    1,180 %
    the ten fastest, which turn inside a group  3.7 %    52 %               10 %      179 %

Random keys are the hard case, for nothing stands out. Where Qwen2's outliers lie was not measured.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from model.kv_cache import Devices, KeyValueCache, Layer, Rows, allocate, check_fits

GROUP_TOKENS = 64
GROUP_CHANNELS = 64
_BITS_OF_A_BYTE = 8

# Groups turned back into numbers at once: 64 MiB in float32 for 8 heads of 128.
_BLOCK_GROUPS = 128


class QuantisedKeyValueCache(KeyValueCache):
    """The cache of one sequence, all but its newest tokens rounded to `bits` bits.

    `update` returns what came with it, and up to 63 tokens before, as they are; older ones half a
    step off at most, a step being the range of their group over `2 ** bits - 1`, and rounded to the
    number type. The tensors are new: on top of the cache, a pass takes one layer at full precision.

    A `crop` or `copy` inside a group leaves the tokens before the cut as they were rounded, and
    with those that fill up the group they are rounded once more. To lose nothing more however
    often, cut at a multiple of `group_tokens` and read the up to 63 tokens again.
    """

    group_tokens = GROUP_TOKENS

    def __init__(
        self,
        *,
        layers: int,
        kv_heads: int,
        head_size: int,
        capacity_tokens: int,
        dtype: torch.dtype,
        device: Devices,
        bits: Literal[8, 4],
    ) -> None:
        if bits not in (8, 4) or head_size % 2:
            raise ValueError(
                f"there is no cache of {bits} bits for heads of {head_size} features: "
                "give it 8 or 4 bits and an even number of features"
            )
        self.bits = bits
        super().__init__(
            layers=layers,
            kv_heads=kv_heads,
            head_size=head_size,
            capacity_tokens=capacity_tokens,
            dtype=dtype,
            device=device,
        )

    def _layer(
        self, shape: tuple[int, int, int, int], dtype: torch.dtype, device: torch.device
    ) -> Layer:
        batch, kv_heads, capacity, head_size = shape
        channels = GROUP_CHANNELS if head_size % GROUP_CHANNELS == 0 else head_size

        def rows(width: int, dtype: torch.dtype) -> Rows:
            groups = batch, kv_heads, _groups_for(capacity), width
            return Rows(allocate(groups, dtype, device))

        def rounded(shared: int, *, per_channel: bool) -> RoundedTokens:
            numbers = GROUP_TOKENS * head_size
            return RoundedTokens(
                codes=rows(numbers * self.bits // 8, torch.uint8),
                step=rows(numbers // shared, dtype),
                low=rows(numbers // shared, dtype),
                newest=allocate((batch, kv_heads, 0, head_size), dtype, device),
                bits=self.bits,
                per_channel=per_channel,
            )

        return Layer(rounded(GROUP_TOKENS, per_channel=True), rounded(channels, per_channel=False))


@dataclass(slots=True)
class RoundedTokens:
    """Keys or values of one layer, used as `Rows` is.

    Attributes:
        codes: `[1, kv_heads, groups, 64 * head_size * bits / 8]`, int4 two to a byte.
        step: `[1, kv_heads, groups, runs]`, what a code of 1 is worth in each run of numbers.
        low: as `step`, what a code of 0 is.
        newest: `[1, kv_heads, fewer than 64, head_size]`, tokens as they came.
        bits: of a code.
        per_channel: whether a run is a channel of 64 tokens, or a token of up to 64 channels.
    """

    codes: Rows
    step: Rows
    low: Rows
    newest: Tensor
    bits: int
    per_channel: bool

    @property
    def groups(self) -> int:
        """Groups held: the fewest of any part, where memory ran out between them."""
        return min(self.codes.length, self.step.length, self.low.length)

    @property
    def length(self) -> int:
        """Tokens held."""
        return self.groups * GROUP_TOKENS + self.newest.shape[2]

    @property
    def bytes_held(self) -> int:
        """Bytes allocated."""
        return sum(rows.bytes_held for rows in self._parts) + self.newest.nbytes

    def append(self, rows: Tensor) -> Tensor:
        """Add `[1, kv_heads, L, head_size]`; return all tokens, these and `newest` unrounded."""
        check_fits(rows, self.newest)
        groups, old = self.groups, self.groups * GROUP_TOKENS
        start = self.length
        tokens = self.newest.new_empty((*rows.shape[:2], start + rows.shape[2], rows.shape[3]))
        for first in range(0, groups, _BLOCK_GROUPS):
            last = min(first + _BLOCK_GROUPS, groups)
            tokens[:, :, first * GROUP_TOKENS : last * GROUP_TOKENS] = self._tokens(first, last)
        tokens[:, :, old:start] = self.newest
        tokens[:, :, start:] = rows
        end = tokens.shape[2] // GROUP_TOKENS * GROUP_TOKENS
        if end > old:
            self._round(tokens[:, :, old:end])
        self.newest = tokens[:, :, end:].clone()
        return tokens

    def crop(self, length: int) -> None:
        """Forget the tokens after the first `length`."""
        if length < self.length:
            self.newest = self._newest(length)
            for rows in self._parts:
                rows.crop(length // GROUP_TOKENS)

    def reserve(self, capacity: int) -> None:
        """Make room for this many tokens in all."""
        for rows in self._parts:
            rows.reserve(_groups_for(capacity))

    def to(self, device: torch.device) -> None:
        """Move to a device, without the unused room."""
        for rows in self._parts:
            rows.to(device)
        self.newest = self.newest.to(device)

    def copy(self, length: int, capacity: int) -> "RoundedTokens":
        """Copy the first `length` tokens, with room for `capacity`."""
        groups, room = length // GROUP_TOKENS, _groups_for(capacity)
        codes, step, low = (rows.copy(groups, room) for rows in self._parts)
        return RoundedTokens(codes, step, low, self._newest(length), self.bits, self.per_channel)

    @property
    def _parts(self) -> tuple[Rows, Rows, Rows]:
        return self.codes, self.step, self.low

    def _newest(self, length: int) -> Tensor:
        """What `newest` is where only the first `length` tokens are held."""
        group, tokens = divmod(length, GROUP_TOKENS)
        if group < self.groups:
            return self._tokens(group, group + 1)[:, :, :tokens].clone()
        return self.newest[:, :, :tokens].clone()

    def _round(self, tokens: Tensor) -> None:
        """Round whole groups `[1, kv_heads, 64 * groups, head_size]` and keep them."""
        batch, kv_heads, _, head_size = tokens.shape
        grouped = tokens.reshape(batch, kv_heads, -1, GROUP_TOKENS, head_size)
        turned = grouped.mT if self.per_channel else grouped
        runs = turned.reshape(*grouped.shape[:3], self.step.tensor.shape[3], -1)
        held = self.groups
        for rows, numbers in zip(self._parts, quantise(runs, self.bits), strict=True):
            rows.crop(held)
            rows.append(numbers.flatten(3))

    def _tokens(self, first: int, last: int) -> Tensor:
        """The tokens `[1, kv_heads, 64 * groups, head_size]` of some groups, rounded."""
        codes, step, low = (rows.tensor[:, :, first:last] for rows in self._parts)
        runs = dequantise(codes.reshape(*step.shape, -1), step, low, self.bits)
        head_size = self.newest.shape[3]
        if self.per_channel:
            return runs.mT.flatten(2, 3)
        return runs.reshape(*codes.shape[:2], -1, head_size)


def quantise(numbers: Tensor, bits: int) -> tuple[Tensor, Tensor, Tensor]:
    """Round runs of numbers to whole multiples of a step above their lowest.

    Args:
        numbers: `[..., runs, width]`, width even.
        bits: of a code, 8 or 4.

    Returns:
        Codes `[..., runs, width * bits / 8]` uint8, steps and lowest numbers `[..., runs]` in the
        type of `numbers`.
    """
    wide = numbers.to(torch.promote_types(numbers.dtype, torch.float32))
    low, high = torch.aminmax(wide, dim=-1, keepdim=True)
    number_type = torch.finfo(numbers.dtype)
    top = 2**bits - 1
    # The lowest is a number of this type, the step is not. Rounded down to bfloat16 it would leave
    # the top of the range a whole step away, so it goes up; and it is this one that divides.
    step = ((high - low) / top * (1 + number_type.eps)).clamp(min=number_type.tiny)
    step = step.to(numbers.dtype)
    codes = ((wide - low) / step).round_().clamp_(0, top).to(torch.uint8)
    if bits < _BITS_OF_A_BYTE:
        first, second = codes.chunk(2, dim=-1)
        codes = first | second << 4
    return codes, step.squeeze(-1), low.squeeze(-1).to(numbers.dtype)


def dequantise(codes: Tensor, step: Tensor, low: Tensor, bits: int) -> Tensor:
    """Turn what `quantise` returned into numbers `[..., runs, width]` in the type of `step`."""
    if bits < _BITS_OF_A_BYTE:
        codes = torch.cat([codes & 15, codes >> 4], dim=-1)
    wide = torch.promote_types(step.dtype, torch.float32)
    # In bfloat16 the product alone would be off by up to half a step of int8.
    numbers = codes.to(wide).mul_(step.unsqueeze(-1)).add_(low.unsqueeze(-1))
    return numbers.to(step.dtype)


def make_cache(
    quantisation: Literal["int8", "int4"] | None,
    *,
    layers: int,
    kv_heads: int,
    head_size: int,
    capacity_tokens: int,
    dtype: torch.dtype,
    device: Devices,
) -> KeyValueCache:
    """Make the cache that a setting names: in full precision, or at 8 or 4 bits."""
    make = (
        KeyValueCache
        if quantisation is None
        else partial(QuantisedKeyValueCache, bits=8 if quantisation == "int8" else 4)
    )
    return make(
        layers=layers,
        kv_heads=kv_heads,
        head_size=head_size,
        capacity_tokens=capacity_tokens,
        dtype=dtype,
        device=device,
    )


def _groups_for(tokens: int) -> int:
    return -(-tokens // GROUP_TOKENS)
