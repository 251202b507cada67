"""The walls around the child: what it tries behind them fails, and without them would not."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agent.formats import sandbox
from agent.formats.isolate import CHILD, walls
from app.doctor import walls_line

ROOT = Path(__file__).parents[3]
# Put in the place of parsing: what a parser that was taken over would do.
TRIES = """
import os, socket, json
def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"
def ask(kind, address):
    with socket.socket(socket.AF_INET, kind) as asked:
        asked.settimeout(1)
        asked.connect(address)
def start():
    child = os.fork()
    if child == 0:
        try:
            os.execv("/bin/true", ["true"])
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        raise PermissionError
tries = {
    "read another file": lambda: open(SECRET).close(),
    "list a folder": lambda: os.listdir(FOLDER),
    "read what all can": lambda: open("/etc/passwd").close(),
    "write": lambda: open(FOLDER + "/new", "w").close(),
    "remove": lambda: os.unlink(SECRET),
    "connect": lambda: ask(socket.SOCK_STREAM, ("127.0.0.1", PORT)),
    "send": lambda: ask(socket.SOCK_DGRAM, ("192.0.2.1", 53)),
    "start a program": start,
}
import agent.formats.child as child
child._do = lambda *_: {"document": {name: tried(what) for name, what in tries.items()}}
child._limit = lambda *_: None
WALLS
child.main()
"""


@pytest.fixture
def tried(tmp_path):
    """Return a function that has a child try it all, and says what came of each."""
    secret = tmp_path / "secret.txt"
    secret.write_text("nobody's business")
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = {"SECRET": str(secret), "FOLDER": str(tmp_path), "PORT": server.getsockname()[1]}
        tries = "".join(f"{name} = {value!r}\n" for name, value in names.items()) + TRIES

        def try_all(walls):
            source = tries.replace("WALLS", walls)
            request = {"name": "a.txt", "memory_bytes": 10**9, "cpu_seconds": 9}
            request |= {"path": [p for p in sys.path if p], "agent": str(ROOT / "agent")}
            start = CHILD[-1].replace("from agent.formats.child import main\nmain()\n", source)
            ran = subprocess.run(
                [*CHILD[:-1], start, json.dumps(request)],
                stdin=subprocess.DEVNULL, capture_output=True, check=True,
            )  # fmt: skip
            return json.loads(ran.stdout.splitlines()[-1])["document"]

        yield try_all


def test_behind_the_walls_nothing_can_be_read_written_reached_or_started(tried):
    if not sandbox.version():
        pytest.skip("needs Landlock")
    outcomes = tried("")
    if "network" not in walls():
        outcomes.pop("send")
    assert set(outcomes.values()) <= {"PermissionError", "OSError"}, outcomes


def test_without_them_all_of_it_could(tried):
    """The control: a child that would not confine itself is caught by the same tries."""
    outcomes = tried("child.confine = lambda *_: None")
    assert {name for name, outcome in outcomes.items() if outcome != "done"} <= {"send"}


def test_what_cannot_be_built_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    assert sandbox.confine([]) == ()
    assert sandbox.version() == 0
    monkeypatch.setattr("app.doctor.walls", lambda: ())
    assert "no walls" in walls_line()
    monkeypatch.setattr("app.doctor.walls", lambda: ("files", "network"))
    assert walls_line().endswith("it reads no other files, starts nothing, reaches no network")


def test_parsers_are_made_of_packages_and_of_no_folder_one_works_in():
    readable = sandbox.readable_folders("/x/agent", ["/home/me/papers", "/v/lib/site-packages"])
    assert "/home/me/papers" not in readable
    assert {"/x/agent", "/v/lib/site-packages", sys.prefix} <= set(readable)
