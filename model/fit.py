"""Says before anything is loaded whether a model fits this memory, and if not, why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

from model.catalog import CatalogModel, Shape
from model.needs import (
    BFLOAT16,
    FLOAT32,
    CacheForm,
    Tensor,
    WeightForm,
    cache_bytes_per_token,
    cache_layer_bytes_per_token,
    largest_block_bytes,
    qwen2_tensors,
    slice_activation_bytes,
    weight_bytes,
)

USEFUL_CONTEXT_TOKENS: Final = 32_768
"""Qwen2's native window: what a model should have room for, to be chosen unasked."""

LEAST_CONTEXT_TOKENS: Final = 4096
"""Room for some passages, a question and an answer; with less a model is of no use here."""

GPU_SLICE_TOKENS: Final = 2048
CPU_SLICE_TOKENS: Final = 512

RESERVE_BYTES: Final = 2**30
"""Left free in each GPU, for the CUDA context, workspaces and fragments, or in main memory."""

GIB: Final = 2**30

_SHORT: Final = {"float32": "fp32", "bfloat16": "bf16"}


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory a model can be put into.

    Attributes:
        name: the GPU's name, or "main memory".
        free_bytes: of it, now.
        total_bytes: of it.
    """

    name: str
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Machine:
    """The memories that a model may be spread over: all GPUs, or main memory alone."""

    memories: tuple[Memory, ...]
    has_gpu: bool

    @property
    def slice_tokens(self) -> int:
        """Tokens of a prompt that are read at once here."""
        return GPU_SLICE_TOKENS if self.has_gpu else CPU_SLICE_TOKENS


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model needs at one length of context, held against the memory there is.

    Attributes:
        model: its name for people.
        weights: how its weights are held.
        cache: how its keys and values are held.
        context_tokens: the length asked about.
        weight_bytes: of the weights.
        cache_bytes: of the keys and values of the whole context.
        activation_bytes: what one slice of a prompt needs besides, on all GPUs used.
        available_bytes: what this memory can give, the reserve taken off.
        largest_context_tokens: the longest context that fits, up to the longest that is documented
            for the model; 0 if none does.
        where: the memory, for people.
        memories_used: over how many of the machine's memories the model is spread.
    """

    model: str
    weights: str
    cache: CacheForm
    context_tokens: int
    weight_bytes: int
    cache_bytes: int
    activation_bytes: int
    available_bytes: int
    largest_context_tokens: int
    where: str
    memories_used: int

    @property
    def needed_bytes(self) -> int:
        """Bytes of weights, cache and activations together."""
        return self.weight_bytes + self.cache_bytes + self.activation_bytes

    @property
    def fits(self) -> bool:
        """Whether the length asked about fits."""
        return self.needed_bytes <= self.available_bytes

    @property
    def is_usable(self) -> bool:
        """Whether at least the shortest context of use fits, or the model's own if shorter."""
        return self.largest_context_tokens >= min(LEAST_CONTEXT_TOKENS, self.context_tokens)

    @property
    def sentence(self) -> str:
        """All of it in one sentence, without a full stop."""
        if self.fits:
            verdict = "it fits"
        elif self.largest_context_tokens:
            verdict = f"it fits up to {self.largest_context_tokens:,} tokens"
        else:
            verdict = "it does not fit at any length"
        weights = _SHORT.get(self.weights, self.weights)
        return (
            f"{self.model} {weights} at {self.context_tokens:,} tokens needs "
            f"{_gib(self.weight_bytes)} + {_gib(self.cache_bytes)} GiB of weights and cache and "
            f"{_gib(self.activation_bytes)} GiB to work in, of the "
            f"{_gib(self.available_bytes)} GiB usable {self.where}: {verdict}"
        )


