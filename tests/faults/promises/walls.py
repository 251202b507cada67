"""A parser that was taken over, behind the walls around it."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from agent.formats import sandbox
from agent.formats.isolate import CHILD, walls
from tests.faults.promise import Outcome, Promise

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


def tried(folder, change):
    (folder / "secret.txt").write_text("nobody's business")
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = {"SECRET": str(folder / "secret.txt"), "FOLDER": str(folder),
                 "PORT": server.getsockname()[1]}  # fmt: skip
        source = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        source += TRIES.replace("WALLS", change)
        request = {"name": "a.txt", "memory_bytes": 10**9, "cpu_seconds": 9}
        request |= {"path": [p for p in sys.path if p], "agent": str(ROOT / "agent")}
        start = CHILD[-1].replace("from agent.formats.child import main\nmain()\n", source)
        ran = subprocess.run(
            [*CHILD[:-1], start, json.dumps(request)],
            stdin=subprocess.DEVNULL, capture_output=True, check=True,
        )  # fmt: skip
    came = json.loads(ran.stdout.splitlines()[-1])["document"]
    if "network" not in walls():
        came.pop("send")
    return Outcome(len(came), tuple(what for what, outcome in came.items() if outcome == "done"))


def ours(_count, folder):
    if not sandbox.version():
        return Outcome(0, skipped="needs Landlock")
    return tried(folder, "")


def control(_count, folder):
    return tried(folder, "child.confine = lambda *_: None")


PROMISE = Promise(
    "A parser that was taken over reads, writes, starts and reaches nothing (Linux)",
    "in the place of parsing a child opens, lists, writes, removes, connects, sends and starts",
    ours, control, "parses without walls", 7, 8,
)  # fmt: skip
