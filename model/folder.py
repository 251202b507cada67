"""Finds and judges the files of a model: a folder or the hub cache, safetensors only.

Everything that can be told from the files alone is told without torch, in milliseconds.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any, Final, Literal

from model.catalog import QWEN2_TYPES, Shape, extended_context, find
from model.errors import WeightsError
from model.fit import Fit, Machine, fit, short_name
from model.needs import Tensor, WeightForm
from model.settings import CacheQuantisation

FILES: Final = ("*.safetensors", "*.json", "*.jinja", "merges.txt", "LICENSE*")
"""Patterns of the files that make up a model in a repository on the hub, and its licence."""

_HUB_NAME: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_INDEX: Final = "model.safetensors.index.json"
_SINGLE: Final = "model.safetensors"
_SIZES: Final = (
    "hidden_size",
    "intermediate_size",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "num_key_value_heads",
    "vocab_size",
)
_NEVER_LOADED: Final = ("*.gguf", "*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that holds a whole model, as its files describe it.

    Attributes:
        folder: where it lies.
        config: the contents of config.json.
        tensors: the names and shapes of all weights.
        file_bytes: of all safetensors files.
        stored: how the weights are held in the files; 16 bits of either kind count as bfloat16.
    """

    folder: Path
    config: dict[str, Any] = field(repr=False)
    tensors: tuple[Tensor, ...] = field(repr=False)
    file_bytes: int
    stored: Literal["float32", "bfloat16"]

    @property
    def shape(self) -> Shape | None:
        """The sizes of its layers; None if its config.json does not say them."""
        return Shape.from_config(self.config)

    @property
    def native_context_tokens(self) -> int:
        """Tokens it was trained to hold; 0 if its config.json does not say."""
        native = self.config.get("max_position_embeddings")
        return native if isinstance(native, int) else 0

    @property
    def is_quantised(self) -> bool:
        """Whether the weights were quantised before they were saved."""
        return "quantization_config" in self.config


def is_hub_name(text: str) -> bool:
    """Say whether a text has the form of a hub name, such as Qwen/Qwen2-7B-Instruct."""
    return _HUB_NAME.fullmatch(text) is not None


def locate(source: str | Path, *, hub_cache: Path | None = None) -> Path:
    """Find the folder that a path or a hub name stands for.

    Raises:
        WeightsError: no such folder, or the hub name is not in the cache.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if folder.exists():
        raise WeightsError(_not_a_folder(folder))
    name = str(source)
    if not is_hub_name(name):
        raise WeightsError(
            f"there is no folder {source}: name a folder with weights, or a hub name such as "
            "Qwen/Qwen2-7B-Instruct"
        )
    snapshot = find_snapshot(name, hub_cache=hub_cache)
    if snapshot is None:
        known = find(name)
        command = f"longread models get {known.alias}" if known else f"hf download {name}"
        raise WeightsError(
            f"{name} is neither a folder nor in the hub cache: download it first with `{command}`"
        )
    return snapshot


def _not_a_folder(path: Path) -> str:
    """Say what to do with a file where a folder was wanted."""
    if path.suffix == ".gguf":
        return (
            f"{path} is a GGUF file, which is not loaded here: serve it over HTTP with llama.cpp "
            "or Ollama and name the server's URL"
        )
    if path.match("*.safetensors"):
        return f"{path} is a file, but weights come as a folder: name the folder it lies in"
    if any(path.match(kind) for kind in _NEVER_LOADED):
        return (
            f"{path} is of a kind that is never loaded, because it can run code: name a folder "
            "with config.json and safetensors"
        )
    return (
        f"{path} is a file, but weights come as a folder with config.json and safetensors: "
        "name the folder"
    )


def find_snapshot(hub_name: str, *, hub_cache: Path | None = None) -> Path | None:
    """Find a repository's folder in the hub cache, complete or not; None if it is not there."""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415  not needed for folders
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    try:
        config = try_to_load_from_cache(hub_name, "config.json", cache_dir=hub_cache)
    except HFValidationError:
        return None
    return Path(config).parent if isinstance(config, str) else None


def repository_folder(hub_name: str, *, hub_cache: Path | None = None) -> Path:
    """Return the folder of the hub cache that a repository is, or would be, kept in."""
    from huggingface_hub.constants import HF_HUB_CACHE  # noqa: PLC0415  not needed for folders

    return (hub_cache or Path(HF_HUB_CACHE)) / f"models--{hub_name.replace('/', '--')}"


