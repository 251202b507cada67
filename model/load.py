"""Loads weights and tokenizer that lie on this machine; safetensors only, never a download."""

import importlib.util
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

from model.catalog import YARN_MOST_FACTOR, extended_context
from model.errors import WeightsError
from model.fit import LEAST_CONTEXT_TOKENS, RESERVE_BYTES, Fit, Machine
from model.folder import Checkpoint, check_folder, fit_checkpoint, locate
from model.memory import this_machine
from model.needs import WeightForm
from model.settings import CacheQuantisation, HostSettings
from model.text import decode_letters

if TYPE_CHECKING:
    import torch
    from transformers import BitsAndBytesConfig, PreTrainedModel, PreTrainedTokenizerBase

    from model.engine import Engine
    from model.grammar import Vocabulary

Quantisation = Literal["int8", "nf4"]

_SKIPPED: Final = ["lm_head", "shared_expert_gate"]
# Parts of what torch and the operating system say when an allocation fails.
_OUT_OF_MEMORY: Final = ("out of memory", "allocate memory", "not enough memory")


@dataclass(frozen=True, eq=False)
class Weights:
    """A causal language model in memory, with its tokenizer.

    Attributes:
        name: the hub name, or the folder's name.
        engine: runs the answers; the only user of the network.
        tokenizer: its tokenizer, with a chat template; every added token counts as a control token.
        context_tokens: tokens the model was trained to hold, prompt and answer together.
        extended_context_tokens: the longest context documented for it, with YARN.
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

    @cached_property
    def vocabulary(self) -> "Vocabulary":
        """The tokens as structured output needs them; made when first asked for, in a second."""
        from model.grammar import Vocabulary  # noqa: PLC0415  compiled code few answers need

        size = self.engine.network.vocabulary_size
        return Vocabulary(self.tokenizer, self.end_tokens, logits_size=size)

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
    quantisation: Quantisation | None = None,
    extended_context_tokens: int | None = None,
    settings: HostSettings | None = None,
) -> Weights:
    """Load weights and tokenizer that are already on this machine.

    Several GPUs share the layers of a model that does not fit one of them. Nothing is ever left in
    main memory or on disk to be fetched layer by layer: what does not fit is refused.

    Args:
        source: a folder in the layout of the hub, or a hub name found in the cache.
        hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
        device: a torch device; None takes the GPUs if there are any, else the CPU.
        dtype: of the weights in memory; None takes bfloat16 on a GPU and with quantisation, else
            the one they are stored in.
        quantisation: of the linear layers, made while loading; needs bitsandbytes.
        extended_context_tokens: the longest context to allow; None takes the one documented for a
            model of this shape. At most four times the native one, as far as YARN is documented.
        settings: of the hosting; None takes the defaults.

    Raises:
        WeightsError: nothing there, incomplete, corrupt, no chat template, not safetensors, or more
            than this machine's memory holds.
    """
    from model.engine import make_engine  # noqa: PLC0415  imports torch

    checkpoint = check_folder(locate(source, hub_cache=hub_cache))
    name = checkpoint.folder.name if Path(source).expanduser().is_dir() else str(source)
    machine = this_machine(device)
    form = quantisation or _form(checkpoint, machine, dtype)
    settings = settings or HostSettings()
    found = check_fits(
        checkpoint, machine, name=name, weights=form, cache=settings.cache_quantisation
    )
    network = _load_network(
        checkpoint,
        dtype=dtype,
        device_map=_place(machine, device, found),
        quantisation=_quantisation_config(checkpoint, quantisation),
    )
    tokenizer = _load_tokenizer(checkpoint.folder)
    end_tokens = _end_tokens(network, tokenizer)
    native = _native(network)
    engine = make_engine(network, native, end_tokens, settings)
    most = YARN_MOST_FACTOR * native if engine.network.extends else native
    return Weights(
        name=name,
        engine=engine,
        tokenizer=tokenizer,
        context_tokens=native,
        extended_context_tokens=_extended(checkpoint, native, most, extended_context_tokens),
        end_tokens=end_tokens,
    )


def check_fits(
    checkpoint: Checkpoint,
    machine: Machine,
    *,
    name: str,
    weights: WeightForm,
    cache: CacheQuantisation | None = None,
) -> Fit | None:
    """Refuse a model that this machine has no room for, with the numbers.

    Returns:
        What it needs for its longest context, which need not fit; None if its config.json tells too
        little to say.

    Raises:
        WeightsError: not even the shortest context of use fits.
    """
    fit_at = partial(fit_checkpoint, checkpoint, machine, name=name, weights=weights, cache=cache)
    found = fit_at(context_tokens=sys.maxsize)
    if found is None or found.is_usable:
        return found
    least = fit_at(context_tokens=LEAST_CONTEXT_TOKENS)
    raise WeightsError(
        f"{(least or found).sentence}; close other programs, set LONGREAD_WEIGHTS=nf4 or take a "
        "smaller model"
    )


def has_bitsandbytes() -> bool:
    """Say whether weights can be quantised here."""
    try:
        return importlib.util.find_spec("bitsandbytes") is not None
    except ValueError:  # hidden on purpose
        return False


def _form(checkpoint: Checkpoint, machine: Machine, dtype: "torch.dtype | None") -> WeightForm:
    """Say how weights that are not quantised will be held."""
    if dtype is None:
        return "bfloat16" if machine.has_gpu else checkpoint.stored
    return "float32" if dtype.itemsize > 2 else "bfloat16"  # noqa: PLR2004  bytes


def _place(machine: Machine, device: str | None, found: Fit | None) -> dict[str, Any]:
    """Say where transformers is to put the weights, as arguments of from_pretrained."""
    if not machine.has_gpu:
        return {"device_map": {"": "cpu"}}
    memories = machine.memories
    alone = max(range(len(memories)), key=lambda number: memories[number].free_bytes)
    if len(memories) == 1 or found is None or found.memories_used == 1:
        return {"device_map": {"": device if len(memories) == 1 and device else f"cuda:{alone}"}}
    kept = RESERVE_BYTES + found.activation_bytes // len(memories)
    # "auto" shares the layers out evenly, and with each goes its part of the cache. Main memory is
    # left out, so that nothing is put there.
    most = {number: max(0, memory.free_bytes - kept) for number, memory in enumerate(memories)}
    return {"device_map": "auto", "max_memory": most}


def _quantisation_config(
    checkpoint: Checkpoint, quantisation: Quantisation | None
) -> "BitsAndBytesConfig | None":
    """Describe the quantisation for transformers.

    Raises:
        WeightsError: bitsandbytes is not installed, or the weights are quantised already.
    """
    if quantisation is None:
        return None
    if checkpoint.is_quantised:
        raise WeightsError(
            f"the weights in {checkpoint.folder} are quantised already: leave LONGREAD_WEIGHTS at "
            "auto"
        )
    if not has_bitsandbytes():
        raise WeightsError(
            f"{quantisation} weights need bitsandbytes: `pip install bitsandbytes`, or set "
            "LONGREAD_WEIGHTS=bfloat16"
        )
    import torch  # noqa: PLC0415  seconds to import, and folders are checked without it
    from transformers import BitsAndBytesConfig  # noqa: PLC0415

    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_8bit=quantisation == "int8",
        load_in_4bit=quantisation == "nf4",
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        # The gate has one row, which bitsandbytes cannot pack for a CPU.
        llm_int8_skip_modules=_SKIPPED if checkpoint.config.get("num_experts") else None,
    )


def _load_network(
    checkpoint: Checkpoint,
    *,
    dtype: "torch.dtype | None",
    device_map: dict[str, Any],
    quantisation: "BitsAndBytesConfig | None",
) -> "PreTrainedModel":
    """Load the weights onto the devices and refuse them if any is missing."""
    # Where it is installed, transformers imports it for any model. It warns then that a package for
    # faster kernels is missing, and at each layer of each pass that int8 products are made in
    # float16: both known.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    import torch  # noqa: PLC0415  seconds to import, and folders are checked without it
    from transformers import AutoModelForCausalLM  # noqa: PLC0415

    on_cpu = device_map["device_map"] == {"": "cpu"}
    stored_or_bfloat16 = "auto" if on_cpu and quantisation is None else torch.bfloat16
    loaded: Any  # a pair when the report is asked for, which the annotation does not say
    try:
        # Placed by the device map and typed by dtype: network.to(dtype), later, would round the
        # rotary frequencies as well.
        with _quiet_transformers():
            loaded = AutoModelForCausalLM.from_pretrained(
                checkpoint.folder,
                dtype=dtype or stored_or_bfloat16,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
                # None would override what the config.json of quantised weights says.
                **({} if quantisation is None else {"quantization_config": quantisation}),
                **device_map,
            )
    # transformers raises what its parts raise; whatever it is, these files cannot be loaded.
    except Exception as error:
        raise WeightsError(_loading_failed(checkpoint.folder, error)) from error
    network: PreTrainedModel = loaded[0]
    _check_spilled(checkpoint.folder, getattr(network, "hf_device_map", {}))
    # transformers fills what is missing with random numbers and only logs it.
    missing = [*loaded[1]["missing_keys"], *loaded[1]["mismatched_keys"]]
    if missing:
        raise WeightsError(
            f"{checkpoint.folder} lacks {len(missing)} of the tensors its config.json calls for, "
            f"such as {min(map(str, missing))}: download the model again"
        )
    return network


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Keep its bars and reports off the screen: what is wrong is raised, and told by the caller."""
    from transformers.utils import logging as its  # noqa: PLC0415

    had_bar, verbosity = its.is_progress_bar_enabled(), its.get_verbosity()
    its.disable_progress_bar()  # type: ignore[no-untyped-call]
    its.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        its.set_verbosity(verbosity)
        if had_bar:
            its.enable_progress_bar()  # type: ignore[no-untyped-call]


