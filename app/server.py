"""The web server: Streamlit behind the headers and checks that keep a page to this machine.

`streamlit run` finds `app` below by its literal form; an imported one would not be found.
"""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent import LibraryError
from app.identity import GiveSecret
from app.jobs.journal import Journal
from app.jobs.keeper import Keeper
from app.quota import UploadQuota
from app.routes import ROUTES
from app.settings import LOCAL_NAMES, go_quiet, load_settings
from app.uploads import clear_leftovers

# A page on another name that resolves to this machine must not get to read documents.
HOSTS: Final = (*LOCAL_NAMES, *load_settings().host_names)
# Whatever a document or a model manages to write into the page, the browser asks nobody else.
# `blob:` scripts are Streamlit's own components; no script is ever evaluated from a string.
_SOURCES: Final = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "script-src": "'self' blob:",
    "connect-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS: Final = {
    "content-security-policy": "; ".join(f"{what} {whence}" for what, whence in _SOURCES.items()),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class SecurityHeaders:
    """Puts `HEADERS` on every HTTP response.

    Plain ASGI: Starlette's `BaseHTTPMiddleware` would wrap the bodies of uploads.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Quieten the libraries, remove what a killed server left, and keep a worker meanwhile."""
    go_quiet()
    home = load_settings().home
    with contextlib.suppress(LibraryError):  # the page says it
        waiting = [upload for job in Journal(home).open_jobs() for upload in job.submission.uploads]
        clear_leftovers(home, waiting)
    keeper = Keeper(home)
    keeper.start()
    yield
    keeper.stop()


app = st.App(
    Path(__file__).with_name("main.py"),
    lifespan=lifespan,
    routes=ROUTES,
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(GiveSecret),
        Middleware(UploadQuota),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
    ],
)
