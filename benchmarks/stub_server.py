"""A server that plays a model for benchmarks: answers by rule at once, counts what it is sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

MODEL = "stub"
WINDOW = 32_768

Rule = Callable[[str], str | None]
"""From the text of a whole request to the answer; None for an error of the server."""


@dataclass
class Sent:
    """The prompts a server was sent, whole, in the order they came."""

    rule: Rule
    prompts: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    sent: ClassVar[Sent]

    def log_message(self, *_args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Name the one model there is."""
        listed = {"id": MODEL, "object": "model", "max_model_len": WINDOW}
        self._send("application/json", json.dumps({"object": "list", "data": [listed]}))

    def do_POST(self) -> None:
        """Answer a chat, as a stream where one is asked for."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = "\n\n".join(_text(message["content"]) for message in body["messages"])
        with self.sent.lock:
            self.sent.prompts.append(prompt)
        reply = self.sent.rule(prompt)
        if reply is None:
            self._send("application/json", '{"error": {"message": "out of memory"}}', 500)
        elif body.get("stream"):
            chunks = [_chunk({"role": "assistant", "content": reply}), _chunk({}, "stop")]
            lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
            self._send("text/event-stream", "".join(lines) + "data: [DONE]\n\n")
        else:
            message = {"role": "assistant", "content": reply}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send("application/json", json.dumps({"id": "1", "choices": [choice]}))

    def _send(self, kind: str, text: str, status: int = 200) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _chunk(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "model": MODEL, "choices": [choice]}


def _text(content: str | list[dict[str, str]]) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@contextmanager
def answering(rule: Rule) -> Iterator[tuple[str, Sent]]:
    """Serve on a free port of this machine; yields the address and what is sent."""
    sent = Sent(rule)
    handler = type("Handler", (_Handler,), {"sent": sent})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", sent
        finally:
            server.shutdown()
            thread.join()
