"""What a server says about itself: its models, and how many tokens they hold as it runs them."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import openai

from model.address import http_settings
from model.errors import ServerError
from model.server_failures import explain

# Local servers want no key, but the client insists on one; and it must not fall back to a key in
# the environment that was meant for someone else.
NO_KEY: Final = "none"
_LISTING_SECONDS: Final = 10.0
_SHOWN: Final = 5
# Where a listing says it: vLLM and SGLang; OpenRouter; Groq.
_LISTED_AS: Final = ("max_model_len", "context_length", "context_window")


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model as a server runs it.

    Attributes:
        name: what requests call it.
        context_tokens: prompt and answer together; None if the server does not say. What a model
            was trained for is not taken for it: servers mostly run it with less.
    """

    name: str
    context_tokens: int | None = None


def split_url(url: str) -> tuple[str, str | None]:
    """Split `URL#MODEL` into the address of the API and the model's name, if there is one.

    Raises:
        ServerError: this is no http address.
    """
    no_address = f"{url} is no server's address: write it as http://localhost:8000/v1"
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:  # brackets that are not closed, a port that is no number
        raise ServerError(no_address) from error
    is_http = parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0
    if not is_http or "," in parts.path:
        raise ServerError(no_address)
    path = parts.path.rstrip("/") or "/v1"
    return parts._replace(path=path, query="", fragment="").geturl(), parts.fragment or None


def pick_model(base_url: str, named: str | None, *, api_key: str | None = None) -> str:
    """Find the name of the one model to use; takes a request to the server.

    Raises:
        ServerError: the server cannot be asked, or does not serve it, or serves several.
    """
    with _client(base_url, api_key) as client:
        return str(_pick(base_url, named, _list(client, base_url))["id"])


def find_model(base_url: str, named: str | None, *, api_key: str | None = None) -> ServedModel:
    """Find the one model to use and how much it holds; takes a few requests to the server.

    Raises:
        ServerError: the server cannot be asked, or does not serve it, or serves several.
    """
    with _client(base_url, api_key) as client:
        entry = _pick(base_url, named, _list(client, base_url))
        listed = _first(entry.get(name) for name in _LISTED_AS)
        return ServedModel(entry["id"], listed or _asked(client, base_url, entry["id"]))


def _pick(base_url: str, named: str | None, served: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the entry of the model named, or of the only one, called as it was named."""
    names = [str(entry["id"]) for entry in served]
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    if not served:
        raise ServerError(f"{base_url} serves no model: load one there first")
    if named is None and len(served) > 1:
        raise ServerError(
            f"{base_url} serves {len(served)} models ({shown}): name one as {base_url}#MODEL"
        )
    # Ollama lists qwen2 as qwen2:latest and answers to both.
    wanted = {named, f"{named}:latest"} if named else set(names)
    entry = next((entry for entry in served if entry["id"] in wanted), None)
    if entry is None:
        raise ServerError(
            f"{base_url} does not serve {named}, it serves {shown}: name one of these"
        )
    return entry | {"id": named or entry["id"]}


def _list(client: openai.OpenAI, base_url: str) -> list[dict[str, Any]]:
    """Ask a server for the list of its models."""
    try:
        # Raw, because the client takes a page of HTML for an answer and then trips over it.
        body = client.models.with_raw_response.list().text
    except openai.OpenAIError as error:
        raise explain(error, base_url, _LISTING_SECONDS) from error
    try:
        return [dict(entry) | {"id": str(entry["id"])} for entry in json.loads(body)["data"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(
            f"{base_url} does not answer as an OpenAI-compatible server: "
            "correct the address (it mostly ends in /v1)"
        ) from error


def _asked(client: openai.OpenAI, base_url: str, name: str) -> int | None:
    """Ask in the ways of servers whose list does not say it; where none of them fits, None."""
    root, is_api, _ = base_url.rpartition("/v1")
    if not is_api:
        return None
    return (
        _llama_cpp_context(client, root)
        or _ollama_context(client, root, name)
        or _lm_studio_context(client, root, name)
    )


def _llama_cpp_context(client: openai.OpenAI, root: str) -> int | None:
    """Read llama.cpp's `/props`: tokens of one slot, where its list has those of training."""
    settings = _json(client, f"{root}/props").get("default_generation_settings")
    return _first([settings.get("n_ctx")]) if isinstance(settings, dict) else None


def _ollama_context(client: openai.OpenAI, root: str, name: str) -> int | None:
    """Read what Ollama has loaded, or what the Modelfile sets; its default is not to be had."""
    loaded = _json(client, f"{root}/api/ps").get("models")
    names = {name, f"{name}:latest"}
    if isinstance(loaded, list):
        found = _first(m.get("context_length") for m in loaded if m.get("name") in names)
        set_to = _json(client, f"{root}/api/show", {"model": name}).get("parameters")
        modelfile = re.search(r"^num_ctx\s+(\d+)", str(set_to), re.MULTILINE)
        return found or (int(modelfile[1]) if modelfile else None)
    return None


def _lm_studio_context(client: openai.OpenAI, root: str, name: str) -> int | None:
    entry = _json(client, f"{root}/api/v0/models/{quote(name, safe='')}")
    return _first([entry.get("loaded_context_length")])


def _first(values: Iterable[object]) -> int | None:
    """Return the first that can be a number of tokens."""
    return next((v for v in values if isinstance(v, int) and v > 0), None)


def _json(client: openai.OpenAI, url: str, body: object = None) -> dict[str, Any]:
    """Ask for an object at an address that most servers do not have: {} where there is none."""
    try:
        if body is None:
            answer = client.get(url, cast_to=object)
        else:
            answer = client.post(url, cast_to=object, body=body)
    except (openai.OpenAIError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _client(base_url: str, api_key: str | None) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=base_url,
        api_key=api_key or NO_KEY,
        timeout=_LISTING_SECONDS,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(**http_settings(base_url)),
    )
