"""Keys and values of one sequence, all layers, in tensors that are allocated ahead.

A cache that is joined anew for every token would copy a million tokens a million times. Here a new
token is written behind the others, and attention gets views of what is held.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import torch
from torch import Tensor

# One device for all layers, or one for each where a model is split over several.
Devices = torch.device | str | Sequence[torch.device]


@dataclass(slots=True)
class Rows:
    """Numbers that grow in number.

    Attributes:
        tensor: `[1, kv_heads, capacity, width]`.
        length: rows of the third axis that are held; behind them is unused room.
    """

    tensor: Tensor
    length: int = 0

    @property
    def bytes_held(self) -> int:
        """Bytes allocated."""
        return self.tensor.nbytes

    def append(self, rows: Tensor) -> Tensor:
        """Write `[1, kv_heads, L, width]` behind what is held; return a view of all."""
        check_fits(rows, self.tensor)
        start, end, capacity = self.length, self.length + rows.shape[2], self.tensor.shape[2]
        if end > capacity:
            # By half again: few copies, and less left unused than by doubling.
            self.reserve(max(end, capacity + capacity // 2))
        self.tensor[:, :, start:end] = rows
        self.length = end
        return self.tensor[:, :, :end]

    def crop(self, length: int) -> None:
        """Forget the rows after the first `length`, at most those held."""
        self.length = length

    def reserve(self, capacity: int) -> None:
        """Make room for this many rows in all."""
        if capacity > self.tensor.shape[2]:
            self.tensor = self.copy(self.length, capacity).tensor

    def to(self, device: torch.device) -> None:
        """Move to a device, without the unused room."""
        self.tensor = self.copy(self.length, self.length, device).tensor

    def copy(self, length: int, capacity: int, device: torch.device | None = None) -> "Rows":
        """Copy the first `length` rows into a tensor with room for `capacity`."""
        batch, kv_heads, _, width = self.tensor.shape
        shape = batch, kv_heads, max(length, capacity), width
        tensor = allocate(shape, self.tensor.dtype, device or self.tensor.device)
        tensor[:, :, :length] = self.tensor[:, :, :length]
        return Rows(tensor, length)


class Tokens(Protocol):
    """Keys or values of one layer, `[1, kv_heads, N, head_size]`: `Rows`, or used like it."""

    @property
    def length(self) -> int:
        """Tokens held."""
        ...

    @property
    def bytes_held(self) -> int:
        """Bytes allocated."""
        ...

    def append(self, rows: Tensor, /) -> Tensor:
        """Add tokens; return all."""
        ...

    def crop(self, length: int, /) -> None:
        """Forget the tokens after the first `length`."""
        ...

    def reserve(self, capacity: int, /) -> None:
        """Make room for this many tokens in all."""
        ...

    def to(self, device: torch.device, /) -> None:
        """Move to a device, without the unused room."""
        ...

    def copy(self, length: int, capacity: int, /) -> "Tokens":
        """Copy the first `length` tokens, with room for `capacity`."""
        ...


class Layer:
    """Keys and values of one layer, `[1, kv_heads, N, head_size]` each."""

    def __init__(self, key: Tokens, value: Tokens) -> None:
        self.key = key
        self.value = value

    @property
    def length(self) -> int:
        """Tokens held. More keys than values are there if memory ran out between the two."""
        return min(self.key.length, self.value.length)

    @property
    def bytes_held(self) -> int:
        """Bytes allocated."""
        return self.key.bytes_held + self.value.bytes_held

    def update(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Add L tokens; return all."""
        self.crop(self.length)
        return self.key.append(key), self.value.append(value)

    def crop(self, length: int) -> None:
        """Forget what comes after `length` tokens."""
        self.key.crop(length)
        self.value.crop(length)

    def reserve(self, capacity: int) -> None:
        """Make room for this many tokens in all."""
        self.key.reserve(capacity)
        self.value.reserve(capacity)

    def copy(self, length: int, capacity: int) -> "Layer":
        """Copy the first `length` tokens."""
        return Layer(self.key.copy(length, capacity), self.value.copy(length, capacity))

    def to(self, device: torch.device) -> None:
        """Move to a device, without the unused room."""
        self.key.to(device)
        self.value.to(device)