def fit(
    model: str,
    shape: Shape,
    tensors: Iterable[Tensor],
    machine: Machine,
    *,
    weights: WeightForm,
    context_tokens: int,
    most_context_tokens: int,
    cache: CacheForm = "bfloat16",
) -> Fit:
    """Hold a model against a machine.

    One GPU is taken if the model fits it, else all of them: whole layers are then put on each, so
    that every one of them needs room for a slice's activations, and may be left with a gap of up to
    a layer.

    Args:
        model: its name for people.
        shape: the sizes of its layers.
        tensors: of its checkpoint, or from `qwen2_tensors`.
        machine: the memories to put it into.
        weights: how its weights are to be held.
        context_tokens: the length asked about, prompt and answer together.
        most_context_tokens: the longest context the model takes.
        cache: how its keys and values are to be held.
    """
    listed = list(tensors)
    width = FLOAT32 if weights == "float32" else BFLOAT16
    needs = _Needs(
        weights=weight_bytes(listed, weights),
        block=largest_block_bytes(listed, weights),
        token=cache_bytes_per_token(shape, cache),
        token_of_a_layer=cache_layer_bytes_per_token(shape, width),
        slice_=slice_activation_bytes(shape, machine.slice_tokens, width),
    )
    roomiest = max(machine.memories, key=lambda memory: memory.free_bytes)
    alone = _Room([roomiest], needs)
    spread = _Room(machine.memories, needs)
    taken = alone if alone.holds(context_tokens) else spread
    return Fit(
        model=model,
        weights=weights,
        cache=cache,
        context_tokens=context_tokens,
        weight_bytes=needs.weights,
        cache_bytes=ceil(needs.token * context_tokens),
        activation_bytes=taken.activation_bytes(context_tokens),
        available_bytes=taken.usable_bytes,
        largest_context_tokens=min(
            most_context_tokens, max(alone.most_context_tokens, spread.most_context_tokens)
        ),
        where=_where(machine, taken.memories),
        memories_used=len(taken.memories),
    )


class _Needs(NamedTuple):
    """Bytes that a model takes: in all, in its largest undivided part, a token, a slice."""

    weights: int
    block: int
    token: float
    token_of_a_layer: int
    slice_: int


class _Room:
    """What some memories have to give to a model, each its share of the layers."""

    def __init__(self, memories: Sequence[Memory], needs: _Needs) -> None:
        self.memories = memories
        self._needs = needs
        free = sum(max(0, memory.free_bytes - RESERVE_BYTES) for memory in memories)
        self.usable_bytes = max(0, free - (len(memories) - 1) * needs.block)

    @property
    def most_context_tokens(self) -> int:
        needs = self._needs
        left = self.usable_bytes - needs.weights - self.activation_bytes(0)
        per_token = needs.token + needs.token_of_a_layer * len(self.memories)
        return max(0, int(left // per_token))

    def holds(self, context_tokens: int) -> bool:
        cache = ceil(self._needs.token * context_tokens)
        wanted = self._needs.weights + cache + self.activation_bytes(context_tokens)
        return wanted <= self.usable_bytes

    def activation_bytes(self, context_tokens: int) -> int:
        needs = self._needs
        return (needs.slice_ + needs.token_of_a_layer * context_tokens) * len(self.memories)


def fit_size(
    entry: CatalogModel,
    machine: Machine,
    *,
    weights: WeightForm,
    context_tokens: int,
    cache: CacheForm = "bfloat16",
) -> Fit:
    """Hold a size of the catalogue, which need not be here, against a machine."""
    return fit(
        short_name(entry.hub_name),
        entry.shape,
        qwen2_tensors(entry.shape),
        machine,
        weights=weights,
        context_tokens=context_tokens,
        most_context_tokens=entry.extended_context_tokens,
        cache=cache,
    )


def best_of(fits: Iterable[Fit]) -> Fit:
    """Take the first of several forms that fits, else the one that leaves the longest context.

    If none leaves any, that is the one that needs least.
    """
    failed = []
    for found in fits:
        if found.fits:
            return found
        failed.append(found)
    return max(failed, key=lambda found: (found.largest_context_tokens, -found.needed_bytes))


def short_name(name: str) -> str:
    """Shorten a hub name for people: Qwen/Qwen2-7B-Instruct is Qwen2-7B."""
    return name.rpartition("/")[2].removesuffix("-Instruct")


def _where(machine: Machine, memories: Sequence[Memory]) -> str:
    if not machine.has_gpu:
        return "in main memory"
    if len(memories) == 1:
        return f"on one {memories[0].name}"
    return f"on {len(memories)} GPUs"


def _gib(count: float) -> str:
    return f"{count / GIB:.1f}" if count >= GIB / 10 else f"{count / GIB:.2f}"
