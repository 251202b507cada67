"""A small hub on this machine: the few endpoints that a download asks, and the ways it can fail."""

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

REVISION = "1" * 40


@dataclass
class Hub:
    """What the hub holds and how it behaves.

    Attributes:
        name: the only repository.
        files: its files.
        large: names of those kept as LFS, with a SHA-256.
        break_after: bytes after which a connection breaks off, by file; used up once.
        then: the status of every request for a file after that, 0 for the usual.
        damage: the name of a file whose bytes are changed on the way.
        claimed: sizes that are listed instead of the real ones.
        requests: method, path and range of each request.
    """

    name: str
    files: dict[str, bytes]
    large: set[str]
    break_after: dict[str, int] = field(default_factory=dict)
    then: int = 0
    damage: str = ""
    claimed: dict[str, int] = field(default_factory=dict)
    status: int = 0
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    def sha256(self, name):
        return hashlib.sha256(self.files[name]).hexdigest()

    def fetched(self):
        """Return the names of the files that were asked for, with their ranges."""
        marker = f"/resolve/{REVISION}/"
        return [
            (path.rpartition(marker)[2], range_)
            for method, path, range_ in self.requests
            if method == "GET" and marker in path
        ]


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def log_message(self, *_):
        pass

    def answer(self):
        hub, path = self.hub, urlsplit(self.path).path
        hub.requests.append((self.command, path, self.headers.get("Range", "")))
        assert "authorization" not in {key.lower() for key in self.headers}
        base = f"/api/models/{hub.name}"
        if hub.status:
            self.send(hub.status, b"{}")
        elif path in {base, f"{base}/revision/main"}:
            self.send(200, json.dumps(self.info()).encode())
        elif path == f"{base}/tree/{REVISION}":
            self.send(200, json.dumps(self.tree()).encode())
        elif path.startswith(f"/{hub.name}/resolve/"):
            self.send_file(path.split("/resolve/")[1].partition("/")[2])
        else:
            self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def lfs(self, name):
        size = self.hub.claimed.get(name, len(self.hub.files[name]))
        return {"sha256": self.hub.sha256(name), "size": size, "pointerSize": 1}

    def info(self):
        siblings = [
            {"rfilename": name, "size": len(data), "blobId": hashlib.sha1(data).hexdigest()}  # noqa: S324
            | ({"lfs": self.lfs(name)} if name in self.hub.large else {})
            for name, data in self.hub.files.items()
        ]
        return {"id": self.hub.name, "sha": REVISION, "siblings": siblings}

    def tree(self):
        return [
            {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}  # noqa: S324
            | (
                {"lfs": self.lfs(name) | {"oid": self.hub.sha256(name)}}
                if name in self.hub.large
                else {}
            )
            for name, data in self.hub.files.items()
        ]

    def send_file(self, name):
        hub, data = self.hub, self.hub.files[name]
        headers = {"ETag": f'"{hub.sha256(name)}"', "X-Repo-Commit": REVISION}
        if self.command == "GET" and name in hub.large and hub.then and not hub.break_after:
            return self.send(hub.then, b"{}")
        if name == hub.damage:
            data = data[:-1] + bytes([data[-1] ^ 1])
        status, start = 200, 0
        if wanted := self.headers.get("Range"):
            status, start = 206, int(wanted.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        stop = hub.break_after.pop(name, None) if self.command == "GET" else None
        self.send(status, data[start:], headers, stop)
        return None

    def send(self, status, body, headers=None, stop=None):
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:stop])
        self.close_connection = True


@contextmanager
def serving_hub(hub):
    """Serve a hub; gives its address."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
