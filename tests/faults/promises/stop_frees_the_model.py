"""Who stops, or deletes what is read, has the model freed for others at once."""

import os
import threading
import time
from contextlib import contextmanager
from unittest import mock

from agent import Library
from app.jobs.journal import Journal
from app.jobs.worker import Worker
from app.settings import load_settings
from app.turn import Submission
from tests.agent.strategies.planted import QUESTION, Rule, planted
from tests.faults.promise import Outcome, Promise
from tests.model.openai_server import serving

AT_ONCE = 8  # requests that a call may have under way
PATIENCE_SECONDS = 30


@contextmanager
def at_work(folder, url):
    """Have a worker read with the model at this address; yield its library and journal."""
    environment = {"LONGREAD_HOME": str(folder), "LONGREAD_MODEL": url}
    with mock.patch.dict(os.environ, environment):
        worker = Worker(load_settings())
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            yield Library(folder), Journal(folder)
        finally:
            worker.stop()
            thread.join()


def until(holds):
    """Wait for something; return whether it came to that."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def stopped(folder, number, leave):
    """Return what is wrong when a reading is left in the middle, "" if nothing."""
    with serving() as (url, behaviour):
        rule = Rule()
        behaviour.reply = lambda body: [rule(body["messages"][-1]["content"])]
        behaviour.answer_seconds = 0.1
        behaviour.listed = {"max_model_len": 2_048}
        with at_work(folder, url) as (library, journal):
            document = planted()
            library.keep(document)
            job = journal.submit("ann", (document.id,), Submission(QUESTION, strategy="sweep"))
            if not until(lambda: len(behaviour.requests) > number % 5):
                return "it never began"
            at_stop = len(behaviour.requests)
            leave(journal, job)
            if not until(lambda: not journal.open_jobs()):
                return "it went on"
            time.sleep(0.5)
            more = len(behaviour.requests) - at_stop
            if more > 2 * AT_ONCE:
                return f"{more} requests more"
            other = journal.submit("bob", (document.id,), Submission(QUESTION, strategy="retrieve"))
            if not until(lambda: journal.job("bob", other).state == "done"):
                return "nobody else was served"
    return ""


def tried(count, folder, leave):
    found = [stopped(folder / str(number), number, leave) for number in range(count)]
    return Outcome(count, tuple(filter(None, found)))


def ours(count, folder):
    return tried(count, folder, lambda journal, job: journal.stop("ann", job))


def control(_count, folder):
    with mock.patch.object(Journal, "wants_stop", return_value=False):
        return ours(1, folder)


PROMISE = Promise(
    "Who stops a reading frees the model for the others",
    "a person stops in the middle of a sweep by a model server; no more than the requests under "
    "way come after, and another person is answered",
    ours, control, "reads on to the end", 2, 20,
)  # fmt: skip
