"""How a model is hosted in this process; every field has a default that fits the machine."""

from dataclasses import dataclass
from typing import Literal, get_args

from model.errors import WeightsError

CacheQuantisation = Literal["int8", "int4"]


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Settings of one loaded model.

    Attributes:
        slice_tokens: most tokens of prompts read in one pass; None takes 2,048 on a GPU and 512 on
            a CPU. A prompt can be stopped after each slice.
        kept_bytes: most bytes of keys and values kept on the model's device for later questions;
            None takes a quarter of what is free once the weights are loaded. 0 keeps none.
        spilled_bytes: most bytes of them kept in main memory when the GPU's share is full; None
            takes a quarter of what is free there.
        cache_quantisation: "int8" keeps keys and values in about half of the memory, "int4" in
            about a quarter, for the loss stated in `model/quantised_cache.py` and for time: every
            token turns them back. None keeps them in the dtype of the weights.
    """

    slice_tokens: int | None = None
    kept_bytes: int | None = None
    spilled_bytes: int | None = None
    cache_quantisation: CacheQuantisation | None = None

    def __post_init__(self) -> None:
        if self.slice_tokens is not None and self.slice_tokens < 1:
            raise WeightsError(f"slice_tokens is {self.slice_tokens}: give it 1 or more")
        if self.cache_quantisation not in {None, *get_args(CacheQuantisation)}:
            raise WeightsError(
                f"cache_quantisation is {self.cache_quantisation}: give it int8, int4 or None"
            )
