"""Forward passes over several sequences at once, each with a cache and RoPE scaling of its own.

A pass reads a *pack*: the next tokens of every sequence, one behind the other, as a single row. The
linear layers see one long row, so the weights are read once for all; attention is done sequence by
sequence, each over its own keys. A slice of one prompt and the next tokens of twenty answers share
a pass, and no sequence is ever padded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import torch
from transformers import AttentionInterface, DynamicCache, PreTrainedModel

from model.attention import attend
from model.dual_chunk import attend_dual_chunk
from model.errors import WeightsError
from model.kv_cache import Devices, KeyValueCache
from model.quantised_cache import make_cache
from model.settings import CacheQuantisation
from model.yarn import PLAIN, RopeScaling, RotaryByNeed

_PACKED: Final = "longread_packed"


@dataclass(frozen=True, slots=True)
class Part:
    """What one sequence brings to a pass.

    Attributes:
        tokens: ids that follow what the cache holds, at least one.
        cache: of this sequence; it holds the tokens too when the pass is done.
        scaling: the same for every pass over one cache.
    """

    tokens: Sequence[int]
    cache: Any
    scaling: RopeScaling = PLAIN


class Network(Protocol):
    """A causal language model as the engine sees it.

    Attributes:
        device: where prompts start, and where the logits are.
        extends: whether scalings other than plain RoPE are understood.
        keeps_prefixes: whether caches can be copied, moved and cropped at any token.
        cache_devices: where caches lie, one for all layers or one for each.
        vocabulary_size: of the logits, which may be more than the tokenizer has tokens.
    """

    device: torch.device
    vocabulary_size: int
    cache_devices: Devices
    extends: bool
    keeps_prefixes: bool

    def new_cache(self, capacity_tokens: int) -> Any:
        """Make an empty cache with room for so many tokens."""

    def cache_bytes(self, capacity_tokens: int) -> int:
        """Say how many bytes such a cache takes, or 0 where that is not known."""

    def read(self, parts: Sequence[Part]) -> torch.Tensor:
        """Read every part; return the logits after each one's last token, `[parts, vocabulary]`."""


class PackedQwen2:
    """A Qwen2 whose passes take packs, each part under its own RoPE scaling.

    The transformers model is changed in place: its rotary embedding and its attention are ours
    from now on. It must not be used besides for generation with other caches.

    Args:
        model: a Qwen2ForCausalLM or Qwen2MoeForCausalLM; see `can_pack`. Kept as an attribute.
        native_tokens: the window it was trained for.
        cache_quantisation: of keys and values; None keeps them as they are.
    """

    extends = True
    keeps_prefixes = True

    def __init__(
        self,
        model: PreTrainedModel,
        native_tokens: int,
        *,
        cache_quantisation: CacheQuantisation | None = None,
    ) -> None:
        self.model = model
        self._cache_quantisation = cache_quantisation
        base: Any = model.model
        self.rotary = RotaryByNeed(model.config, native_tokens)
        base.rotary_emb = self.rotary
        AttentionInterface.register(_PACKED, _attend_packed)
        model.set_attn_implementation(_PACKED)
        embedding: torch.Tensor = base.embed_tokens.weight
        self.device = embedding.device
        self.cache_devices: Devices = [
            layer.self_attn.k_proj.weight.device for layer in base.layers
        ]
        self._dtype: torch.dtype = base.norm.weight.dtype
        self.vocabulary_size = int(model.config.vocab_size)

    def new_cache(self, capacity_tokens: int) -> KeyValueCache:
        """Make an empty cache on the devices of the layers."""
        return self._make_cache(capacity_tokens, self.cache_devices)

    def cache_bytes(self, capacity_tokens: int) -> int:
        """Count the bytes of a cache without allocating it."""
        return self._make_cache(capacity_tokens, "meta").bytes_held

    def _make_cache(self, capacity_tokens: int, device: Devices) -> KeyValueCache:
        config = self.model.config
        return make_cache(
            self._cache_quantisation,
            layers=config.num_hidden_layers,
            kv_heads=config.num_key_value_heads,
            head_size=config.hidden_size // config.num_attention_heads,
            capacity_tokens=capacity_tokens,
            dtype=self._dtype,
            device=device,
        )

    @torch.inference_mode()
    def read(self, parts: Sequence[Part]) -> torch.Tensor:
        """Read every part in one pass; `[parts, vocabulary]`, float32."""
        ends = torch.tensor([len(part.tokens) for part in parts]).cumsum(0) - 1
        self.rotary.parts = [(part.scaling, len(part.tokens)) for part in parts]
        row = [token for part in parts for token in part.tokens]
        positions = [position for part in parts for position in _positions(part)]
        output: Any = self.model(
            input_ids=torch.tensor([row], device=self.device),  # [1, tokens]
            position_ids=torch.tensor([positions], device=self.device),
            # Ready-made masks, so that none is built: attention here needs none.
            attention_mask={"full_attention": None, "sliding_attention": None},
            past_key_values=_Pack(parts, self.rotary),
            use_cache=True,
            logits_to_keep=ends.to(self.device),  # all positions of a 32K prompt take 18 GiB
        )
        logits: torch.Tensor = output.logits[0].float()
        return logits


