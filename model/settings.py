"""How a model is hosted in this process; every field has a default that fits the machine."""

from dataclasses import dataclass

from model.errors import WeightsError


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
    """

    slice_tokens: int | None = None
    kept_bytes: int | None = None
    spilled_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.slice_tokens is not None and self.slice_tokens < 1:
            raise WeightsError(f"slice_tokens is {self.slice_tokens}: give it 1 or more")
