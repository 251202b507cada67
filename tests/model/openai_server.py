"""A small OpenAI-compatible server on the loopback: real HTTP, answers by rule, fails on demand."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from model.tokens import count_tokens

ANSWER = ["Page ", "17, ", "文書."]
# Longer than any test waits; the thread is a daemon.
FOR_EVER = 60.0


@dataclass
class Behaviour:
    """What the server does; tests change it while it runs.

    Attributes:
        models: names in the list of models.
        listed: what the list says of each of them beside the name.
        pages: answers at other addresses, such as `/props`; GET and POST alike.
        key: the one that is right.
        fault: what goes wrong with a chat request; see `_Handler`.
        faults_left: how many more requests it goes wrong with; None for all.
        status: of the fault "status".
        error: what it says.
        headers: sent along with it.
        reply: the pieces of the answer, or a message with tool calls.
        finish: why the answer ended.
        reported_tokens: the prompt tokens it claims to have read; None for all of them.
        answer_seconds: how long an answer takes.
        requests: the bodies of all chat requests.
        at_once: how many of them are under way.
        most_at_once: the most there ever were.
    """

    models: list = field(default_factory=lambda: ["Qwen/Qwen2-7B-Instruct"])
    listed: dict = field(default_factory=dict)
    pages: dict = field(default_factory=dict)
    key: str | None = None
    fault: str = ""
    faults_left: int | None = None
    status: int = 500
    error: dict = field(default_factory=lambda: {"message": "out of memory"})
    headers: dict = field(default_factory=dict)
    reply: Callable[[dict], list[str] | dict] = lambda _body: ANSWER
    finish: str = "stop"
    reported_tokens: int | None = None
    answer_seconds: float = 0.0
    requests: list = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    """Each method named `fault_...` is one way to fail."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        """Keep the test's output clean."""

    def parse_request(self):
        self.does = self.server.behaviour
        return super().parse_request()

    def do_GET(self):
        if self._is_refused():
            return
        if self.does.fault == "html":
            self.fault_html()
        elif self.path == "/v1/models":
            entries = [
                {"id": name, "object": "model"} | self.does.listed for name in self.does.models
            ]
            self._json(200, {"data": entries})
        else:
            self._other_page()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/v1/chat/completions":
            self._other_page()
            return
        self.model = body["model"]
        self.does.requests.append(body)
        with self._counted():
            if self._is_refused():
                return
            fault = self._fault()
            if fault:
                getattr(self, "fault_" + fault.replace(" ", "_"))()
            elif body["model"] not in self.does.models:
                self._json(404, {"error": {"message": f"no model {body['model']}"}})
            else:
                self._answer(body)

    @contextmanager
    def _counted(self):
        with self.does.lock:
            self.does.at_once += 1
            self.does.most_at_once = max(self.does.most_at_once, self.does.at_once)
        try:
            yield
        finally:
            with self.does.lock:
                self.does.at_once -= 1

    def _fault(self):
        if self.does.faults_left is None:
            return self.does.fault
        self.does.faults_left -= 1
        return self.does.fault if self.does.faults_left >= 0 else ""

    def _is_refused(self):
        is_wrong = self.does.key not in {
            None,
            self.headers["authorization"].removeprefix("Bearer "),
        }
        if is_wrong:
            self._json(401, {"error": {"message": "wrong key"}})
        return is_wrong

    def _other_page(self):
        page = self.does.pages.get(self.path)
        self._json(200 if page else 404, page or {"error": {"message": "no such path"}})

    # What is no stream

    def fault_html(self):
        self._send(200, "text/html", b"<html>It works!</html>")

    def fault_status(self):
        self._json(self.does.status, {"error": self.does.error})

    def fault_error_json(self):
        self._json(200, {"error": self.does.error})

    def fault_whole(self):
        message = {"role": "assistant", "content": "All at once."}
        self._json(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    def fault_reset(self):
        # No linger: closing resets the connection.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()

    def fault_hang(self):
        time.sleep(FOR_EVER)

    # Streams that fail before the first word

    def fault_drop(self):
        self._begin()

    def fault_keep_alives(self):
        self._begin()
        for _ in range(int(FOR_EVER / 0.05)):
            self._raw(b": keep-alive\n\n")
            time.sleep(0.05)

    def fault_error_event(self):
        self._begin()
        self._raw(b"data: " + json.dumps({"error": self.does.error}).encode() + b"\n\n")

    def fault_no_choices(self):
        self._begin()
        self._event({"choices": []})
        self._end({"index": 0, "delta": {}, "finish_reason": "stop"}, {})

    def fault_null_choices(self):
        self._begin()
        self._event({"choices": None})

    def fault_shapeless(self):
        self._begin()
        self._event({"choices": [{"text": "of another API"}]})

    # Streams that fail after it

    def fault_break_off(self):
        self._begin()
        self._word("Page ")

    def fault_stall(self):
        self._begin()
        self._word("Page ")
        time.sleep(FOR_EVER)

    def fault_drip(self):
        self._begin()
        for _ in range(int(FOR_EVER / 0.05)):
            self._word("on ")
            time.sleep(0.05)

    def fault_junk(self):
        self._begin()
        self._word("Page ")
        self._raw(b"data: {oops\n\n")

    def fault_late_error(self):
        self._begin()
        self._word("Page ")
        self._raw(b"data: " + json.dumps({"error": self.does.error}).encode() + b"\n\n")

    # What goes well

    def _answer(self, body):
        time.sleep(self.does.answer_seconds)
        reply = self.does.reply(body)
        self._begin()
        self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        if isinstance(reply, dict):
            self._event({"choices": [{"index": 0, "delta": reply}]})
        else:
            for piece in reply:
                self._word(piece)
        finish = "tool_calls" if isinstance(reply, dict) else self.does.finish
        self._end({"index": 0, "delta": {}, "finish_reason": finish}, body)

    def _end(self, choice, body):
        self._event({"choices": [choice]})
        if body.get("stream_options", {}).get("include_usage"):
            self._event({"choices": [], "usage": self._usage(body)})
        self._raw(b"data: [DONE]\n\n")

    def _usage(self, body):
        read = self.does.reported_tokens
        if read is None:
            read = sum(count_tokens([json.dumps(body["messages"], ensure_ascii=False)]))
        return {"prompt_tokens": read, "completion_tokens": 3, "total_tokens": read + 3}

    def _begin(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("connection", "close")
        self.close_connection = True
        self.end_headers()

    def _word(self, text):
        self._event({"choices": [{"index": 0, "delta": {"content": text}}]})

    def _event(self, value):
        base = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": self.model}
        self._raw(b"data: " + json.dumps(base | value).encode() + b"\n\n")

    def _raw(self, data):
        self.wfile.write(data)
        self.wfile.flush()

    def _json(self, status, value):
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status, kind, body):
        self.send_response(status)
        for name, value in self.does.headers.items():
            self.send_header(name, value)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that hangs up is what some tests are about."""


class Running:
    """A running server: its address without /v1, and its behaviour."""

    def __init__(self, server):
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_port}"

    def reset(self):
        """Begin again with a behaviour that no earlier request sees."""
        self._server.behaviour = Behaviour()
        return self.url, self._server.behaviour


@contextmanager
def running(port=0):
    """Serve on a free port, or on this one; yields a `Running`, for several tests."""
    with _QuietServer(("127.0.0.1", port), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Running(server)
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving():
    """Serve on a free port; yields the address without /v1, and the behaviour to change."""
    with running() as server:
        yield server.reset()
