"""A model server that is stopped and started again in the middle of a long reading."""

import contextlib
import sqlite3
import threading
import time
from collections import Counter

from agent import Library, ask
from agent.errors import ReadError
from agent.events import Answered
from agent.readers.chat import ChatReader
from model.server import ChatServer
from tests.agent.strategies.planted import FINDINGS, QUESTION, Rule, planted
from tests.agent.strategies.swept_in_a_child import digest
from tests.faults.promise import Outcome, Promise
from tests.model.openai_server import running

AT_ONCE = 2
DOWN_SECONDS = 1.5
PAUSES = (0.1, 0.01)  # seconds; calls that wait longer survive it, the others are asked again
TURNS = 5  # asked at most so often


class Serving:
    """Answers windows by rule, and counts how often it has answered each."""

    def __init__(self):
        self.rule, self.times = Rule(), Counter()
        self.lock = threading.Lock()

    def __call__(self, body):
        prompt = body["messages"][-1]["content"]
        time.sleep(0.03)
        said = self.rule(prompt)
        if "Copy out" in prompt:
            with self.lock:
                self.times[digest(prompt)] += 1
        return [said]


def restart_after(windows, serving, up, until):
    """Serve until so many windows are read, be down, serve again until the end."""
    with running() as server:
        url, behaviour = server.reset()
        behaviour.reply = serving
        up.append(url)
        while sum(serving.times.values()) < windows and not until.is_set():
            time.sleep(0.005)
    time.sleep(DOWN_SECONDS)
    with running(int(url.rsplit(":", 1)[1])) as server:
        _, behaviour = server.reset()
        behaviour.reply = serving
        until.wait()


def read(library, url, backoff_seconds):
    """Ask until everything is read; return the answer and how often it was asked."""
    chat = ChatServer(
        model="Qwen/Qwen2-7B-Instruct", base_url=f"{url}/v1", api_key="none",
        total_seconds=10, backoff_seconds=backoff_seconds,
    )  # fmt: skip
    for turn in range(1, TURNS + 1):
        reader = ChatReader(chat, window_tokens=400, at_once=AT_ONCE)
        with contextlib.suppress(ReadError):
            for event in ask(QUESTION, planted(), library=library, model=reader, strategy="sweep"):
                if isinstance(event, Answered) and event.answer.coverage.is_complete:
                    return event.answer, turn
        time.sleep(0.3)
    return None, TURNS


def killed(windows, folder, around, backoff_seconds):
    """Return what is wrong after one restart, "" if nothing."""
    library, serving, up, until = Library(folder), Serving(), [], threading.Event()
    library.keep(planted())
    with around(folder):
        server = threading.Thread(target=restart_after, args=(windows, serving, up, until))
        server.start()
        while not up:
            time.sleep(0.005)
        try:
            answer, _ = read(library, up[0], backoff_seconds)
        finally:
            until.set()
            server.join()
    if answer is None:
        return "it never came to an end"
    if [c.quote for c in answer.citations] != FINDINGS:
        return "another answer"
    again = sum(count - 1 for count in serving.times.values())
    # What was answered when the server went down may not have arrived.
    return f"{again} windows read again" if again > AT_ONCE else ""


@contextlib.contextmanager
def forgetting(folder):
    """Keep no readings while this goes on."""
    over = threading.Event()

    def forget():
        while not over.wait(0.02):
            with contextlib.closing(sqlite3.connect(folder / "library.db", 5)) as connection:
                connection.execute("DELETE FROM reading")
                connection.commit()

    thread = threading.Thread(target=forget)
    thread.start()
    yield
    over.set()
    thread.join()


def tried(numbers, folder, around):
    found = []
    for number in numbers:
        place = folder / str(number)
        place.mkdir()
        pause = PAUSES[number % len(PAUSES)]
        found.append(killed(5 + 7 * number % 20, place, around, pause))
    return Outcome(len(found), tuple(filter(None, found)))


def ours(count, folder):
    return tried(range(count), folder, lambda _folder: contextlib.nullcontext())


def control(_count, folder):
    return tried([1], folder, forgetting)


PROMISE = Promise(
    "A model server that is restarted in the middle of a reading costs nothing that was read",
    "sweeps of 40 pages through a server that goes down for 1.5 seconds after 5 to 24 windows; "
    "asked again until all is read",
    ours, control, "keeps no readings", 2, 20,
)  # fmt: skip
