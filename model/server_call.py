"""One call to a server: waiting its turn, requests, pauses, and the answer, in one deadline."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, NoReturn, TypeVar

import httpx2
import openai
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from model.errors import ContextError, ModelError, ServerError
from model.server_events import error_in, events, whole_body
from model.server_failures import BrokenOffError, asked_to_wait_seconds, explain, is_passing
from model.server_prompt import was_cut

T = TypeVar("T")

_CONNECT_SECONDS: Final = 10.0
_BACKOFF_GROWTH: Final = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may take; see the attributes of `ChatServer`."""

    total_seconds: float
    silence_seconds: float
    max_retries: int
    backoff_seconds: float
    context_tokens: int | None


class ServerCall:
    """One call, begun when this is made; `answer` gives its chunks.

    Args:
        requests: a client that does not send again by itself: its own retries know no deadline for
            the whole, give up on a stream that drops before its first word, and would multiply
            with these.
        payload: the body of the request.
        to_chunk: reads one event of the stream.
        prompt_tokens: of the prompt, by our count.
        limits: what the call may take.
    """

    def __init__(
        self,
        requests: openai.AsyncOpenAI,
        payload: dict[str, Any],
        to_chunk: Callable[[dict[str, Any]], ChatGenerationChunk | None],
        *,
        prompt_tokens: int,
        limits: Limits,
    ) -> None:
        self.prompt_tokens = prompt_tokens
        self.answer_tokens: int = (
            payload.get("max_tokens") or payload.get("max_completion_tokens") or 0
        )
        self._requests = requests
        self._payload = payload
        self._to_chunk = to_chunk
        self._limits = limits
        self._url = str(requests.base_url).rstrip("/")
        self._deadline = time.monotonic() + limits.total_seconds
        self._has_words = False
        self._partial = ""

    async def answer(self, slots: asyncio.Semaphore) -> AsyncGenerator[ChatGenerationChunk]:
        """Yield the answer; closing the generator ends the request and frees its slot.

        Raises:
            ContextError: by our count or by the server's, prompt and answer are too long.
            ServerError: anything else; `partial` is what had come.
        """
        self._check_room()
        async with self._slot(slots):
            for attempt in count():
                try:
                    async with aclosing(self._request()) as chunks:
                        async for chunk in chunks:
                            self._partial += chunk.text
                            yield chunk
                except ModelError:
                    raise
                except Exception as error:  # noqa: BLE001  whatever a library raises here
                    await self._pause_or_give_up(error, attempt)
                else:
                    return

    def _check_room(self) -> None:
        context = self._limits.context_tokens
        if context and self.prompt_tokens + self.answer_tokens > context:
            raise ContextError(
                prompt_tokens=self.prompt_tokens,
                answer_tokens=self.answer_tokens,
                context_tokens=context,
            )

    @asynccontextmanager
    async def _slot(self, slots: asyncio.Semaphore) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._remaining_seconds()):
                await slots.acquire()
        except TimeoutError as error:
            raise ServerError(
                f"no earlier request to {self._url} ended within {self._limits.total_seconds:g} "
                "seconds: allow more at once, or more time"
            ) from error
        try:
            yield
        finally:
            slots.release()

    async def _request(self) -> AsyncGenerator[ChatGenerationChunk]:
        """Send the request once; nothing is given out before the first word."""
        held: list[ChatGenerationChunk] = []
        ended = False
        async with self._open() as received:
            while (event := await self._in_time(anext(received, None))) is not None:
                chunk = self._to_chunk(event)
                if chunk is None:
                    continue
                self._check_read(chunk)
                ended = ended or "finish_reason" in (chunk.generation_info or {})
                self._has_words = self._has_words or _has_words(chunk)
                held.append(chunk)
                while self._has_words and held:
                    yield held.pop(0)
        if not ended:
            raise BrokenOffError
        if not self._has_words:
            raise ServerError(f"{self._url} answered nothing: ask again in other words")

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[AsyncGenerator[dict[str, Any]]]:
        """Send the request; yields the events of the stream that comes back."""
        async with AsyncExitStack() as stack:
            request = self._requests.chat.completions.with_streaming_response.create(
                **self._payload,
                # All other waiting is bounded here, by what is left of the deadline.
                timeout=openai.Timeout(None, connect=_CONNECT_SECONDS),
            )
            response = (await self._in_time(stack.enter_async_context(request))).http_response
            if "text/event-stream" not in response.headers.get("content-type", ""):
                await self._in_time(self._refuse(response))
            yield await stack.enter_async_context(aclosing(events(response)))

    async def _refuse(self, response: httpx2.Response) -> NoReturn:
        """Raise what a body that is no stream says: an error with status 200, or a web page."""
        if error := error_in(await whole_body(response), response):
            raise error
        kind = response.headers.get("content-type", "nothing")
        raise ServerError(
            f"{self._url} sent {kind} instead of a stream: "
            "check that this is an OpenAI-compatible address"
        )

    async def _in_time(self, work: Awaitable[T]) -> T:
        """Wait for one thing, no longer than the server may be silent or the call may take.

        Raises:
            TimeoutError: the server was silent for too long.
            ServerError: the deadline has come.
        """
        remaining = self._remaining_seconds()
        is_last = remaining <= self._limits.silence_seconds
        try:
            async with asyncio.timeout(min(remaining, self._limits.silence_seconds)):
                result = await work
        except TimeoutError as error:
            if is_last:
                raise self._too_slow() from error
            raise
        if self._remaining_seconds() <= 0:  # what never has to be waited for never times out
            raise self._too_slow()
        return result

    def _too_slow(self) -> ServerError:
        return ServerError(
            f"the answer of {self._url} took longer than {self._limits.total_seconds:g} seconds: "
            "ask for less, or allow more time",
            partial=self._partial,
        )

    def _remaining_seconds(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def _check_read(self, chunk: ChatGenerationChunk) -> None:
        """Refuse the answer to a prompt of which the server has read a part only."""
        usage = chunk.message.usage_metadata if isinstance(chunk.message, AIMessageChunk) else None
        reported = usage["input_tokens"] if usage else 0
        if was_cut(
            self._payload,
            counted=self.prompt_tokens,
            reported=reported,
            context_tokens=self._limits.context_tokens,
        ):
            raise ServerError(
                f"{self._url} read {reported:,} of the prompt's {self.prompt_tokens:,} tokens and "
                "left the rest out: give it a larger window (OLLAMA_CONTEXT_LENGTH or num_ctx in "
                "Ollama, --ctx-size in llama.cpp), or shorten the prompt",
                partial=self._partial,
            )

    async def _pause_or_give_up(self, error: Exception, attempt: int) -> None:
        """Wait before the next request, where one may help and there is time; else raise."""
        is_connecting = isinstance(error, openai.APITimeoutError)
        failure = explain(
            error,
            self._url,
            _CONNECT_SECONDS if is_connecting else self._limits.silence_seconds,
            partial=self._partial,
            prompt_tokens=self.prompt_tokens,
            answer_tokens=self.answer_tokens,
            context_tokens=self._limits.context_tokens,
        )
        is_final = self._has_words or attempt >= self._limits.max_retries or not is_passing(error)
        pause = asked_to_wait_seconds(error)
        if pause is None:
            longest = self._limits.backoff_seconds * _BACKOFF_GROWTH**attempt
            pause = longest * random.uniform(0.5, 1)  # noqa: S311  keeps clients apart, no secret
        if is_final or isinstance(failure, ContextError) or pause >= self._remaining_seconds():
            raise failure from error
        await asyncio.sleep(pause)


def _has_words(chunk: ChatGenerationChunk) -> bool:
    message = chunk.message
    is_call = isinstance(message, AIMessageChunk) and bool(message.tool_call_chunks)
    return is_call or bool(chunk.text)
