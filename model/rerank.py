"""A cross-encoder in this process: reads a question and a passage together and scores the pair."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from model.embed import best_dtype, check_parts, loading
from model.errors import GenerationError
from model.folder import locate

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_BATCH: Final = 16


class CrossEncoderReranker:
    """Scores passages against a question; may be used by several threads.

    Attributes:
        name: the hub name, or the folder's name.
    """

    def __init__(self, network: "CrossEncoder", name: str) -> None:
        self.name = name
        self._network = network
        self._lock = Lock()  # fast tokenizers change their own state in use

    def score(self, query: str, texts: list[str]) -> list[float]:
        """Return a score for each text; higher is better. A long text is judged by its beginning.

        Raises:
            GenerationError: the model failed or computed no numbers.
        """
        pairs = [(query, text) for text in texts]
        try:
            with self._lock:
                scores = self._network.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        except RuntimeError as error:  # what torch raises for memory and for devices
            raise GenerationError(
                f"{self.name} could not judge {len(texts)} passages "
                f"({str(error).splitlines()[0]}): free some memory, or search without it"
            ) from error
        numbers = np.asarray(scores, np.float64)
        if numbers.shape != (len(texts),) or not np.isfinite(numbers).all():
            raise GenerationError(f"{self.name} gave no score a passage: take another reranker")
        return [float(number) for number in numbers]


def load_reranker(
    source: str | Path, *, hub_cache: Path | None = None, device: str | None = None
) -> CrossEncoderReranker:
    """Load a cross-encoder that is already on this machine.

    Args:
        source: a folder in the layout of the hub, or a hub name found in the cache.
        hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
        device: a torch device; None takes a GPU if there is one, else the CPU.

    Raises:
        WeightsError: nothing there, incomplete, corrupt, or not safetensors.
    """
    folder = locate(source, hub_cache=hub_cache)
    check_parts(folder)
    from sentence_transformers import CrossEncoder  # noqa: PLC0415  imports torch

    with loading(folder):
        network = CrossEncoder(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": best_dtype(device), "use_safetensors": True},
        )
    is_folder = Path(source).expanduser().is_dir()
    return CrossEncoderReranker(network, folder.name if is_folder else str(source))
