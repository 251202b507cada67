"""Decides which model this machine should use, and says why; quick, and never a download."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import psutil

from model.catalog import QWEN2_INSTRUCT, CatalogModel
from model.errors import WeightsError
from model.load import check_folder, find_snapshot, is_hub_name, locate

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

MEMORY_PER_WEIGHT_BYTE: Final = 1.2
"""Free memory to have for each byte of weights: a fifth more, for cache and activations."""

_GB: Final = 1e9
# Larger ones want several GPUs, and whoever has those serves them over HTTP.
_SUGGESTED: Final = [entry for entry in QWEN2_INSTRUCT if entry.weight_bytes < 20 * _GB]


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
) -> Choice:
    """Choose a model: the one wished for, or for "auto" the best there is.

    "auto" takes, in this order: the server at `server_url`; the largest Qwen2-Instruct in the hub
    cache that fits this machine; none. A server that was named but fails is an error, never a
    reason to take the next.

    Args:
        wish: "auto", "quoting" for none, the URL of a server, a folder, or a hub name.
        server_url: an OpenAI-compatible server, with or without `/v1`.
        api_key: the server's key.
        hub_cache: the hub cache folder; None takes the one huggingface_hub uses.

    Raises:
        WeightsError: the folder or hub name wished for cannot be loaded as it is.
        ServerError: the server wished for or set does not serve.
    """
    if wish == "quoting":
        return _none("you asked for the quoting reader, which needs no language model")
    if wish == "auto":
        if server_url:
            return _server(server_url, api_key, "set by OPENAI_BASE_URL")
        return _largest_here(hub_cache)
    if wish.startswith(("http://", "https://")):
        return _server(wish, api_key, "named by you")
    check_folder(locate(wish, hub_cache=hub_cache))
    return _qwen2(wish, hub_cache, "named by you")


def _server(url: str, api_key: str | None, why: str) -> Choice:
    """Choose a server, once it has said what it serves."""
    from model.server import connect, pick_model, split_url  # noqa: PLC0415  seconds to import

    base_url, named = split_url(url)
    name = pick_model(base_url, named, api_key=api_key)
    return Choice(
        kind="server",
        model=partial(connect, base_url, model=name, api_key=api_key),
        name=name,
        reason=f"the server at {base_url}, {why}",
    )


def _qwen2(source: str, hub_cache: Path | None, why: str) -> Choice:
    """Choose weights on this machine, to be loaded when the model is first wanted."""

    def model() -> "BaseChatModel":
        from model.qwen2 import ChatQwen2  # noqa: PLC0415  imports torch

        return ChatQwen2.from_folder(source, hub_cache=hub_cache)

    name = source if is_hub_name(source) else Path(source).expanduser().resolve().name
    return Choice(kind="qwen2", model=model, name=name, reason=f"weights on this machine, {why}")


def _none(reason: str) -> Choice:
    return Choice(kind="quoting", model=None, name="quoting", reason=reason)


def _largest_here(hub_cache: Path | None) -> Choice:
    """Choose the largest Qwen2-Instruct in the hub cache that is whole and fits, or none."""
    names = [entry.hub_name for entry in QWEN2_INSTRUCT]
    folders = {name: find_snapshot(name, hub_cache=hub_cache) for name in names}
    here = {name: folder for name, folder in folders.items() if folder is not None}
    if not here:
        return _none(f"no Qwen2-Instruct weights on this machine: {how_to_get_a_model()}")
    free_bytes, where = _free_memory()
    against = []
    for name, folder in here.items():
        try:
            needed_bytes = check_folder(folder) * MEMORY_PER_WEIGHT_BYTE
        except WeightsError as error:
            against.append(str(error))
            continue
        needs = f"needs {needed_bytes / _GB:.1f} GB of the {free_bytes / _GB:.1f} GB free {where}"
        if needed_bytes <= free_bytes:
            return _qwen2(name, hub_cache, f"the largest here that fits: it {needs}")
        against.append(f"{name} {needs}")
    return _none(f"{'; '.join(against)}: {how_to_get_a_model()}")


def _free_memory() -> tuple[int, str]:
    """Return the free bytes of the memory a model would be loaded into, and which one it is."""
    import torch  # noqa: PLC0415  seconds to import, and only needed where there are weights

    if torch.cuda.is_available():
        return torch.cuda.mem_get_info()[0], "on the GPU"
    return psutil.virtual_memory().available, "in memory"


def how_to_get_a_model() -> str:
    """Say how to get a language model onto a machine with this much free memory."""
    available = psutil.virtual_memory().available
    entry = next(
        (entry for entry in _SUGGESTED if _memory_bytes(entry) <= available), _SUGGESTED[-1]
    )
    return (
        f"`hf download {entry.hub_name}` fetches {entry.weight_bytes / _GB:.1f} GB that need "
        f"{_memory_bytes(entry) / _GB:.1f} GB of memory, or set OPENAI_BASE_URL to a server"
    )


def _memory_bytes(entry: CatalogModel) -> float:
    return entry.weight_bytes * MEMORY_PER_WEIGHT_BYTE
