"""Each browser has a secret of its own, and the journal does not know it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.identity import COOKIE, GiveSecret, of_request, owner_of
from app.settings import Settings

LOCAL = Settings(Path("home"), "", "", Path("hub"), "quoting")
BEHIND = replace(LOCAL, user_header="X-User")


@pytest.fixture
def client():
    routes = [
        Route("/", lambda _request: HTMLResponse("<html></html>")),
        Route("/data", lambda _request: JSONResponse({})),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(GiveSecret)]))


def test_a_browser_is_given_a_secret_with_the_page_and_keeps_it(client):
    said = client.get("/").headers["set-cookie"]
    assert re.fullmatch(
        rf"{COOKIE}=[\w-]{{43}}; Max-Age=31536000; Path=/; SameSite=Lax; HttpOnly", said
    )
    assert "set-cookie" not in client.get("/").headers


def test_two_browsers_are_two_people(client):
    secrets = []
    for _ in range(2):
        client.cookies.clear()
        client.get("/")
        secrets.append(client.cookies[COOKIE])
    first, second = map(owner_of, secrets)
    assert first != second
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert not set(secrets) & {first, second}


def test_only_pages_give_secrets_and_what_is_none_is_replaced(client):
    assert "set-cookie" not in client.get("/data").headers
    client.cookies.set(COOKIE, "short")
    assert "set-cookie" in client.get("/").headers
    assert owner_of("short") == owner_of("") == ""
    assert (
        "Secure"
        in TestClient(client.app, base_url="https://testserver").get("/").headers["set-cookie"]
    )


def asked(**headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def test_behind_a_proxy_its_word_counts_and_no_cookie():
    cookie = f"{COOKIE}={'s' * 43}"
    ann = of_request(BEHIND, asked(x_user="ann", cookie=cookie))
    assert ann == of_request(BEHIND, asked(x_user=" ann "))
    assert len({ann, of_request(BEHIND, asked(x_user="bob")), owner_of("s" * 43)}) == 3
    assert of_request(BEHIND, asked(cookie=cookie)) == of_request(BEHIND, asked(x_user=" ")) == ""
    assert of_request(LOCAL, asked(x_user="ann", cookie=cookie)) == owner_of("s" * 43)