class KeyValueCache:
    """The cache of one sequence, in the model's own number type.

    Attributes:
        group_tokens: a `crop` or `copy` to a multiple of this many tokens loses nothing.
    """

    group_tokens = 1

    def __init__(
        self,
        *,
        layers: int,
        kv_heads: int,
        head_size: int,
        capacity_tokens: int,
        dtype: torch.dtype,
        device: Devices,
    ) -> None:
        shape = 1, kv_heads, capacity_tokens, head_size
        self.layers = [self._layer(shape, dtype, each) for each in _one_for_each(layers, device)]

    def update(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Add L tokens to a layer; return all N it now holds. Grows by itself where room is short.

        Args:
            layer: its index.
            key: `[1, kv_heads, L, head_size]`.
            value: as `key`.

        Returns:
            Keys and values `[1, kv_heads, N, head_size]`, good until the next change: they may be
            views of the cache itself.
        """
        return self.layers[layer].update(key, value)

    @property
    def length(self) -> int:
        """Tokens held by every layer: the fewest of any, where a pass failed between layers."""
        return min(layer.length for layer in self.layers)

    @property
    def bytes_held(self) -> int:
        """Bytes of the tensors allocated, unused room included."""
        return sum(layer.bytes_held for layer in self.layers)

    def crop(self, length: int) -> None:
        """Forget what comes after `length` tokens, also where only some layers hold more."""
        self._check_held(length)
        for layer in self.layers:
            layer.crop(length)

    def reserve(self, capacity_tokens: int) -> None:
        """Make room for this many tokens in all; at its peak that takes one more layer."""
        for layer in self.layers:
            layer.reserve(capacity_tokens)

    def copy(self, length: int, capacity_tokens: int) -> Self:
        """Copy the first `length` tokens into a new cache on the same devices.

        Args:
            length: tokens, at most those held.
            capacity_tokens: room of the new cache, in tokens; never less than `length`.
        """
        self._check_held(length)
        other = copy.copy(self)
        other.layers = [layer.copy(length, capacity_tokens) for layer in self.layers]
        return other

    def to(self, device: Devices) -> None:
        """Move to CPU memory or back, layer by layer, without the unused room.

        Args:
            device: one for all layers or one for each.
        """
        devices = _one_for_each(len(self.layers), device)
        for layer, each in zip(self.layers, devices, strict=True):
            layer.to(each)

    def _layer(
        self, shape: tuple[int, int, int, int], dtype: torch.dtype, device: torch.device
    ) -> Layer:
        return Layer(*(Rows(allocate(shape, dtype, device)) for _ in range(2)))

    def _check_held(self, length: int) -> None:
        if not 0 <= length <= self.length:
            raise ValueError(f"{length} tokens were asked of a cache that holds {self.length}")


def allocate(shape: tuple[int, int, int, int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Allocate a tensor that can be written to at any time.

    One made inside inference mode could not be written to outside of it.
    """
    with torch.inference_mode(mode=False):
        return torch.empty(shape, dtype=dtype, device=device)


def check_fits(rows: Tensor, held: Tensor) -> None:
    """Refuse what differs in more than its number of tokens.

    Copying would stretch one head over all of them, and round to another type, without a word.
    """
    shape = *held.shape[:2], rows.shape[2], *held.shape[3:]
    if rows.shape != shape or rows.dtype != held.dtype:
        raise ValueError(
            f"{rows.dtype} of shape {tuple(rows.shape)} does not go into a cache of {held.dtype} "
            f"and shape {shape}"
        )


def _one_for_each(layers: int, device: Devices) -> list[torch.device]:
    if isinstance(device, torch.device | str):
        return [torch.device(device)] * layers
    if len(device) != layers:
        raise ValueError(f"{len(device)} devices were named for {layers} layers")
    return list(device)
