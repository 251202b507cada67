"""Several servers of one model as one chat model: each call goes to the smallest that holds it.

Servers stretch a window for all requests alike (YaRN is static there), which costs short prompts
some quality; so people run a plain one beside a stretched one.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Literal, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import (
    agenerate_from_stream,
    generate_from_stream,
)
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding
from langchain_core.tools import BaseTool
from pydantic import Field, field_validator

from model.errors import ContextError, ServerError
from model.server_chat import ChatServer
from model.structured import structured


class ChatRoute(BaseChatModel):
    """A chat model over several servers; made by `model.server.connect` from several addresses.

    A call goes to the server with the smallest window that holds its prompt and the answer it may
    take, by our own count; what the largest cannot hold is a `ContextError`. A server that fails is
    an error: nothing falls back to a larger one.

    Attributes:
        servers: each of them with a known window; kept in the order of these.
    """

    servers: list[ChatServer] = Field(min_length=1)

    @field_validator("servers")
    @classmethod
    def _in_order(cls, servers: list[ChatServer]) -> list[ChatServer]:
        unknown = [server.url for server in servers if server.context_tokens is None]
        if unknown:
            raise ServerError(
                f"{', '.join(unknown)} does not say how many tokens it holds, and calls go to "
                "servers by that: name one address only, or a server that says it"
            )
        return sorted(servers, key=_window)

    @property
    def model_name(self) -> str:
        """What the server with the largest window calls its model."""
        return self._largest.model_name

    @property
    def url(self) -> str:
        """The addresses of the servers, in the order of their windows."""
        return ", ".join(server.url for server in self.servers)

    @property
    def _largest(self) -> ChatServer:
        return self.servers[-1]

    @property
    def _llm_type(self) -> str:
        return "openai-compatible-route"

    def _resolve_model_profile(self) -> ModelProfile | None:
        return self._largest.profile

    def get_token_ids(self, text: str) -> list[int]:
        """Tokenize as Qwen2 does."""
        return self._largest.get_token_ids(text)

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
        **kwargs: Any,
    ) -> int:
        """Count the Qwen2 tokens of the messages in Qwen2's chat template; tools are refused."""
        return self._largest.get_num_tokens_from_messages(messages, tools, **kwargs)

    def bind_tools(
        self, tools: Sequence[Any], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools in the form of the servers' API."""
        bound = self._largest.bind_tools(tools, **kwargs)
        return self.bind(**cast("RunnableBinding[Any, Any]", bound).kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        method: Literal["json_schema", "json_mode", "function_calling"] = "json_schema",
        include_raw: bool = False,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Return answers in the form of `schema`; see `ChatServer.with_structured_output`."""
        if method == "function_calling":
            return super().with_structured_output(schema, include_raw=include_raw, **kwargs)
        return structured(self, schema, method=method, include_raw=include_raw, **kwargs)

    def server_for(self, messages: Sequence[BaseMessage], **kwargs: Any) -> ChatServer:
        """Return the server a call goes to.

        Raises:
            ContextError: no window is large enough.
        """
        prompt_tokens, answer_tokens = self._largest.room_for(messages, **kwargs)
        needed = prompt_tokens + answer_tokens
        server = next((server for server in self.servers if needed <= _window(server)), None)
        if server is None:
            raise ContextError(
                prompt_tokens=prompt_tokens,
                answer_tokens=answer_tokens,
                context_tokens=_window(self._largest),
            )
        return server

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
        server = self.server_for(messages, **kwargs)
        # Not `stream`, which would report one call as two.
        yield from server._stream(messages, stop, run_manager, **kwargs)  # noqa: SLF001

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        server = await asyncio.to_thread(self.server_for, messages, **kwargs)
        answer = server._astream(messages, stop, run_manager, **kwargs)  # noqa: SLF001  as above
        # A generator, though its annotation promises no more than an iterator.
        async with aclosing(cast("AsyncGenerator[ChatGenerationChunk]", answer)) as chunks:
            async for chunk in chunks:
                yield chunk


def _window(server: ChatServer) -> int:
    return server.context_tokens or 0
