"""The Qwen2-Instruct family as data.

Sources: layers, heads, key-value heads, hidden and intermediate sizes from table 1 of the Qwen2
technical report (arXiv 2407.10671); vocabulary sizes and the experts' sizes from the published
config.json; contexts and licences from the model cards on the Hugging Face hub. The two small sizes
and their cards name no extension, so none is claimed for them; 57B-A14B is documented to 65,536
tokens only. The parameters were counted on the architecture itself, and a test counts them again.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, Final, Self

APACHE: Final = "Apache-2.0"
TONGYI_QIANWEN: Final = "Tongyi Qianwen License Agreement"

YARN_MOST_FACTOR: Final = 4
"""Native windows in the longest extension that Qwen2's model cards document."""

QWEN2_TYPES: Final = frozenset({"qwen2", "qwen2_moe"})
"""`model_type` of the architectures that Qwen2 was published in."""

_TOKENIZER_BYTES: Final = 11_500_000  # vocab.json, merges.txt and tokenizer.json, the same for all


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that decide how much memory a decoder takes.

    Attributes:
        layers: decoder layers.
        hidden_size: numbers in the residual stream, per token.
        intermediate_size: numbers between the two halves of a dense feed-forward block.
        attention_heads: query heads.
        key_value_heads: heads whose keys and values are cached.
        head_size: numbers in one query, key or value.
        vocabulary_size: rows of the embedding matrix, padding included.
        tied_embeddings: whether the output matrix is the embedding matrix.
        experts: routed feed-forward blocks in a layer; 0 for a dense model.
        experts_per_token: of them that each token goes through.
        expert_size: intermediate size of one routed expert.
        shared_expert_size: intermediate size of the expert that every token goes through.
    """

    layers: int
    hidden_size: int
    intermediate_size: int
    attention_heads: int
    key_value_heads: int
    head_size: int
    vocabulary_size: int
    tied_embeddings: bool
    experts: int = 0
    experts_per_token: int = 0
    expert_size: int = 0
    shared_expert_size: int = 0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self | None:
        """Read the sizes from the contents of a config.json; None if it does not say them."""
        try:
            heads = config["num_attention_heads"]
            shape = cls(
                layers=config["num_hidden_layers"],
                hidden_size=config["hidden_size"],
                intermediate_size=config["intermediate_size"],
                attention_heads=heads,
                key_value_heads=config.get("num_key_value_heads") or heads,
                head_size=config.get("head_dim") or config["hidden_size"] // heads,
                vocabulary_size=config["vocab_size"],
                tied_embeddings=bool(config.get("tie_word_embeddings")),
                experts=config.get("num_experts") or 0,
                experts_per_token=config.get("num_experts_per_tok") or 0,
                expert_size=config.get("moe_intermediate_size") or 0,
                shared_expert_size=config.get("shared_expert_intermediate_size") or 0,
            )
        except (KeyError, TypeError, ZeroDivisionError):
            return None
        return (
            shape if all(isinstance(size, int) and size >= 0 for size in astuple(shape)) else None
        )


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One published size of Qwen2-Instruct.

    Attributes:
        alias: its short name, for people who type.
        hub_name: its repository on the Hugging Face hub.
        parameters: all of them, embeddings and inactive experts included.
        shape: its layers and their sizes.
        native_context_tokens: the window it was trained for.
        extended_context_tokens: the window documented with YARN; the native one if none is.
        licence: as named on the model card.
    """

    alias: str
    hub_name: str
    parameters: int
    shape: Shape
    native_context_tokens: int
    extended_context_tokens: int
    licence: str

    @property
    def model_type(self) -> str:
        """The architecture's name in its config.json."""
        return "qwen2_moe" if self.shape.experts else "qwen2"

    @property
    def download_bytes(self) -> int:
        """Bytes to fetch: bfloat16 weights and the tokenizer, to within a thousandth."""
        return 2 * self.parameters + _TOKENIZER_BYTES


def _model(
    size: str, parameters: int, shape: Shape, extended_context_tokens: int, licence: str = APACHE
) -> CatalogModel:
    alias, hub_name = f"qwen2-{size.lower()}", f"Qwen/Qwen2-{size}-Instruct"
    return CatalogModel(
        alias, hub_name, parameters, shape, 32_768, extended_context_tokens, licence
    )


# layers, hidden, intermediate, heads, key-value heads, head size, vocabulary, tied; then experts
QWEN2_INSTRUCT: Final = (
    _model(
        "72B",
        72_706_203_648,
        Shape(80, 8192, 29_568, 64, 8, 128, 152_064, False),  # noqa: FBT003
        131_072,
        TONGYI_QIANWEN,
    ),
    _model(
        "57B-A14B",
        57_408_658_944,
        Shape(28, 3584, 18_944, 28, 4, 128, 151_936, False, 64, 8, 2560, 20_480),  # noqa: FBT003
        65_536,
    ),
    _model(
        "7B",
        7_615_616_512,
        Shape(28, 3584, 18_944, 28, 4, 128, 152_064, False),  # noqa: FBT003
        131_072,
    ),
    _model(
        "1.5B",
        1_543_714_304,
        Shape(28, 1536, 8960, 12, 2, 128, 151_936, True),  # noqa: FBT003
        32_768,
    ),
    _model(
        "0.5B",
        494_032_768,
        Shape(24, 896, 4864, 14, 2, 64, 151_936, True),  # noqa: FBT003
        32_768,
    ),
)
"""Every size, the largest first."""


def find(name: str) -> CatalogModel | None:
    """Find a size by its alias or its hub name, in any case."""
    wanted = name.casefold()
    return next(
        (entry for entry in QWEN2_INSTRUCT if wanted in {entry.alias, entry.hub_name.casefold()}),
        None,
    )


def match(config: Mapping[str, Any]) -> CatalogModel | None:
    """Find the size that a config.json describes, whatever its folder is called.

    Architecture, layers, key-value heads and head size tell the sizes apart; fine-tuned copies and
    other releases of the same shape count as that size.
    """
    shape = Shape.from_config(config)
    if shape is None:
        return None
    told_by = (config.get("model_type"), shape.layers, shape.key_value_heads, shape.head_size)
    for entry in QWEN2_INSTRUCT:
        own = entry.shape
        if told_by == (entry.model_type, own.layers, own.key_value_heads, own.head_size):
            return entry
    return None


def extended_context(config: Mapping[str, Any], native_context_tokens: int) -> int:
    """Return the longest context in tokens that is documented for a model with this config.json.

    A known size has what its model card names, another Qwen2 four times its native window, which is
    the factor the cards document; any other architecture just its native window.
    """
    known = match(config)
    if known is not None:
        return max(native_context_tokens, known.extended_context_tokens)
    is_qwen2 = config.get("model_type") in QWEN2_TYPES
    return native_context_tokens * (YARN_MOST_FACTOR if is_qwen2 else 1)
