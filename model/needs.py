"""How many bytes the parts of a model take in memory: weights, cache and activations.

weights      as stored, or quantised by bitsandbytes: int8 takes one byte a number and one float32 a
             row; nf4 half a byte a number, one byte a block of 64 numbers and one float32 for 256
             of those bytes (QLoRA's double quantisation, arXiv 2305.14314, section 3; a CPU with
             AVX512-BF16 takes one byte more a block once it has computed with them). Only the
             decoder's linear layers are quantised; embeddings, norms, biases, the output matrix and
             routed experts stay in bfloat16.
cache        layers x key-value heads x head size x 2 numbers a token. The int8 and int4 caches also
             keep a bfloat16 scale and zero for each group of 64 numbers.
activations  what one slice of the prompt leaves standing at the widest point of a layer. For each
             token the residual stream four times (as it came in, before and after attention, and
             its norm), two rotary tables, and the larger of attention (queries before and after
             rotation, two partial outputs and their merged float32 sum; keys and values twice) and
             the feed-forward block (gate, up, product: 3 x intermediate size; a routed expert holds
             4 x its size and a copy of the residual in and out). Once, one layer's keys and values
             for the whole context, where they are copied or unpacked, and the logits of one
             position, as computed and in float32.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from math import ceil, prod
from typing import Final, Literal, NamedTuple, get_args

from model.catalog import Shape

WeightForm = Literal["float32", "bfloat16", "int8", "nf4"]
CacheForm = Literal["float32", "bfloat16", "int8", "int4"]
WEIGHTS: Final[tuple[WeightForm, ...]] = get_args(WeightForm)
CACHES: Final[tuple[CacheForm, ...]] = get_args(CacheForm)

FLOAT32, BFLOAT16 = 4, 2  # bytes
_CACHE_NUMBER_BYTES: Final = {
    "float32": 4.0,
    "bfloat16": 2.0,
    # a bfloat16 scale and zero for 64 numbers
    "int8": 1 + 2 * BFLOAT16 / 64,
    "int4": 0.5 + 2 * BFLOAT16 / 64,
}
_NF4_BLOCK, _NF4_BLOCKS_PER_SCALE = 64, 256
# Tables of 16 and 256 float32 and one offset, which bitsandbytes keeps with each tensor.
_NF4_TABLE_BYTES: Final = FLOAT32 * (16 + 256 + 1)
_NEVER_QUANTISED: Final = ("embed", "lm_head", ".experts.", "mlp.gate.", "shared_expert_gate")


class Tensor(NamedTuple):
    """A tensor of a checkpoint: its name there and its shape."""

    name: str
    shape: tuple[int, ...]


def weight_bytes(tensors: Iterable[Tensor], weights: WeightForm) -> int:
    """Return the bytes of all weights of a model when held in this form."""
    return sum(_tensor_bytes(tensor, weights) for tensor in tensors)


def cache_bytes_per_token(shape: Shape, cache: CacheForm) -> float:
    """Return the bytes of the keys and values of one token in all layers."""
    numbers = 2 * shape.layers * shape.key_value_heads * shape.head_size
    return numbers * _CACHE_NUMBER_BYTES[cache]


def cache_layer_bytes_per_token(shape: Shape, number_bytes: int) -> int:
    """Return the bytes of the keys and values of one token in one layer, unpacked."""
    return 2 * shape.key_value_heads * shape.head_size * number_bytes


def slice_activation_bytes(shape: Shape, slice_tokens: int, number_bytes: int) -> int:
    """Return the most bytes that reading one slice of a prompt leaves standing; see the module.

    Args:
        shape: the sizes of a layer.
        slice_tokens: tokens read at once.
        number_bytes: of one computed number.
    """
    queries = shape.attention_heads * shape.head_size
    keys = shape.key_value_heads * shape.head_size
    feed_forward = _feed_forward_numbers(shape) * number_bytes
    attention = (4 * queries + 4 * keys) * number_bytes + queries * FLOAT32
    residual = (4 * shape.hidden_size + 2 * shape.head_size) * number_bytes
    logits = shape.vocabulary_size * (FLOAT32 + number_bytes)
    return slice_tokens * (residual + max(feed_forward, attention)) + logits


def _feed_forward_numbers(shape: Shape) -> int:
    if not shape.experts:
        return 3 * shape.intermediate_size
    routed = shape.experts_per_token * (2 * shape.hidden_size + 4 * shape.expert_size)
    return max(routed, 3 * shape.shared_expert_size)


def qwen2_tensors(shape: Shape) -> Iterator[Tensor]:
    """Name the tensors of a Qwen2 checkpoint of this shape.

    Source: the modelling code of qwen2 and qwen2_moe in transformers.
    """
    hidden = shape.hidden_size
    yield Tensor("model.embed_tokens.weight", (shape.vocabulary_size, hidden))
    for layer in range(shape.layers):
        for name, size in _layer_tensors(shape):
            yield Tensor(f"model.layers.{layer}.{name}", size)
    yield Tensor("model.norm.weight", (hidden,))
    if not shape.tied_embeddings:
        yield Tensor("lm_head.weight", (shape.vocabulary_size, hidden))


def _layer_tensors(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    hidden, queries = shape.hidden_size, shape.attention_heads * shape.head_size
    keys = shape.key_value_heads * shape.head_size
    yield "input_layernorm.weight", (hidden,)
    yield "post_attention_layernorm.weight", (hidden,)
    for name, rows in (("q", queries), ("k", keys), ("v", keys)):
        yield f"self_attn.{name}_proj.weight", (rows, hidden)
        yield f"self_attn.{name}_proj.bias", (rows,)
    yield "self_attn.o_proj.weight", (hidden, queries)
    blocks = {"mlp": shape.intermediate_size}
    if shape.experts:
        yield "mlp.gate.weight", (shape.experts, hidden)
        yield "mlp.shared_expert_gate.weight", (1, hidden)
        blocks = {f"mlp.experts.{expert}": shape.expert_size for expert in range(shape.experts)}
        blocks["mlp.shared_expert"] = shape.shared_expert_size
    for (block, size), name in product(blocks.items(), ("gate", "up", "down")):
        yield f"{block}.{name}_proj.weight", (hidden, size) if name == "down" else (size, hidden)


def _tensor_bytes(tensor: Tensor, weights: WeightForm) -> int:
    numbers = prod(tensor.shape)
    if weights == "float32":
        return FLOAT32 * numbers
    if weights == "bfloat16" or not _is_quantised(tensor):
        return BFLOAT16 * numbers
    if weights == "int8":
        return numbers + FLOAT32 * tensor.shape[0]
    blocks = ceil(numbers / _NF4_BLOCK)
    scales = ceil(blocks / _NF4_BLOCKS_PER_SCALE)
    return ceil(numbers / 2) + blocks + FLOAT32 * scales + _NF4_TABLE_BYTES


def _is_quantised(tensor: Tensor) -> bool:
    """Say whether bitsandbytes replaces the layer: a linear one, but no output and no expert."""
    return (
        len(tensor.shape) == 2  # noqa: PLR2004  rows and columns
        and tensor.name.endswith(".weight")
        and not any(part in tensor.name for part in _NEVER_QUANTISED)
    )


def largest_block_bytes(tensors: Iterable[Tensor], weights: WeightForm) -> int:
    """Return the bytes of the largest part that is never split: a layer, or the embeddings."""
    blocks: dict[str, int] = defaultdict(int)
    for tensor in tensors:
        blocks[".".join(tensor.name.split(".")[:3])] += _tensor_bytes(tensor, weights)
    return max(blocks.values(), default=0)
