"""Any OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama) as a LangChain chat model."""

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final, cast
from urllib.parse import urlsplit

import openai
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import SecretStr

from model.errors import ServerError
from model.tokens import count_tokens, qwen2_encoding

_LISTING_SECONDS: Final = 10.0
# Local servers want no key, but the client insists on one; and it must not fall back to a key in
# the environment that was meant for someone else.
_NO_KEY: Final = "none"
# Qwen2's template around each message: <|im_start|> role \n ... <|im_end|> \n
_TOKENS_AROUND_MESSAGE: Final = 5
_TOKENS_BEFORE_ANSWER: Final = 3


class ChatServer(BaseChatOpenAI):
    """A chat model behind an OpenAI-compatible server; made by `connect`.

    Derived from `BaseChatOpenAI` rather than `ChatOpenAI` because the latter renames `max_tokens`
    to a field that only newer servers obey. Every answer is streamed, also for `invoke`, so that
    it can be stopped and its time is bounded. Failures are `ServerError`; the asynchronous methods
    alone pass on what the openai library raises.

    Token counts are Qwen2's: an estimate if the server runs another model.

    Attributes:
        total_seconds: the longest a whole answer may take.
    """

    total_seconds: float

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
        **kwargs: Any,
    ) -> int:
        """Count the Qwen2 tokens of the messages in Qwen2's chat template; tools are refused."""
        if tools or kwargs:
            raise ServerError("only messages can be counted: leave tools and images out")
        texts = count_tokens([message.text for message in messages])
        return sum(texts) + _TOKENS_AROUND_MESSAGE * len(texts) + _TOKENS_BEFORE_ANSWER

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        url = str(self.openai_api_base)
        deadline = time.monotonic() + self.total_seconds
        ended = False
        # A generator, though its annotation promises no more than an iterator.
        answer = cast(
            "Generator[ChatGenerationChunk]",
            super()._stream(messages, stop, run_manager, **kwargs),
        )
        with _failures_of(url, self.total_seconds), closing(answer):
            for chunk in answer:
                ended = ended or "finish_reason" in (chunk.generation_info or {})
                yield chunk
                if time.monotonic() > deadline:
                    raise ServerError(
                        f"the answer of {url} took longer than {self.total_seconds:g} seconds: "
                        "ask for less, or allow more time"
                    )
        if not ended:
            raise ServerError(
                f"{url} broke off before the answer ended: look into the server's log, or check "
                "that this is an OpenAI-compatible address"
            )


def connect(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    max_tokens: int = 1024,
    timeout_seconds: float = 600.0,
    max_retries: int = 2,
) -> ChatServer:
    """Connect to a server, and find out which model it serves unless one is named.

    Args:
        url: its address, with or without `/v1`; `URL#MODEL` names the model as well.
        model: the model's name at the server.
        api_key: None for a server that asks for none; never taken from the environment.
        max_tokens: most tokens of an answer.
        timeout_seconds: the longest silence of the server, and the longest a whole answer may take.
        max_retries: how often a request that failed before its first word is sent again.

    Raises:
        ServerError: down, wrong key, not OpenAI-compatible, no model, or several and none named.
    """
    base_url, named = split_url(url)
    return ChatServer(
        model=pick_model(base_url, model or named, api_key=api_key),
        base_url=base_url,
        api_key=SecretStr(api_key or _NO_KEY),
        temperature=0.0,
        max_tokens=max_tokens,
        timeout=timeout_seconds,
        total_seconds=timeout_seconds,
        max_retries=max_retries,
        stream_usage=True,
        # The inherited counting downloads a vocabulary.
        custom_get_token_ids=qwen2_encoding().encode_ordinary,
    )


def split_url(url: str) -> tuple[str, str | None]:
    """Split `URL#MODEL` into the address of the API and the model's name, if there is one.

    Raises:
        ServerError: this is no http address.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ServerError(f"{url} is no server's address: write it as http://localhost:8000/v1")
    path = parts.path.rstrip("/") or "/v1"
    return parts._replace(path=path, query="", fragment="").geturl(), parts.fragment or None


def pick_model(base_url: str, named: str | None, *, api_key: str | None = None) -> str:
    """Find the name of the one model to use; takes a request to the server.

    Raises:
        ServerError: the server cannot be asked, or does not serve it, or serves several.
    """
    served = list_models(base_url, api_key=api_key)
    shown = ", ".join(served[:5]) + (", ..." if len(served) > 5 else "")  # noqa: PLR2004  a line
    if not served:
        raise ServerError(f"{base_url} serves no model: load one there first")
    if named is None and len(served) > 1:
        raise ServerError(
            f"{base_url} serves {len(served)} models ({shown}): name one as {base_url}#MODEL"
        )
    # Ollama lists qwen2 as qwen2:latest and answers to both.
    if named is not None and not {named, f"{named}:latest"} & set(served):
        raise ServerError(
            f"{base_url} does not serve {named}, it serves {shown}: name one of these"
        )
    return named or served[0]


def list_models(base_url: str, *, api_key: str | None = None) -> list[str]:
    """Ask a server for the names of its models.

    Raises:
        ServerError: down, wrong key, or no OpenAI-compatible answer.
    """
    with (
        _failures_of(base_url, _LISTING_SECONDS),
        openai.OpenAI(
            base_url=base_url,
            api_key=api_key or _NO_KEY,
            timeout=_LISTING_SECONDS,
            max_retries=0,
        ) as client,
    ):
        # Raw, because the client takes a page of HTML for an answer and then trips over it.
        body = client.models.with_raw_response.list().text
    try:
        return [str(entry["id"]) for entry in json.loads(body)["data"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(
            f"{base_url} does not answer as an OpenAI-compatible server: "
            "correct the address (it mostly ends in /v1)"
        ) from error


@contextmanager
def _failures_of(url: str, limit_seconds: float) -> Generator[None]:
    """Turn what the openai library raises into one sentence for a person."""
    try:
        yield
    except openai.APITimeoutError as error:
        raise ServerError(
            f"{url} was silent for {limit_seconds:g} seconds: it may be overloaded, or down"
        ) from error
    except openai.APIConnectionError as error:
        raise ServerError(
            f"the connection to {url} failed: see that the server runs and the address is right"
        ) from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ServerError(f"{url} refuses the key: set the right one in OPENAI_API_KEY") from error
    except openai.NotFoundError as error:
        raise ServerError(
            f"{url} does not know this address or model ({_said(error)}): correct the address "
            "(it mostly ends in /v1) or the model's name"
        ) from error
    except (openai.OpenAIError, json.JSONDecodeError) as error:
        raise ServerError(f"{url} failed: {_said(error)}") from error


def _said(error: Exception) -> str:
    """Cut what a server said to one line of readable length."""
    return " ".join(str(error).split())[:300]