def _loading_failed(folder: Path, error: Exception) -> str:
    """Say why loading failed; running out of memory has a remedy of its own."""
    reason = _first_line(error)
    if isinstance(error, MemoryError) or any(sign in str(error) for sign in _OUT_OF_MEMORY):
        return (
            f"memory ran out while {folder} was loaded ({reason}): close other programs, set "
            "LONGREAD_WEIGHTS=nf4 or take a smaller model"
        )
    if "ignore_mismatched_sizes" in str(error):
        return (
            f"the tensors in {folder} do not have the shapes that its config.json calls for: "
            "download the model again"
        )
    return f"{folder} cannot be loaded: {reason}"


def _check_spilled(folder: Path, device_map: dict[str, Any]) -> None:
    """Refuse a model of which transformers has put a part outside the GPUs."""
    spilled = [part for part, place in device_map.items() if str(place) in {"cpu", "disk"}]
    if spilled and len(spilled) < len(device_map):
        raise WeightsError(
            f"{len(spilled)} of the {len(device_map)} parts of {folder} do not fit the GPUs: "
            "free some of their memory, set LONGREAD_WEIGHTS=nf4 or take a smaller model"
        )


def _native(network: "PreTrainedModel") -> int:
    """Return the window a model was trained for, also where YARN was switched on in its config.

    Raises:
        WeightsError: its config does not say.
    """
    config = network.config
    rope = getattr(config, "rope_parameters", None) or {}
    native = rope.get("original_max_position_embeddings")
    native = native or getattr(config, "max_position_embeddings", None)
    if not isinstance(native, int):
        raise WeightsError(
            f"the config.json of this {config.model_type} model does not say how many tokens it "
            "holds (max_position_embeddings): take a Qwen2-Instruct"
        )
    return native


def _extended(checkpoint: Checkpoint, native: int, most: int, wished: int | None) -> int:
    """Return the longest context to allow.

    Raises:
        WeightsError: what was wished for is shorter than the native window or more than `most`.
    """
    if wished is None:
        return min(most, extended_context(checkpoint.config, native))
    if not native <= wished <= most:
        name = checkpoint.folder.name
        allowed = f"{native:,} to {most:,}" if most > native else f"{native:,}"
        raise WeightsError(
            f"extended_context_tokens is {wished:,}, but {name} takes {allowed}: its native "
            f"window, or for a Qwen2 up to {YARN_MOST_FACTOR} times that"
        )
    return wished


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
