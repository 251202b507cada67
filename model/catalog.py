"""The Qwen2-Instruct family as data.

Sources: layers, KV heads and head sizes from table 1 of the Qwen2 technical report
(arXiv 2407.10671); contexts and licences from the model cards on the Hugging Face hub; parameters
counted on the published shapes. The two small sizes and their cards name no extension, so none is
claimed for them; 57B-A14B is documented to 65,536 tokens only.
"""

from dataclasses import dataclass
from typing import Final

APACHE: Final = "Apache-2.0"
TONGYI_QIANWEN: Final = "Tongyi Qianwen License Agreement"


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One published size of Qwen2-Instruct.

    Attributes:
        hub_name: its repository on the Hugging Face hub.
        parameters: all of them, embeddings and inactive experts included.
        layers: decoder layers.
        key_value_heads: attention heads whose keys and values are cached, per layer.
        head_size: numbers in one key or one value.
        native_context_tokens: the window it was trained for.
        extended_context_tokens: the window documented with YARN; the native one if none is.
        licence: as named on the model card.
    """

    hub_name: str
    parameters: int
    layers: int
    key_value_heads: int
    head_size: int
    native_context_tokens: int
    extended_context_tokens: int
    licence: str

    @property
    def weight_bytes(self) -> int:
        """Bytes of all weights in bfloat16, two to a parameter."""
        return 2 * self.parameters


QWEN2_INSTRUCT: Final = (
    CatalogModel(
        "Qwen/Qwen2-72B-Instruct", 72_706_203_648, 80, 8, 128, 32768, 131072, TONGYI_QIANWEN
    ),
    CatalogModel("Qwen/Qwen2-57B-A14B-Instruct", 57_408_658_944, 28, 4, 128, 32768, 65536, APACHE),
    CatalogModel("Qwen/Qwen2-7B-Instruct", 7_615_616_512, 28, 4, 128, 32768, 131072, APACHE),
    CatalogModel("Qwen/Qwen2-1.5B-Instruct", 1_543_714_304, 28, 2, 128, 32768, 32768, APACHE),
    CatalogModel("Qwen/Qwen2-0.5B-Instruct", 494_032_768, 24, 2, 64, 32768, 32768, APACHE),
)
"""Every size, the largest first."""
