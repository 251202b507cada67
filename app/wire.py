"""Puts library, reader and model together: the only place that knows all three."""

from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from agent.library import Library
from app.settings import Settings
from model.address import host_of, is_this_machine
from model.errors import ServerError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from model.choose import Choice as ModelChoice
    from model.embed import SentenceEmbedder
    from model.rerank import CrossEncoderReranker

# Whoever loads weights changes torch's default dtype for all threads meanwhile: one at a time.
_LOADING = Lock()


@dataclass(frozen=True, slots=True)
class Choice:
    """Who reads, and why.

    Attributes:
        model: the chat model, or None for the built-in quoting reader.
        name: "quoting" or the model's name.
        reason: one line for people.
    """

    model: "BaseChatModel | None"
    name: str
    reason: str


def open_library(settings: Settings, *, searching: bool = False) -> Library:
    """Open the library that the settings name.

    Args:
        settings: what the environment says.
        searching: load the models that search by meaning and judge, if the settings name them.

    Raises:
        LibraryError: if it cannot be used.
        ModelError: if the model cannot be loaded; says what to do.
    """
    if not searching:
        return Library(settings.home)
    with _LOADING:
        hub = settings.hub_cache
        embedder = _load_embedder(settings.embedder, hub) if settings.embedder else None
        reranker = _load_reranker(settings.reranker, hub) if settings.reranker else None
    return Library(settings.home, embedder, reranker)


@lru_cache(maxsize=1)
def _load_embedder(named: str, hub_cache: Path) -> "SentenceEmbedder":
    from model.embed import load_embedder  # noqa: PLC0415  # heavy

    return load_embedder(None if named == "default" else named, hub_cache=hub_cache)


@lru_cache(maxsize=1)
def _load_reranker(named: str, hub_cache: Path) -> "CrossEncoderReranker":
    from model.rerank import load_reranker  # noqa: PLC0415  # heavy

    return load_reranker(named, hub_cache=hub_cache)


def choose_model(settings: Settings, wish: str = "") -> "ModelChoice":
    """Choose who reads, and load nothing.

    Args:
        settings: what the environment says.
        wish: what the user named: "auto", "quoting", a folder, a hub name or a URL.

    Raises:
        ModelError: if what was named cannot be had, or is beyond this machine without the user's
            word for it; says what to do.
    """
    from model.choose import choose  # noqa: PLC0415  # not needed by commands that do not read

    if strange := [host for host in _hosts_beyond(settings, wish) if host not in settings.send_to]:
        raise ServerError(
            f"What is read would be sent to {', '.join(strange)}, which is not this machine: "
            f"if that is meant, set LONGREAD_SEND_TO={','.join(strange)}"
        )
    return choose(
        wish or settings.model,
        server_url=settings.server_url,
        api_key=settings.api_key,
        hub_cache=settings.hub_cache,
        weights=settings.weights,
        cache=settings.cache,
    )


def remote_host(settings: Settings) -> str:
    """Return the host beyond this machine that the passages read are sent to, empty for none.

    Where several addresses are named, those of them, separated by commas. To a host that was not
    named in LONGREAD_SEND_TO nothing is sent.
    """
    return ", ".join(host for host in _hosts_beyond(settings) if host in settings.send_to)


def _hosts_beyond(settings: Settings, wish: str = "") -> list[str]:
    named = wish or settings.model
    is_url = named.startswith(("http://", "https://"))
    urls = named if is_url else settings.server_url if named == "auto" else ""
    hosts = [host_of(url) for url in urls.split(",")]
    beyond = [host for host in hosts if host and not is_this_machine(host)]
    return list(dict.fromkeys(beyond))


def choose_reader(settings: Settings, wish: str = "") -> Choice:
    """Choose who reads as `choose_model` does, and load it.

    Raises:
        ModelError: if what was named cannot be had or loaded; says what to do.
    """
    chosen = choose_model(settings, wish)
    # A server is ready at once, and must not wait for others' weights.
    with _LOADING if chosen.kind == "qwen2" else nullcontext():
        model = chosen.model() if chosen.model else None
    return Choice(model, chosen.name, chosen.reason)
