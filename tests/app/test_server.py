"""The server as it is started: bound to this machine, closed to other names, guarded by headers."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from app.serve import SERVER
from app.settings import for_server


@contextmanager
def serving(folder, **settings):
    """Start the server from a folder that knows nothing of it; give its output and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(SERVER), "--server.port", "0"],
        cwd=folder,
        env={**os.environ, "LONGREAD_HOME": str(folder / "home"), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    output = ""
    for line in process.stdout:
        output += line
        if found := re.search(r"URL: (http://[^:]+):(\d+)", line):
            break
    try:
        yield found[1], int(found[2])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("elsewhere")) as address:
        yield address


def get(started, path, host="localhost", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", started[1], timeout=10)
    connection.request("GET", path, headers={"Host": host, **headers})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_it_listens_on_this_machine_alone(started):
    # Streamlit prints the address of config.toml, or "localhost" if it found no config.toml.
    assert started[0] == "http://127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/healthz", "/_stcore/health", "/nothing/here.js"])
def test_every_response_forbids_the_browser_to_ask_anyone_else(started, path):
    response, _ = get(started, path)
    policy = dict(
        part.split(" ", 1) for part in response.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "unsafe-eval" not in str(policy)
    assert "unsafe-inline" not in policy["script-src"]
    assert not re.search(r"[*]|https?:", str(policy))
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_healthz_answers_json(started):
    response, body = get(started, "/healthz")
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"status": "ok"}


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "www.localhost", "[::1]"]
)
def test_another_host_name_is_refused(started, host):
    assert get(started, "/", host)[0].status == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST:8501"])
def test_the_names_of_this_machine_are_served(started, host):
    response, body = get(started, "/", host)
    assert response.status == 200
    assert b"<title>" in body


def web_socket(started, host):
    """Return what a browser that came by this name is told when it opens the page's WebSocket."""
    connection = http.client.HTTPConnection("127.0.0.1", started[1], timeout=10)
    headers = {
        "Host": host,
        "Origin": f"http://{host}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_web_socket_for_another_host_is_refused(started):
    assert web_socket(started, "evil.example") in {400, 403}
    assert web_socket(started, "localhost") == 101


def test_further_names_are_served_where_they_are_named(tmp_path):
    with serving(tmp_path, **for_server(["read.example"], "")) as address:
        assert get(address, "/", "read.example")[0].status == 200
        assert get(address, "/", "evil.example")[0].status == 400
        assert web_socket(address, "read.example") == 101
        assert web_socket(address, "evil.example") in {400, 403}


def test_a_program_cannot_drive_the_page(started):
    connection = http.client.HTTPConnection("127.0.0.1", started[1], timeout=10)
    connection.request(
        "POST", "/_stcore/agent/interact", "{}", {"Content-Type": "application/json"}
    )
    status = connection.getresponse().status
    connection.close()
    assert 400 <= status < 500


def test_the_names_of_the_apps_files_shadow_no_library():
    # `streamlit run` puts the folder of server.py first on the import path.
    ours = {path.stem for path in SERVER.parent.iterdir()} - {"__init__", "__pycache__"}
    assert ours.isdisjoint(sys.stdlib_module_names)
    assert ours.isdisjoint({"agent", "app", "model", "streamlit", "starlette", "click"})