def _positions(part: Part) -> Iterator[int]:
    """Yield the position of each token; under dual chunks the one within its chunk."""
    start = part.cache.length
    places = range(start, start + len(part.tokens))
    if part.scaling.dual_chunk is None:
        return iter(places)
    chunk_tokens = part.scaling.dual_chunk.chunk_tokens
    return (place % chunk_tokens for place in places)


@dataclass(frozen=True, slots=True)
class _Past:
    """Keys and values of one part in one layer, all that its cache holds."""

    keys: torch.Tensor  # [1, kv_heads, held, head_size]
    values: torch.Tensor
    part: Part
    rotary: RotaryByNeed


class _Pack:
    """Stands where transformers expects a cache: hands each part's keys to that part's own."""

    def __init__(self, parts: Sequence[Part], rotary: RotaryByNeed) -> None:
        self._parts = parts
        self._rotary = rotary

    def get_seq_length(self, _layer: int = 0) -> int:
        """Return 0: positions are given, nothing is to be inferred from the cache."""
        return 0

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer: int, *_: Any, **__: Any
    ) -> tuple[list[_Past], None]:
        """Add `[1, kv_heads, tokens, head_size]` to the parts' caches; return all they hold."""
        past = []
        shares = zip(_split(keys, self._parts), _split(values, self._parts), strict=True)
        for part, (key, value) in zip(self._parts, shares, strict=True):
            held_keys, held_values = part.cache.update(layer, key, value)
            past.append(_Past(held_keys, held_values, part, self._rotary))
        return past, None


def _split(tensor: torch.Tensor, parts: Sequence[Part]) -> Sequence[torch.Tensor]:
    """Cut `[1, heads, tokens, head_size]` into the parts' shares of the tokens."""
    if len(parts) == 1:
        return (tensor,)
    return torch.split(tensor, [len(part.tokens) for part in parts], dim=2)


def _attend_packed(
    _module: torch.nn.Module,
    query: torch.Tensor,
    key: Sequence[_Past],
    _value: None,
    _mask: None,
    *,
    scaling: float,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend for each part over its own past; `[1, heads, tokens, head_size]` in.

    Returns:
        `[1, tokens, heads, head_size]`, as transformers expects it.
    """
    queries = _split(query, [past.part for past in key])
    outputs = [_attend(q, past, scaling) for q, past in zip(queries, key, strict=True)]
    joined = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=2)
    return joined.transpose(1, 2), None


def _attend(query: torch.Tensor, past: _Past, scaling: float) -> torch.Tensor:
    dual_chunk = past.part.scaling.dual_chunk
    if dual_chunk is None:
        return attend(query, past.keys, past.values, scaling=scaling)
    return attend_dual_chunk(
        query,
        past.keys,
        past.values,
        scaling=scaling,
        dual_chunk=dual_chunk,
        frequencies=past.rotary.frequencies(past.part.scaling, query.device),
    )


def can_pack(model: PreTrainedModel) -> bool:
    """Say whether `PackedQwen2` may drive a model: Qwen2's architecture, full attention, RoPE."""
    config = model.config
    layer_types = set(getattr(config, "layer_types", None) or ())
    rope = getattr(config, "rope_parameters", None) or {}
    return (
        config.model_type in {"qwen2", "qwen2_moe"}
        and layer_types <= {"full_attention"}
        and rope.get("rope_type") in {"default", "yarn"}
    )


class PlainNetwork:
    """Any causal language model as transformers runs it: one sequence at a time, no extension."""

    extends = False
    keeps_prefixes = False

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.device: torch.device = model.device
        self.cache_devices: Devices = model.device
        self.vocabulary_size = int(model.config.vocab_size)

    def new_cache(self, capacity_tokens: int) -> "_PlainCache":
        """Make an empty cache; it grows by itself."""
        del capacity_tokens
        return _PlainCache(DynamicCache(config=self.model.config))

    def cache_bytes(self, capacity_tokens: int) -> int:
        """Say 0: the layers of other architectures keep what they keep."""
        del capacity_tokens
        return 0

    @torch.inference_mode()
    def read(self, parts: Sequence[Part]) -> torch.Tensor:
        """Read the parts one after the other; `[parts, vocabulary]`, float32."""
        return torch.stack([self._read_one(part) for part in parts])

    def _read_one(self, part: Part) -> torch.Tensor:
        output: Any = self.model(
            input_ids=torch.tensor([list(part.tokens)], device=self.device),
            past_key_values=part.cache.held,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[0, -1].float()
        return logits


@dataclass(slots=True)
class _PlainCache:
    """A cache of transformers under the names the engine uses."""

    held: DynamicCache

    @property
    def length(self) -> int:
        return int(self.held.get_seq_length())

    @property
    def bytes_held(self) -> int:
        return 0  # never kept, so never counted


def make_network(
    model: PreTrainedModel,
    native_tokens: int,
    *,
    cache_quantisation: CacheQuantisation | None = None,
) -> Network:
    """Drive a model in packs if it is a Qwen2 that allows it, else as transformers runs it.

    Raises:
        WeightsError: keys and values can be quantised in packs only.
    """
    if can_pack(model):
        return PackedQwen2(model, native_tokens, cache_quantisation=cache_quantisation)
    if cache_quantisation is not None:
        raise WeightsError(
            f"keys and values cannot be kept as {cache_quantisation} for a "
            f"{model.config.model_type} model: leave cache_quantisation out"
        )
    return PlainNetwork(model)
