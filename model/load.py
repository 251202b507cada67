"""Loads weights and tokenizer from a folder or the hub cache; safetensors only, never a download.

Everything that can be told from the files alone is checked before torch is imported, so that a
folder can be judged in milliseconds.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from model.errors import WeightsError
from model.settings import HostSettings
from model.text import decode_letters

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from model.engine import Engine

_HUB_NAME: Final = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_INDEX: Final = "model.safetensors.index.json"
_SINGLE: Final = "model.safetensors"
_NEVER_LOADED: Final = ("*.gguf", "*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A causal language model in memory, with its tokenizer.

    Attributes:
        name: the hub name, or the folder's name.
        engine: runs the answers; the only user of the network.
        tokenizer: its tokenizer, with a chat template; every added token counts as a control token.
        context_tokens: tokens the model was trained to hold, prompt and answer together.
        extended_context_tokens: tokens it can be stretched to by YARN.
        end_tokens: ids that end an answer.
        tokenizer_lock: held during each use of the tokenizer, which changes its own state.
    """

    name: str
    engine: "Engine" = field(repr=False)
    tokenizer: "PreTrainedTokenizerBase" = field(repr=False)
    context_tokens: int
    extended_context_tokens: int
    end_tokens: frozenset[int]
    tokenizer_lock: Lock = field(default_factory=Lock, repr=False)

    def token_bytes(self, token: int) -> bytes:
        """Return the UTF-8 a token stands for; nothing for a control token or an unused id."""
        with self.tokenizer_lock:
            added = self.tokenizer.added_tokens_decoder.get(token)
            letters = self.tokenizer.convert_ids_to_tokens(token)
        if added is None:
            return decode_letters(str(letters or ""))
        return b"" if added.special else added.content.encode()


def load(
    source: str | Path,
    *,
    hub_cache: Path | None = None,
    device: str | None = None,
    dtype: "torch.dtype | None" = None,
    settings: HostSettings | None = None,
) -> Weights:
    """Load weights and tokenizer that are already on this machine.

    Args:
        source: a folder in the layout of the hub, or a hub name found in the cache.
        hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
        device: a torch device; None takes the GPU if there is one, else the CPU.
        dtype: of the weights in memory; None takes bfloat16 on a GPU, and on a CPU the one they
            are stored in.
        settings: of the hosting; None takes the defaults.

    Raises:
        WeightsError: nothing there, incomplete, corrupt, no chat template, or not safetensors.
    """
    from model.engine import make_engine  # noqa: PLC0415  imports torch

    folder = locate(source, hub_cache=hub_cache)
    check_folder(folder)
    network = _load_network(folder, device=device, dtype=dtype)
    tokenizer = _load_tokenizer(folder)
    end_tokens = _end_tokens(network, tokenizer)
    context_tokens = int(network.config.max_position_embeddings)
    return Weights(
        name=folder.name if Path(source).is_dir() else str(source),
        engine=make_engine(network, context_tokens, end_tokens, settings or HostSettings()),
        tokenizer=tokenizer,
        context_tokens=context_tokens,
        extended_context_tokens=4 * context_tokens,
        end_tokens=end_tokens,
    )


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
        raise WeightsError(
            f"{source} is a file, but weights come as a folder with config.json and safetensors: "
            "name the folder"
        )
    if not is_hub_name(str(source)):
        raise WeightsError(
            f"there is no folder {source}: name a folder with weights, or a hub name such as "
            "Qwen/Qwen2-7B-Instruct"
        )
    snapshot = find_snapshot(str(source), hub_cache=hub_cache)
    if snapshot is None:
        raise WeightsError(
            f"{source} is neither a folder nor in the hub cache: download it first with "
            f"`hf download {source}`"
        )
    return snapshot


