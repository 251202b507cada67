"""Steps with arguments drawn by chance: they reach only the documents that were asked about."""

import json
import random
import sys
from functools import cache
from pathlib import Path

from agent import Library, ask
from agent.errors import ReadError
from agent.readers.chat import ChatReader
from agent.strategies.reason import STEPS
from model.scripted import ScriptedChatModel
from tests.faults.promise import Outcome, Promise
from tests.make import make_document

HIDDEN = "The secret code of the harbour master is 4711."
_PIECES = (
    "../../etc/passwd", "/etc/shadow", "http://192.0.2.1/x", "file:///", "secret.txt",
    "'; DROP TABLE document; --", '"', "{", "\x00", "secret code", "%s%n", "$(id)", "文",
)  # fmt: skip
_REACHES_OUT = ("socket.connect", "socket.send", "socket.getaddrinfo", "socket.bind",
                "subprocess.", "os.system", "os.exec", "os.posix_spawn")  # fmt: skip
_ACTIONS = ("search", "read", "sweep", "outline", "answer", "open", "shell", "", "READ")
_NUMBERS = (0, 1, 2, 3, -1, 7, 10**6, 10**12, 2**63, 1.5, "1", None, [1], True)
_watched = []


def _watch(event, details):
    """Note what reaches out of this process, or touches files beside the library."""
    if not _watched:
        return
    home, noted = _watched[0]
    if event.startswith(_REACHES_OUT):
        noted.append(event)
    elif event in {"open", "sqlite3.connect", "os.listdir", "os.remove", "os.rename"}:
        place = str(details[0])
        if not place.startswith(home) and not place.startswith(_OWN) and place.startswith("/"):
            noted.append(f"{event} {place}")


_OWN = tuple({sys.prefix, sys.base_prefix, str(Path.cwd()), "/dev/", "/proc/"})


@cache
def _hook():
    sys.addaudithook(_watch)  # it cannot be taken out again, so it is asleep between tries


def step(chance):
    """Return a step as a model that is out of its mind would name it."""
    said = {
        "looking_for": "".join(chance.choices(_PIECES, k=chance.randint(0, 4))),
        "action": chance.choice(_ACTIONS),
        "document": chance.choice(_NUMBERS),
        "first_page": chance.choice(_NUMBERS),
        "last_page": chance.choice(_NUMBERS),
    }
    if chance.random() < 0.6:  # of the right form, or nothing would get past that
        said["action"] = chance.choice(_ACTIONS[:4])
        for name in ("document", "first_page", "last_page"):
            said[name] = chance.choice((1, 1, 1, 2, 3, 10**6))
    return json.dumps(said)


def ours(count, folder):
    _hook()
    library = Library(folder / "home")
    letters = make_document(*(f"Page {n}. The river was low.\n\n" for n in range(3)), name="a.txt")
    library.keep(letters)
    library.keep(make_document(HIDDEN, name="secret.txt"))
    chance, named, broken = random.Random(6), [0], []

    def reply(prompt):
        if HIDDEN in prompt:
            broken.append("another document was read")
        if "Choose the next step" in prompt:
            named[0] += 1
            return step(chance)
        return "NONE" if "Copy out" in prompt else "NOT FOUND"

    reader = ChatReader(ScriptedChatModel(reply=reply))
    while named[0] < count:
        noted = []
        _watched.append((str(folder), noted))
        try:
            for _ in ask(f"What? {named[0]}", letters, library=library, model=reader,
                         strategy="reason"):  # fmt: skip
                pass
        except ReadError as error:
            noted.append(str(error))
        finally:
            _watched.clear()
        broken += noted
    return Outcome(named[0], tuple(broken))


def control(_count, folder):
    _hook()
    chance, noted = random.Random(6), []
    _watched.append((str(folder), noted))
    try:
        for _ in range(STEPS * 20):
            named = json.loads(step(chance))["looking_for"]
            try:
                with open(named or "/") as file:  # noqa: PTH123 - the naive tool
                    file.read()
            except (OSError, ValueError):
                continue
    finally:
        _watched.clear()
    return Outcome(STEPS * 20, tuple(noted))


PROMISE = Promise(
    "Whatever a model names as its next step, nothing but the documents asked about is read",
    "steps drawn by chance, paths, addresses and SQL among them; an audit hook notes every file, "
    "socket and process, and a second document must never be seen",
    ours, control, "opens the file that a step names", 300, 10_000,
)  # fmt: skip