def check_folder(folder: Path) -> Checkpoint:
    """Check from the files alone that a folder holds a whole model, and describe it.

    Raises:
        WeightsError: names the file that is missing or broken.
    """
    if not (folder / "config.json").is_file():
        raise WeightsError(f"{folder} has no config.json{_instead(folder)}: name a model's folder")
    config = _read_json(folder / "config.json")
    _check_sizes(folder / "config.json", config)
    shards = list(_shards(folder))
    tensors, item_bytes = [], {}
    for shard in shards:
        for tensor, size in _check_shard(shard):
            tensors.append(tensor)
            item_bytes[tensor] = size
    if not (folder / "tokenizer.json").is_file() and not (folder / "vocab.json").is_file():
        raise WeightsError(f"{folder} has no tokenizer.json: copy the tokenizer's files there")
    largest = max(tensors, key=lambda tensor: prod(tensor.shape), default=None)
    return Checkpoint(
        folder=folder,
        config=config,
        tensors=tuple(tensors),
        file_bytes=sum(shard.stat().st_size for shard in shards),
        stored="float32" if largest and item_bytes[largest] == 4 else "bfloat16",  # noqa: PLR2004
    )


def fit_checkpoint(
    checkpoint: Checkpoint,
    machine: Machine,
    *,
    name: str,
    weights: WeightForm,
    context_tokens: int,
    cache: CacheQuantisation | None = None,
) -> Fit | None:
    """Hold a model that is here against a machine; None if its config.json tells too little."""
    shape, native = checkpoint.shape, checkpoint.native_context_tokens
    if shape is None or not native:
        return None
    most = extended_context(checkpoint.config, native)
    tensors = checkpoint.tensors
    if shape.tied_embeddings:  # some files hold the shared matrix twice
        tensors = tuple(tensor for tensor in tensors if tensor.name != "lm_head.weight")
    if checkpoint.is_quantised:  # packed, so that shapes do not tell bytes
        tensors = (Tensor("packed", (checkpoint.file_bytes // 2,)),)
    found = fit(
        short_name(name),
        shape,
        tensors,
        machine,
        weights="bfloat16" if checkpoint.is_quantised else weights,
        context_tokens=min(context_tokens, most),
        most_context_tokens=most,
        cache=cache or ("float32" if weights == "float32" else "bfloat16"),
    )
    return replace(found, weights="as stored") if checkpoint.is_quantised else found


def _instead(folder: Path) -> str:
    """Say which files of a kind that is never loaded lie in the folder, if any."""
    found = sorted({path.suffix for kind in _NEVER_LOADED for path in folder.glob(kind)})
    return f", only {' and '.join(found)} files, which are never loaded" if found else ""


def _shards(folder: Path) -> Iterator[Path]:
    """Name the safetensors files that the folder says it consists of."""
    if (folder / _SINGLE).exists():
        yield folder / _SINGLE
        return
    if not (folder / _INDEX).is_file():
        raise WeightsError(
            f"{folder} has no safetensors weights{_instead(folder)}: "
            "download the safetensors form of the model"
        )
    weight_map = _read_json(folder / _INDEX).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise WeightsError(f"{folder / _INDEX} names no weights: download the model again")
    for name in sorted(set(map(str, weight_map.values()))):
        yield folder / name


def _read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of the model."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path} cannot be read as JSON: download the model again") from error
    if not isinstance(value, dict):
        raise WeightsError(f"{path} is not a JSON object: download the model again")
    return value


def _check_sizes(path: Path, config: Mapping[str, Any]) -> None:
    """Refuse a Qwen2 of sizes that no model has; of other architectures transformers knows more."""
    kind = config.get("model_type")
    if not isinstance(kind, str | None):
        raise WeightsError(f"{path} says model_type is {kind}: download the model again")
    if kind not in QWEN2_TYPES:
        return
    for name in _SIZES:
        size = config.get(name)
        if size is not None and not (isinstance(size, int) and size > 0):
            raise WeightsError(
                f"{path} says {name} is {size}, not a whole number above 0: download the model "
                "again"
            )
    heads, pairs = config.get("num_attention_heads"), config.get("num_key_value_heads")
    for name, whole, part in (
        ("hidden_size", config.get("hidden_size"), heads),
        ("num_attention_heads", heads, pairs),
    ):
        if whole and part and whole % part:
            raise WeightsError(
                f"{path} says {name} is {whole}, which {part} heads cannot share: download the "
                "model again"
            )


def _check_shard(shard: Path) -> Iterator[tuple[Tensor, int]]:
    """Check that one safetensors file is there and whole, by its header against its size.

    Yields:
        Each tensor in it, with the bytes of one of its numbers.
    """
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415  compiled code

    try:
        with safe_open(shard, framework="np") as file:
            for name in file.keys():  # noqa: SIM118  not a dictionary
                part = file.get_slice(name)
                bits = re.search(r"\d+", part.get_dtype())  # of F32, BF16, U8, F8_E4M3 or BOOL
                yield Tensor(name, tuple(part.get_shape())), int(bits[0]) // 8 if bits else 1
    except FileNotFoundError as error:
        raise WeightsError(f"{shard} is missing (half downloaded?): finish the download") from error
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{shard} is not a whole safetensors file ({error}): download it again"
        ) from error
