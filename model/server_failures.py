"""What can go wrong between us and a server, as one sentence each, and what may be tried again."""

import json
import re
import time
from email.utils import mktime_tz, parsedate_tz
from typing import Any, Final

import openai

from model.errors import ContextError, ModelError, ServerError

_TOO_MANY: Final = 429
_TIMEOUT: Final = 408
_SERVER: Final = 500
# How servers say that a prompt is too long. `least`: the server stopped counting there.
_HOLDS: Final = r"maximum context length is (?P<context>\d+) tokens.*?"
_HOLDS_OF: Final = r"maximum context length of (?P<context>\d+) tokens.*?"
_ASKED: Final = r"requested (?P<answer>\d+) output tokens.*?"
_TOO_LONG: Final = [
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        # llama.cpp, and Ollama where it runs on it
        r"n_prompt_tokens\W+(?P<prompt>\d+)\W+n_ctx\W+(?P<context>\d+)",
        r"\((?P<prompt>\d+) tokens\) exceeds the available context size \((?P<context>\d+)",
        # llama-cpp-python
        r"requested tokens \((?P<prompt>\d+)\) exceed context window of (?P<context>\d+)",
        # SGLang
        r"\((?P<prompt>\d+) tokens\) is longer than the model's context length \((?P<context>\d+)",
        r"\((?P<prompt>\d+) tokens\) exceeds the maximum allowed length \((?P<context>\d+)",
        rf"{_HOLDS_OF}(?P<prompt>\d+) tokens from the input messages and (?P<answer>\d+)",
        # vLLM, in the words of its versions
        rf"{_HOLDS}{_ASKED}(?P<least>at least )?(?P<prompt>\d+) input tokens",
        rf"{_HOLDS}(?P<prompt>\d+) input tokens",
        r"\(length (?P<prompt>\d+)\) is longer than the maximum model length of (?P<context>\d+)",
        # OpenAI, and vLLM in its words
        rf"{_HOLDS}\((?P<prompt>\d+) in the messages, (?P<answer>\d+) in the completion",
        rf"{_HOLDS}(?:resulted in|requested) (?P<prompt>\d+) tokens",
        r"(?:maximum context length is|configured limit of) (?P<context>\d+) tokens",
    )
]
_TOO_LONG_SOMEHOW: Final = re.compile(
    "context_length_exceeded|exceed_context_size|exceeds the available context size", re.IGNORECASE
)


class BrokenOffError(Exception):
    """The stream ended without saying that the answer does."""


def is_passing(error: Exception) -> bool:
    """Tell what may be gone a moment later from what will fail again."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in {_TIMEOUT, _TOO_MANY} or error.status_code >= _SERVER
    return isinstance(error, openai.APIConnectionError | BrokenOffError | TimeoutError)


def asked_to_wait_seconds(error: Exception) -> float | None:
    """Return how long the server asks to stay away: `Retry-After`, as seconds or as a date."""
    if not isinstance(error, openai.APIStatusError):
        return None
    asked = error.response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", asked):
        return float(asked)
    date = parsedate_tz(asked)
    return max(0.0, mktime_tz(date) - time.time()) if date else None


def explain(
    error: Exception,
    url: str,
    limit_seconds: float,
    *,
    partial: str = "",
    prompt_tokens: int = 0,
    answer_tokens: int = 0,
    context_tokens: int | None = None,
) -> ModelError:
    """Turn what the openai library raises into one sentence for a person.

    Args:
        error: what was raised.
        url: the server.
        limit_seconds: how long it was waited for.
        partial: what had come of the answer.
        prompt_tokens: by our own count.
        answer_tokens: asked for.
        context_tokens: what the server is known to hold.
    """
    too_long = _too_long(error, prompt_tokens, answer_tokens, context_tokens)
    return too_long or ServerError(_sentence(error, url, limit_seconds), partial=partial)


def _sentence(error: Exception, url: str, limit_seconds: float) -> str:
    match error:
        case openai.APITimeoutError() | TimeoutError():
            return f"{url} was silent for {limit_seconds:g} seconds: it may be overloaded, or down"
        case openai.APIConnectionError():
            return (
                f"the connection to {url} failed: see that the server runs and the address is right"
            )
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return f"{url} refuses the key: set the right one in OPENAI_API_KEY"
        case openai.NotFoundError():
            return (
                f"{url} does not know this address or model ({_said(error)}): correct the address "
                "(it mostly ends in /v1) or the model's name"
            )
        case openai.RateLimitError():
            return f"{url} is too busy ({_said(error)}): ask again later, or send less at once"
        case BrokenOffError():
            return (
                f"{url} broke off before the answer ended: look into the server's log, or check "
                "that this is an OpenAI-compatible address"
            )
        case openai.OpenAIError():
            return f"{url} failed: {_said(error)}"
        case _:
            return (
                f"{url} sent what is no answer ({type(error).__name__}: {_said(error)}): "
                "check that this is an OpenAI-compatible address"
            )


def _too_long(
    error: Exception, prompt_tokens: int, answer_tokens: int, context_tokens: int | None
) -> ContextError | None:
    """Read the server's numbers out of its words; what it does not say is taken from ours."""
    if not isinstance(error, openai.APIError):
        return None
    said = f"{error} {json.dumps(error.body, default=str)}"
    found = next(filter(None, (pattern.search(said) for pattern in _TOO_LONG)), None)
    numbers = found.groupdict() if found else {}
    context = int(numbers.get("context") or context_tokens or 0)
    if not context or not (found or _TOO_LONG_SOMEHOW.search(said)):
        return None
    prompt = int(numbers.get("prompt") or prompt_tokens)
    return ContextError(
        prompt_tokens=max(prompt, prompt_tokens) if numbers.get("least") else prompt,
        answer_tokens=int(numbers.get("answer") or answer_tokens),
        context_tokens=context,
    )


def _said(error: Any) -> str:
    """Cut what a server said to one line of readable length."""
    return " ".join(str(error).split())[:300]
