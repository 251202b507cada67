"""Who is at the page: whom a trusted proxy names, or else each browser by a secret of its own.

A secret keeps people's documents apart; it proves to nobody who they are. What a proxy says is
believed, so the page must be reached through it alone.
"""

import hashlib
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings

COOKIE: Final = "longread"
_OF_TAB: Final = "browser"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_SECRET_CHARACTERS: Final = 43  # of 32 random bytes


def current(settings: Settings) -> str:
    """Return who is at the page that is being drawn; "" for nobody that a proxy knows.

    Who keeps no cookies is somebody new in each tab, at each visit.
    """
    known = _known(settings, st.context.headers, st.context.cookies)
    if known or settings.user_header:
        return known
    return owner_of(st.session_state.setdefault(_OF_TAB, secrets.token_urlsafe(32)))


def of_request(settings: Settings, request: Request) -> str:
    """Return who asks one of our own routes; "" for nobody that can be known."""
    return _known(settings, request.headers, request.cookies)


def _known(settings: Settings, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    if not settings.user_header:
        return owner_of(cookies.get(COOKIE, ""))
    name = headers.get(settings.user_header, "").strip()
    return _hashed(f"user {name}") if name else ""


def owner_of(secret: str) -> str:
    """Return by what the journal knows the holder of a secret, which it cannot tell from it."""
    if len(secret) != _SECRET_CHARACTERS:
        return ""
    return _hashed(secret)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


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
