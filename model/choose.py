"""Decides which model this machine should use, and says why; quick, and never a download."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from model.catalog import QWEN2_INSTRUCT, QWEN2_TYPES, CatalogModel
from model.errors import WeightsError
from model.fit import GIB, USEFUL_CONTEXT_TOKENS, Fit, Machine, best_of, fit_size, short_name
from model.folder import (
    Checkpoint,
    check_folder,
    find_snapshot,
    fit_checkpoint,
    is_hub_name,
    locate,
)
from model.load import Quantisation, has_bitsandbytes
from model.memory import main_memory, this_machine
from model.needs import WEIGHTS, WeightForm
from model.settings import CacheQuantisation, HostSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

QUANTISED: Final[tuple[Quantisation, ...]] = ("int8", "nf4")
"""Ways to hold the weights in less memory, the most exact first."""

MOST_CPU_PARAMETERS: Final = 8_000_000_000
"""Without a GPU nothing larger is taken unasked: even the 7B reads 4,096 tokens in minutes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model to use, and why.

    Attributes:
        kind: a server, Qwen2 in this process, or none: whoever reads must quote by itself.
        model: makes the chat model, which may take a minute and raise ModelError; None for none.
        name: the model's name, or "quoting".
        reason: one line for people.
    """

    kind: Literal["server", "qwen2", "quoting"]
    model: "Callable[[], BaseChatModel] | None"
    name: str
    reason: str


def choose(
    wish: str = "auto",
    *,
    server_url: str | None = None,
    api_key: str | None = None,
    hub_cache: Path | None = None,
    weights: str = "auto",
    cache: str = "plain",
) -> Choice:
    """Choose a model: the one wished for, or for "auto" the best there is.

    "auto" takes, in this order: the server at `server_url`; the largest Qwen2-Instruct in the hub
    cache that fits this machine with its native window, quantised if it must be; the one that fits
    with the longest context; none. A server that was named but fails is an error, never a reason to
    take the next. Why so: docs/decisions/0007-what-auto-chooses.md.

    Args:
        wish: "auto", "quoting" for none, the URL of a server, a folder, or a hub name.
        server_url: an OpenAI-compatible server, with or without `/v1`.
        api_key: the server's key.
        hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
        weights: how to hold weights loaded here: "auto", or one of `model.needs.WEIGHTS`.
        cache: how to hold keys and values here: "plain" in the dtype of the weights, or "int8" or
            "int4", for what `model/quantised_cache.py` says it costs.

    Raises:
        WeightsError: the folder or hub name wished for cannot be loaded as it is, or does not fit;
            or `weights` or `cache` is something else.
        ServerError: the server wished for or set does not serve.
    """
    held = _Held(_check_form(weights), _check_cache(cache))
    if wish == "quoting":
        return _none("you asked for the quoting reader, which needs no language model")
    if wish == "auto":
        if server_url:
            return _server(server_url, api_key, "set by OPENAI_BASE_URL")
        return _largest_here(hub_cache, held)
    if wish.startswith(("http://", "https://")):
        return _server(wish, api_key, "named by you")
    return _named(wish, hub_cache, held)


@dataclass(frozen=True, slots=True)
class _Held:
    """How weights, and keys and values, are to be held; None leaves it to the machine."""

    weights: WeightForm | None
    cache: CacheQuantisation | None


def _server(url: str, api_key: str | None, why: str) -> Choice:
    """Choose a server, once it has said what it serves."""
    from model.server import connect  # noqa: PLC0415  seconds to import

    chat = connect(url, api_key=api_key)
    return Choice(
        kind="server",
        model=lambda: chat,
        name=chat.model_name,
        reason=f"the server at {chat.url}, {why}",
    )


def _check_form(weights: str) -> WeightForm | None:
    """Return the form of the weights that was asked for; None for "auto"."""
    if weights == "auto":
        return None
    if weights not in WEIGHTS:
        raise WeightsError(f"LONGREAD_WEIGHTS is {weights!r}: set it to auto, {', '.join(WEIGHTS)}")
    return weights


def _check_cache(cache: str) -> CacheQuantisation | None:
    """Return the quantisation of keys and values that was asked for; None for "plain"."""
    kinds: tuple[CacheQuantisation, ...] = get_args(CacheQuantisation)
    if cache != "plain" and cache not in kinds:
        raise WeightsError(f"LONGREAD_CACHE is {cache!r}: set it to plain, {', '.join(kinds)}")
    return next((kind for kind in kinds if kind == cache), None)


def _named(source: str, hub_cache: Path | None, held: _Held) -> Choice:
    """Choose the weights that were named, in the first form that fits."""
    checkpoint = check_folder(locate(source, hub_cache=hub_cache))
    name = source if is_hub_name(source) else checkpoint.folder.name
    machine = this_machine()
    fits = list(_fits(checkpoint, machine, name, held))
    if not fits:  # its config.json says too little; loading will tell
        return _qwen2(source, name, hub_cache, held, "named by you")
    found = best_of(fits)
    if not found.is_usable:
        raise WeightsError(f"{found.sentence}; close other programs or take a smaller model")
    held = _Held(_form_of(found), held.cache)
    why = f"named by you: {found.sentence}{_not_extended(checkpoint)}"
    return _qwen2(source, name, hub_cache, held, why)


def _not_extended(checkpoint: Checkpoint) -> str:
    """Say of another architecture that YARN by need is not for it."""
    if checkpoint.config.get("model_type") in QWEN2_TYPES:
        return ""
    return "; it is no Qwen2, so its window is not extended when a prompt needs it"


def _largest_here(hub_cache: Path | None, held: _Held) -> Choice:
    """Choose the largest Qwen2-Instruct in the hub cache that is whole and fits, or none."""
    folders = {
        entry: find_snapshot(entry.hub_name, hub_cache=hub_cache) for entry in QWEN2_INSTRUCT
    }
    here = {entry: folder for entry, folder in folders.items() if folder is not None}
    if not here:
        return _none(f"no Qwen2-Instruct weights on this machine: {how_to_get_a_model()}")
    machine = this_machine()
    against: list[str] = []  # in words, why each one before was passed over
    short: dict[CatalogModel, Fit] = {}  # what fits, but not with a useful context
    for entry, folder in here.items():
        try:
            found = _best_form(entry, check_folder(folder), machine, held)
        except WeightsError as error:
            against.append(str(error))
            continue
        if found.fits:
            why = f"the largest here that fits: {found.sentence}"
            return _chosen(entry, hub_cache, found, held, why, against)
        against.append(found.sentence)
        if found.is_usable:
            short[entry] = found
    if not short:
        return _none(f"{'; '.join(against)}; {how_to_get_a_model()}")
    entry, found = max(short.items(), key=lambda item: item[1].largest_context_tokens)
    against.remove(found.sentence)
    why = f"none here fits with a useful context, this one with the longest: {found.sentence}"
    return _chosen(entry, hub_cache, found, held, why, against)


def _best_form(entry: CatalogModel, checkpoint: Checkpoint, machine: Machine, held: _Held) -> Fit:
    """Hold one size against the machine in each form, the most exact first.

    Raises:
        WeightsError: it would be too slow here, or its config.json does not describe it.
    """
    if entry.parameters > MOST_CPU_PARAMETERS and not machine.has_gpu:
        raise WeightsError(f"{short_name(entry.hub_name)} is too slow without a GPU")
    fits = list(_fits(checkpoint, machine, entry.hub_name, held))
    if not fits:
        raise WeightsError(f"{checkpoint.folder / 'config.json'} does not describe the model")
    return best_of(fits)


def forms_to_try(form: WeightForm | None = None) -> tuple[WeightForm, ...]:
    """Say in which forms weights are tried, the most exact first."""
    if form is not None:
        return (form,)
    return ("bfloat16", *(QUANTISED if has_bitsandbytes() else ()))


def _fits(checkpoint: Checkpoint, machine: Machine, name: str, held: _Held) -> Iterator[Fit]:
    """Hold a model that is here against the machine, in each form that comes into question."""
    forms = forms_to_try(held.weights)
    if (
        held.weights is None and not machine.has_gpu
    ):  # a processor computes in the form that is stored
        forms = (checkpoint.stored, *forms[1:])
    for each in forms[:1] if checkpoint.is_quantised else forms:
        found = fit_checkpoint(
            checkpoint,
            machine,
            name=name,
            weights=each,
            context_tokens=USEFUL_CONTEXT_TOKENS,
            cache=held.cache,
        )
        if found is not None:
            yield found


def _chosen(
    entry: CatalogModel,
    hub_cache: Path | None,
    found: Fit,
    held: _Held,
    why: str,
    against: list[str],
) -> Choice:
    """Choose a size of the catalogue, and name those passed over."""
    over = f"; passed over: {'; '.join(against)}" if against else ""
    held = _Held(_form_of(found), held.cache)
    return _qwen2(entry.hub_name, entry.hub_name, hub_cache, held, why + over)


def _form_of(found: Fit) -> WeightForm | None:
    return next((form for form in WEIGHTS if form == found.weights), None)


def _qwen2(source: str, name: str, hub_cache: Path | None, held: _Held, why: str) -> Choice:
    """Choose weights on this machine, to be loaded when the model is first wanted."""

    def model() -> "BaseChatModel":
        import torch  # noqa: PLC0415  seconds to import

        from model.load import load  # noqa: PLC0415
        from model.qwen2 import ChatQwen2  # noqa: PLC0415

        dtypes = {"float32": torch.float32, "bfloat16": torch.bfloat16}
        quantisation = next((kind for kind in QUANTISED if kind == held.weights), None)
        weights = load(
            source,
            hub_cache=hub_cache,
            dtype=dtypes.get(held.weights or ""),
            quantisation=quantisation,
            settings=HostSettings(cache_quantisation=held.cache),
        )
        return ChatQwen2(weights=weights)

    return Choice(kind="qwen2", model=model, name=name, reason=f"weights on this machine, {why}")


def _none(reason: str) -> Choice:
    return Choice(kind="quoting", model=None, name="quoting", reason=reason)


def how_to_get_a_model() -> str:
    """Say how to get a language model onto a machine with this much free memory."""
    small = [entry for entry in QWEN2_INSTRUCT if entry.parameters <= MOST_CPU_PARAMETERS]
    machine = main_memory()
    fits = {
        entry: fit_size(entry, machine, weights="bfloat16", context_tokens=USEFUL_CONTEXT_TOKENS)
        for entry in small
    }
    entry = next((entry for entry, found in fits.items() if found.fits), small[-1])
    return (
        f"`longread models get {entry.alias}` fetches {entry.download_bytes / GIB:.1f} GiB that "
        f"need {fits[entry].needed_bytes / GIB:.1f} GiB of memory, or set OPENAI_BASE_URL to a "
        "server"
    )
