"""The events of a streamed answer, read so that whoever stops early leaves nothing open."""

import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final, cast

import anyio
import httpx2
import openai

# Enough for any error message; a page of HTML may be longer.
_BODY_BYTES: Final = 100_000
_DONE: Final = "[DONE]"
# The last two come unmapped from a broken TLS connection; the openai library knows them too.
_BROKEN: Final = (httpx2.TransportError, ssl.SSLError, anyio.EndOfStream)


async def events(response: httpx2.Response) -> AsyncGenerator[dict[str, Any]]:
    """Yield what the server sends, to the word that it is done; to be closed by who stops early.

    Not by `openai.AsyncStream`: one that is not read to its end keeps itself alive, and the
    garbage collector later closes its generators out of turn, in whatever thread it runs.

    Raises:
        openai.APIError: the server says in the stream that something went wrong.
        openai.APIConnectionError: the connection broke.
        ValueError: an event is not JSON.
    """
    source = cast("AsyncGenerator[httpx2.ServerSentEvent]", aiter(httpx2.EventSource(response)))
    async with aclosing(source) as received:
        try:
            async for event in received:
                if event.data.startswith(_DONE):
                    return
                if event.data:
                    yield _checked(json.loads(event.data), response)
        except httpx2.SSEError:
            raise
        except _BROKEN as error:
            raise openai.APIConnectionError(request=response.request) from error


def _checked(value: Any, response: httpx2.Response) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"an event holds {type(value).__name__}")
    if error := value.get("error"):
        raise _said(error, response)
    return value


async def whole_body(response: httpx2.Response) -> bytes:
    """Return the body of a response that is no stream of events, or its beginning."""
    body = b""
    async with aclosing(response.aiter_bytes()) as pieces:
        async for piece in pieces:
            body += piece
            if len(body) > _BODY_BYTES:
                break
    return body


def error_in(body: bytes, response: httpx2.Response) -> openai.APIError | None:
    """Return the error that a body of JSON tells of, whatever its status."""
    try:
        return _said(json.loads(body)["error"], response)
    except (ValueError, KeyError, TypeError):
        return None


def _said(error: Any, response: httpx2.Response) -> openai.APIError:
    message = error.get("message") if isinstance(error, dict) else error
    return openai.APIError(str(message), response.request, body=error)
