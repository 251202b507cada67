"""A model behind an OpenAI-compatible server as a LangChain chat model."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, closing
from functools import lru_cache
from typing import Any, Literal, Self

import openai
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import (
    agenerate_from_stream,
    generate_from_stream,
)
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import Field, PrivateAttr, model_validator

from model.address import http_settings
from model.errors import ServerError
from model.loop import iterate, iterate_async
from model.server_call import Limits, ServerCall
from model.server_prompt import count_prompt, harmless
from model.structured import structured
from model.tokens import qwen2_encoding


class ChatServer(BaseChatOpenAI):
    """A chat model behind an OpenAI-compatible server; made by `model.server.connect`.

    Derived from `BaseChatOpenAI` rather than `ChatOpenAI` because the latter renames `max_tokens`
    to a field that only newer servers obey. Every answer is streamed, also for `invoke`, so that
    it can be stopped and its time is bounded. Failures are `ServerError`, a prompt that is too long
    is `ContextError`, for the asynchronous methods too. Text in messages never becomes a control
    token of the server's template: see `model.control`.

    Token counts are Qwen2's: an estimate if the server runs another model.

    Attributes:
        total_seconds: the longest a call may take: waiting its turn, requests, pauses, the answer.
        silence_seconds: the longest to wait for the next word; None waits half of `total_seconds`,
            so that a server that hangs can be asked once more.
        max_concurrency: most requests under way at once; further calls wait.
        max_retries: how often a request that failed before its first word is sent again.
        backoff_seconds: the pause before the first of these; the next is four times as long.
        context_tokens: what the model holds, prompt and answer together; None if unknown.
    """

    total_seconds: float = Field(default=600.0, gt=0)
    silence_seconds: float | None = Field(default=None, gt=0)
    max_concurrency: int = Field(default=8, gt=0)
    max_retries: int | None = Field(default=2, ge=0, le=2)
    backoff_seconds: float = Field(default=1.0, ge=0)
    context_tokens: int | None = Field(default=None, gt=0)
    # The inherited counting downloads a vocabulary.
    custom_get_token_ids: Callable[[str], list[int]] | None = Field(
        default=lambda text: qwen2_encoding().encode_ordinary(text), exclude=True
    )
    # A name that looks like one of OpenAI's must not change the protocol.
    use_responses_api: bool | None = False
    stream_usage: bool | None = True

    _requests: openai.AsyncOpenAI = PrivateAttr()
    _slots: asyncio.Semaphore = PrivateAttr()

    @model_validator(mode="after")
    def _prepare_requests(self) -> Self:
        """Make what the requests share.

        Not LangChain's connections, which other loops may use; and a new one for each request: it
        costs nothing beside an answer, and none is found dead or left open.
        """
        self._requests = self.root_async_client.with_options(
            max_retries=0,
            http_client=_http_client(**http_settings(self.url)),
            default_headers={"connection": "close"},
        )
        self._slots = asyncio.Semaphore(self.max_concurrency)
        return self

    @property
    def url(self) -> str:
        """The address of the API."""
        return str(self.openai_api_base)

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def _resolve_model_profile(self) -> ModelProfile:
        # Not the library's table of OpenAI's models: a server calls its model what it likes.
        # Those in docs/serving.md can be held to a form; a refusal is an error like others.
        profile = ModelProfile(text_inputs=True, text_outputs=True, structured_output=True)
        if self.context_tokens:
            profile["max_input_tokens"] = self.context_tokens
        return profile

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
        **kwargs: Any,
    ) -> int:
        """Count the Qwen2 tokens of the messages in Qwen2's chat template; tools are refused."""
        if tools or kwargs:
            raise ServerError("only messages can be counted: leave tools and images out")
        return self.room_for(messages)[0]

    def room_for(self, messages: Sequence[BaseMessage], **kwargs: Any) -> tuple[int, int]:
        """Return how many tokens a call would take, by our count: of the prompt, of the answer."""
        call = self._prepare(list(messages), None, kwargs)
        return call.prompt_tokens, call.answer_tokens

    def with_structured_output(  # type: ignore[override]  # a form is needed
        self,
        schema: dict[str, Any] | type,
        *,
        method: Literal["json_schema", "json_mode", "function_calling"] = "json_schema",
        include_raw: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Return answers in the form of `schema`; see `model.structured.structured`.

        Args:
            schema: a Pydantic class, a TypedDict or a JSON schema.
            method: "json_schema" makes the server keep to the form, "json_mode" to JSON of any
                form; "function_calling", which the library does, needs a server that parses tools.
            include_raw: return the message, what was read from it and the error, raise nothing.
            **kwargs: of every request.
        """
        if method == "function_calling":
            return super().with_structured_output(
                schema, method=method, include_raw=include_raw, **kwargs
            )
        return structured(self, schema, method=method, include_raw=include_raw, **kwargs)

    def _prepare(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> ServerCall:
        """Begin a call: write the request, harmless, and count its tokens."""
        if self._should_stream_usage(kwargs.pop("stream_usage", None), **kwargs):
            kwargs["stream_options"] = {"include_usage": True}
        payload = self._get_request_payload(messages, stop=stop, **kwargs | {"stream": True})
        payload["messages"] = harmless(payload["messages"])
        limits = Limits(
            total_seconds=self.total_seconds,
            silence_seconds=self.silence_seconds or self.total_seconds / 2,
            max_retries=self.max_retries or 0,
            backoff_seconds=self.backoff_seconds,
            context_tokens=self.context_tokens,
        )
        return ServerCall(
            self._requests,
            payload,
            self._to_chunk,
            prompt_tokens=count_prompt(payload),
            limits=limits,
        )

    def _to_chunk(self, event: dict[str, Any]) -> ChatGenerationChunk | None:
        return self._convert_chunk_to_generation_chunk(event, AIMessageChunk, None)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        call = self._prepare(messages, stop, kwargs)
        with closing(iterate(call.answer(self._slots))) as answer:
            for chunk in answer:
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        call = await asyncio.to_thread(self._prepare, messages, stop, kwargs)
        async with aclosing(iterate_async(call.answer(self._slots))) as answer:
            async for chunk in answer:
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk


@lru_cache(maxsize=4)
def _http_client(*, trust_env: bool, follow_redirects: bool) -> openai.DefaultAsyncHttpxClient:
    """Make the one client of all such servers: reading the certificates takes a while."""
    return openai.DefaultAsyncHttpxClient(trust_env=trust_env, follow_redirects=follow_redirects)
