"""A small OpenAI-compatible server on the loopback: real HTTP, answers by rule."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = ["Page ", "17, ", "文書."]
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


@dataclass
class Behaviour:
    """What the server does; tests change it while it runs.

    `fault` is one of "", "html", "status", "breaks off", "silent", "drips", "junk".
    """

    models: list = field(default_factory=lambda: ["Qwen/Qwen2-7B-Instruct"])
    key: str | None = None
    fault: str = ""
    status: int = 500
    failures_left: int = 0
    requests: list = field(default_factory=list)
    reply: Callable[[dict], list[str]] = lambda _body: ANSWER


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        """Keep the test's output clean."""

    @property
    def does(self) -> Behaviour:
        return self.server.behaviour

    def do_GET(self):
        if self._refused():
            return
        if self.path == "/v1/models":
            self._json(
                200, {"data": [{"id": name, "object": "model"} for name in self.does.models]}
            )
        else:
            self._json(404, {"error": {"message": "no such path"}})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.does.requests.append(body)
        if self._refused():
            return
        if body["model"] not in self.does.models:
            self._json(404, {"error": {"message": f"no model {body['model']}"}})
            return
        self._stream(body)

    def _refused(self):
        given = self.headers["authorization"]
        if self.does.key is not None and given != f"Bearer {self.does.key}":
            self._json(401, {"error": {"message": "wrong key"}})
        elif self.does.failures_left > 0:
            self.does.failures_left -= 1
            self._json(503, {"error": {"message": "loading"}})
        elif self.does.fault == "html":
            self._send(200, "text/html", b"<html>It works!</html>")
        elif self.does.fault == "status":
            self._json(self.does.status, {"error": {"message": "out of memory"}})
        else:
            return False
        return True

    def _json(self, status, value):
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, body):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.close_connection = True
        self.end_headers()
        for piece in self.does.reply(body):
            self._event({"choices": [{"index": 0, "delta": {"content": piece}}]})
            if self.does.fault == "breaks off":
                return
            if self.does.fault == "junk":
                self.wfile.write(b"data: {oops\n\n")
            if self.does.fault in {"silent", "drips"}:
                time.sleep(1.0 if self.does.fault == "silent" else 0.2)
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        self._event({"choices": [end]})
        if body.get("stream_options", {}).get("include_usage"):
            self._event({"choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value):
        base = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        self.wfile.write(b"data: " + json.dumps(base | value).encode() + b"\n\n")
        self.wfile.flush()


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that hangs up is what some tests are about."""


@contextmanager
def serving():
    """Serve on a free port; yields the address without /v1, and the behaviour to change."""
    with _QuietServer(("127.0.0.1", 0), _Handler) as server:
        server.behaviour = Behaviour()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", server.behaviour
        finally:
            server.shutdown()
            thread.join()
