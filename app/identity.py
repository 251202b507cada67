"""Who is at the page: each browser is given a secret once, and is known by the hash of it.

That keeps people's documents apart; it proves to nobody who they are.
"""

import hashlib
import secrets
from http.cookies import SimpleCookie
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "longread"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_SECRET_CHARACTERS: Final = 43  # of 32 random bytes


def current() -> str:
    """Return who is at the page that is being drawn; "" for a browser that keeps no cookies."""
    return owner_of(st.context.cookies.get(COOKIE, ""))


def owner_of(secret: str) -> str:
    """Return by what the journal knows the holder of a secret, which it cannot tell from it."""
    if len(secret) != _SECRET_CHARACTERS:
        return ""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


class GiveSecret:
    """Gives a browser its secret with the page, if it has none.

    Plain ASGI: Starlette's `BaseHTTPMiddleware` would wrap the bodies of uploads.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "GET" or _has_secret(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_secret(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _cookie(secure=scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, send_with_secret)


def _has_secret(scope: Scope) -> bool:
    cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    return COOKIE in cookies and bool(owner_of(cookies[COOKIE].value))


def _cookie(*, secure: bool) -> str:
    cookie = SimpleCookie({COOKIE: secrets.token_urlsafe(32)})
    morsel = cookie[COOKIE]
    morsel["path"], morsel["max-age"], morsel["samesite"] = "/", str(_YEAR_SECONDS), "Lax"
    said = f"{morsel.OutputString()}; HttpOnly"
    return f"{said}; Secure" if secure else said