def find_snapshot(hub_name: str, *, hub_cache: Path | None = None) -> Path | None:
    """Find a repository's folder in the hub cache, complete or not; None if it is not there."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415  not needed for folders
    from huggingface_hub.errors import (  # noqa: PLC0415
        HFValidationError,
        LocalEntryNotFoundError,
    )

    try:
        return Path(snapshot_download(hub_name, cache_dir=hub_cache, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def check_folder(folder: Path) -> int:
    """Check from the files alone that a folder holds a whole model.

    Returns:
        Bytes of all its safetensors files.

    Raises:
        WeightsError: names the file that is missing or broken.
    """
    if not (folder / "config.json").is_file():
        raise WeightsError(f"{folder} has no config.json{_instead(folder)}: name a model's folder")
    shards = list(_shards(folder))
    for shard in shards:
        _check_shard(shard)
    if not (folder / "tokenizer.json").is_file() and not (folder / "vocab.json").is_file():
        raise WeightsError(f"{folder} has no tokenizer.json: copy the tokenizer's files there")
    return sum(shard.stat().st_size for shard in shards)


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
    for name in sorted(set(weight_map.values())):
        yield folder / str(name)


def _read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of the model."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read as JSON: download the model again") from error
    if not isinstance(value, dict):
        raise WeightsError(f"{path} is not a JSON object: download the model again")
    return value


def _check_shard(shard: Path) -> None:
    """Check that one safetensors file is there and whole, by its header against its size."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415  compiled code

    try:
        with safe_open(shard, framework="np"):
            pass
    except FileNotFoundError as error:
        raise WeightsError(f"{shard} is missing (half downloaded?): finish the download") from error
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{shard} is not a whole safetensors file ({error}): download it again"
        ) from error


def _load_network(
    folder: Path, *, device: str | None, dtype: "torch.dtype | None"
) -> "PreTrainedModel":
    """Load the weights onto the device and refuse them if any is missing."""
    import torch  # noqa: PLC0415  seconds to import, and folders are checked without it
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    stored_or_bfloat16 = torch.bfloat16 if device.startswith("cuda") else "auto"
    loaded: Any  # a pair when the report is asked for, which the annotation does not say
    try:
        loaded = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype or stored_or_bfloat16,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
        # Only ever to a device: to(dtype) would round the rotary frequencies as well.
        network: PreTrainedModel = loaded[0].to(device)
    # transformers raises what its parts raise; whatever it is, these files cannot be loaded.
    except Exception as error:
        raise WeightsError(f"{folder} cannot be loaded: {_first_line(error)}") from error
    # transformers fills what is missing with random numbers and only logs it.
    missing = [*loaded[1]["missing_keys"], *loaded[1]["mismatched_keys"]]
    if missing:
        raise WeightsError(
            f"{folder} lacks {len(missing)} of the tensors its config.json calls for, such as "
            f"{min(map(str, missing))}: download the model again"
        )
    return network


def _load_tokenizer(folder: Path) -> "PreTrainedTokenizerBase":
    """Load the tokenizer and check that it can hold a chat."""
    from tokenizers.decoders import ByteLevel  # noqa: PLC0415  comes with transformers
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    # As for the weights: whatever is raised, these files cannot be loaded.
    except Exception as error:
        raise WeightsError(f"the tokenizer in {folder} is broken: {_first_line(error)}") from error
    if tokenizer.chat_template is None:
        raise WeightsError(
            f"the tokenizer in {folder} has no chat template: take an Instruct model"
        )
    if not isinstance(tokenizer.backend_tokenizer.decoder, ByteLevel):
        raise WeightsError(
            f"the tokenizer in {folder} is not a byte-level one as Qwen2's is: "
            "serve this model over HTTP instead"
        )
    # Prompts are held against the window, with numbers, before they are read; no warning besides.
    tokenizer.model_max_length = sys.maxsize
    # By default transformers guards only special tokens and those its template spells out.
    tokenizer.chat_control_tokens = list(tokenizer.get_added_vocab())
    return tokenizer


def _end_tokens(network: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> frozenset[int]:
    """Collect the ids that end an answer, from the generation settings and the tokenizer."""
    ends = getattr(network.generation_config, "eos_token_id", None)
    named = ends if isinstance(ends, list) else [ends]
    return frozenset(end for end in [*named, tokenizer.eos_token_id] if end is not None)


def _first_line(error: Exception) -> str:
    """Cut a library's message to the line that says what is wrong."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
