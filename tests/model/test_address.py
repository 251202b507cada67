"""What is meant for a server goes to that server: past proxies, and never on to another."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from model import server_chat
from model.address import http_settings, is_this_machine
from model.choose import choose
from model.errors import ServerError
from model.server import ChatServer
from tests.model.openai_server import ANSWER, serving


@contextmanager
def catching(status=500, location=""):
    """Serve on a free port; yields the address, and the paths that were asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_CONNECT = do_GET  # noqa: N815  # as the server calls them

        def log_message(self, *_args):
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def chat_server(url):
    return ChatServer(
        model="Qwen/Qwen2-7B-Instruct", base_url=f"{url}/v1", api_key="none", max_tokens=50,
        total_seconds=10, backoff_seconds=0.01,
    )  # fmt: skip


@pytest.fixture(params=["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def proxied(request, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with catching() as (url, asked):
        monkeypatch.setenv(request.param, url)
        server_chat._http_client.cache_clear()  # it was made in another environment
        yield asked
    server_chat._http_client.cache_clear()


def test_a_proxy_of_the_environment_sees_nothing_of_a_server_on_this_machine(proxied):
    with serving() as (url, _):
        assert chat_server(url).invoke("Where?").text == "".join(ANSWER)
        assert choose(url).model().invoke("Where?").text == "".join(ANSWER)
    assert proxied == []


def test_a_server_beyond_this_machine_is_reached_as_the_environment_says(proxied):
    with pytest.raises(ServerError):
        chat_server("http://model.example").invoke("Where?")
    assert proxied


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_an_answer_that_sends_the_request_on_is_a_failure(status):
    with (
        catching() as (elsewhere, caught),
        catching(status, f"{elsewhere}/v1/chat/completions") as (url, asked),
    ):
        with pytest.raises(ServerError, match=str(status)):
            chat_server(url).invoke("Where?")
        with pytest.raises(ServerError):
            choose(url)
    assert asked
    assert caught == []


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("10.0.0.1", False), ("localhost.example", False), ("", False),
        ("127.0.0.1.example", False), ("2130706433", False), ("gpu", False),
    ],
)  # fmt: skip
def test_only_what_can_mean_nothing_else_is_this_machine(host, here):
    assert is_this_machine(host) is here


def test_what_stands_before_the_host_in_an_address_is_not_the_host():
    assert http_settings("http://127.0.0.1@model.example/v1")["trust_env"] is True
