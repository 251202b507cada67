"""Keeps the KV caches of prompts already read, so that a second question reads only itself.

A cache is found again by its tokens and by its RoPE scaling: keys are stored rotated, and those of
two scalings do not mix. What was used longest ago leaves first: from the GPU to main memory, and
from there for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from model.kv_cache import Devices, KeyValueCache
from model.yarn import RopeScaling

# A kept cache is handed over, not copied, if at most this share of it is thereby given up: the
# former question and its answer, behind the document that both share.
_GIVEN_UP: float = 1 / 8

# Each call looks through all that are kept: thousands of short ones, as a sweep leaves behind, cost
# a small model more than reading anew.
_MOST_KEPT: int = 256


@dataclass(slots=True, eq=False)
class _Kept:
    """One cache at rest, with the tokens it holds."""

    scaling: RopeScaling
    tokens: np.ndarray
    cache: KeyValueCache
    spilled: bool = False


@dataclass(slots=True)
class Prefixes:
    """Caches at rest, the one used longest ago first. Not for several threads at once.

    Attributes:
        device_bytes: most bytes kept on the model's device.
        spill_bytes: most bytes kept in main memory beside it; 0 where that is the same memory.
        home: the model's device, or one for each layer.
    """

    device_bytes: int
    spill_bytes: int = 0
    home: Devices = "cpu"
    _kept: list[_Kept] = field(default_factory=list)

    def take(
        self, tokens: Sequence[int], scaling: RopeScaling, capacity_tokens: int
    ) -> KeyValueCache | None:
        """Take a cache that holds the longest kept beginning of a prompt; None if there is none.

        At least the prompt's last token is left to be read, for its logits are needed.

        Args:
            tokens: the prompt.
            scaling: under which it will be read.
            capacity_tokens: room the cache must have.
        """
        best, length = self._longest(tokens, scaling)
        if best is None:
            return None
        self._kept.remove(best)
        if len(best.tokens) - length > len(best.tokens) * _GIVEN_UP:
            self._kept.append(best)
            cache = best.cache.copy(length, capacity_tokens)
        else:
            cache = best.cache
            cache.crop(length)
        if best.spilled:
            cache.to(self.home)
        cache.reserve(capacity_tokens)
        return cache

    def match(self, tokens: Sequence[int], scaling: RopeScaling) -> int:
        """Count the tokens of a prompt that `take` would not leave to be read."""
        return self._longest(tokens, scaling)[1]

    def _longest(self, tokens: Sequence[int], scaling: RopeScaling) -> tuple[_Kept | None, int]:
        wanted = np.asarray(tokens[:-1])
        found: list[tuple[_Kept | None, int]] = [
            (kept, whole_groups(kept.cache, common_length(kept.tokens, wanted)))
            for kept in self._kept
            if kept.scaling == scaling
        ]
        longest = max(found, key=lambda pair: pair[1], default=(None, 0))
        return longest if longest[1] else (None, 0)

    def keep(self, tokens: Sequence[int], scaling: RopeScaling, cache: KeyValueCache) -> None:
        """Keep a cache that is no longer written to, and let go of what exceeds the limits.

        Args:
            tokens: what was read; the cache may hold fewer, never more.
            scaling: under which it was read.
            cache: not to be used by the caller afterwards.
        """
        new = _Kept(scaling, np.asarray(tokens[: cache.length]), cache)
        if cache.length == 0:
            return
        self._kept = [
            kept
            for kept in self._kept
            if kept.scaling != scaling or common_length(kept.tokens, new.tokens) < len(kept.tokens)
        ]
        self._kept.append(new)
        self._shrink()

    def clear(self) -> bool:
        """Let go of everything on the device; say whether there was anything."""
        on_device = [kept for kept in self._kept if not kept.spilled]
        self._kept = [kept for kept in self._kept if kept.spilled]
        return bool(on_device)

    @property
    def bytes_on_device(self) -> int:
        """Bytes of the caches that lie on the model's device."""
        return sum(kept.cache.bytes_held for kept in self._kept if not kept.spilled)

    @property
    def bytes_spilled(self) -> int:
        """Bytes of the caches that lie in main memory beside the device."""
        return sum(kept.cache.bytes_held for kept in self._kept if kept.spilled)

    def _shrink(self) -> None:
        del self._kept[:-_MOST_KEPT]
        for kept in list(self._kept):
            if self.bytes_on_device <= self.device_bytes:
                break
            if not kept.spilled and kept.cache.bytes_held <= self.spill_bytes:
                kept.cache.to(torch.device("cpu"))
                kept.spilled = True
            elif not kept.spilled:
                self._kept.remove(kept)
        while self.bytes_spilled > self.spill_bytes:
            self._kept.remove(next(kept for kept in self._kept if kept.spilled))


def whole_groups(cache: KeyValueCache, length: int) -> int:
    """Round a length down to where a cache can be cut without loss."""
    return length - length % cache.group_tokens


def common_length(first: Sequence[int] | np.ndarray, second: Sequence[int] | np.ndarray) -> int:
    """Count the tokens that two sequences begin with in common."""
    shorter = min(len(first), len(second))
    differ = np.asarray(first[:shorter]) != np.asarray(second[:shorter])
    return int(differ.argmax()) if differ.any() else shorter
