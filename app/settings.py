"""Settings of one run: the only place that reads the environment."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

LOCAL_NAMES: Final = ("localhost", "127.0.0.1")
"""By which the page is reached from this machine."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        home: the library's folder; LONGREAD_HOME, else the platform's data folder.
        server_url: an OpenAI-compatible server; OPENAI_BASE_URL, empty for none.
        api_key: its key; OPENAI_API_KEY, empty for none.
        hub_cache: where downloaded weights lie; HF_HUB_CACHE, else `hub` under HF_HOME.
        model: which model to read with; LONGREAD_MODEL, by default "auto".
        weights: how to hold weights that are loaded here: auto, bfloat16, int8, nf4, or float32 for
            comparisons; LONGREAD_WEIGHTS, by default "auto".
        cache: how to hold keys and values here: plain, int8 or int4; LONGREAD_CACHE, by default
            "plain".
        embedder: searches by meaning too: "default" for all-MiniLM-L6-v2, which is installed with
            Longread and made for English, or a folder or hub name of another;
            LONGREAD_EMBEDDER, empty for words alone.
        reranker: a cross-encoder that judges the best passages again, by folder or hub name;
            LONGREAD_RERANKER, empty for none.
        host_names: by which browsers may reach the page besides those of this machine;
            LONGREAD_HOST_NAMES, with spaces between.
        send_to: hosts beyond this machine that what is read may be sent to; LONGREAD_SEND_TO, with
            commas or spaces between. A variable that other programs use, as OPENAI_BASE_URL is, is
            no word for it.
        user_header: the header in which a proxy says who is at the page; LONGREAD_USER_HEADER,
            empty where there is no such proxy and each browser is somebody of its own.
    """

    home: Path
    server_url: str
    api_key: str
    hub_cache: Path
    model: str
    weights: str = "auto"
    cache: str = "plain"
    embedder: str = ""
    reranker: str = ""
    host_names: tuple[str, ...] = ()
    send_to: tuple[str, ...] = ()
    user_header: str = ""


def load_settings() -> Settings:
    """Read the environment once."""
    environment = os.environ  # noqa: TID251  # the one place
    hub = Path(environment.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "hub"
    return Settings(
        home=Path(environment.get("LONGREAD_HOME") or platformdirs.user_data_path("longread")),
        server_url=environment.get("OPENAI_BASE_URL", ""),
        api_key=environment.get("OPENAI_API_KEY", ""),
        hub_cache=Path(environment.get("HF_HUB_CACHE") or hub),
        model=environment.get("LONGREAD_MODEL") or "auto",
        weights=environment.get("LONGREAD_WEIGHTS") or "auto",
        cache=environment.get("LONGREAD_CACHE") or "plain",
        embedder=environment.get("LONGREAD_EMBEDDER", ""),
        reranker=environment.get("LONGREAD_RERANKER", ""),
        host_names=tuple(environment.get("LONGREAD_HOST_NAMES", "").split()),
        send_to=tuple(environment.get("LONGREAD_SEND_TO", "").replace(",", " ").lower().split()),
        user_header=environment.get("LONGREAD_USER_HEADER", ""),
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be uploaded through the page.

    Attributes:
        person_mb: megabytes on the disk that one person's documents may take; LONGREAD_PERSON_MB.
        all_mb: the same of everybody's; LONGREAD_ALL_MB.
    """

    person_mb: int = 10_000
    all_mb: int = 100_000


def load_limits() -> Limits:
    """Read what `for_server` has put into the environment."""
    read = os.environ.get  # noqa: TID251  # the one place
    usual = Limits()
    return Limits(
        int(read("LONGREAD_PERSON_MB") or usual.person_mb),
        int(read("LONGREAD_ALL_MB") or usual.all_mb),
    )


def for_server(
    host_names: Sequence[str], user_header: str, limits: Limits | None = None
) -> dict[str, str]:
    """Return the environment of a server that is reached by these names, too."""
    environment = dict(os.environ)  # noqa: TID251  # the one place
    if limits:
        environment["LONGREAD_PERSON_MB"] = str(limits.person_mb)
        environment["LONGREAD_ALL_MB"] = str(limits.all_mb)
    if host_names:
        environment["LONGREAD_HOST_NAMES"] = " ".join(host_names)
        # Streamlit guards its WebSocket itself, and takes them so.
        environment["STREAMLIT_SERVER_ALLOWED_HOSTS"] = " ".join((*LOCAL_NAMES, *host_names))
    if user_header:
        environment["LONGREAD_USER_HEADER"] = user_header
    return environment


def go_quiet() -> None:
    """Let no library report to anyone: clear tracing, switch telemetry off, keep hubs offline."""
    environment = os.environ  # noqa: TID251  # the one place
    for name in list(environment):
        if name.startswith(("LANGSMITH_", "LANGCHAIN_TRACING", "LANGCHAIN_ENDPOINT")):
            del environment[name]
    for name in (
        "HF_HUB_OFFLINE",
        "HF_HUB_DISABLE_TELEMETRY",
        "TRANSFORMERS_OFFLINE",
        "DO_NOT_TRACK",
    ):
        environment[name] = "1"
