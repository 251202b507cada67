"""Many people at one page, each with a file of the same name and other words; who sees what?

    python -m tests.faults.people FOLDER (ours|naive) PEOPLE

Prints a line of JSON a person: what is wrong with what they see. The log is standard error.
"""

import json
import os
import re
import sys
import threading
import time
from pathlib import Path
from unittest import mock

from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import app
from app import identity
from app.export import KINDS
from app.identity import COOKIE
from app.jobs.journal import Journal
from app.jobs.worker import Worker
from app.routes import ROUTES
from app.settings import load_settings
from tests.agent.formats.make_pdf import draw, text

NAME = "report.pdf"
QUESTION = "What is the word of the harbour?"
PATIENCE_SECONDS = 300
CANARY = re.compile(r"canary\d+x")


def canary(number):
    """Return the word that nobody but this person has."""
    return f"canary{number}x"


def secret(number):
    """Return by what this person's browser is known."""
    return f"{number:043d}"


def visit(number, **address):
    """Return the page as this person opens it."""
    page = AppTest.from_file(Path(app.__file__).with_name("main.py"), default_timeout=60)
    page.session_state["browser"] = secret(number)
    for name, value in address.items():
        page.query_params[name] = value
    return page.run()


def hand_in(number):
    """Drop a file, and ask about it; return the page."""
    page = visit(number)
    words = f"The word of the harbour is {canary(number)}. Nobody else knows it."
    page.chat_input[0].upload(NAME, draw(text(words)))
    return page.chat_input[0].set_value(QUESTION).run()


def shown(node):
    """Return everything that was sent to a browser, pictures included."""
    parts = [str(node.proto)] if hasattr(node, "proto") else []
    parts += [shown(child) for child in getattr(node, "children", {}).values()]
    return "".join(parts)


def exports(number, jobs):
    """Return what this person is given of all conversations, by address."""
    client = TestClient(Starlette(routes=ROUTES), cookies={COOKIE: secret(number)})
    answers = (client.get(f"/export/{job}.{kind}") for job in jobs for kind in KINDS)
    return "".join(answer.text for answer in answers if answer.status_code == 200)


def links(number, people, journal):
    """Yield what this person sees who follows the links of some others."""
    for step in range(1, min(people, 4)):
        other = (number + step) % people
        job = journal.job(identity.owner_of(secret(other)), other + 1)
        named = job.documents[0][:12] if job and job.documents else ""
        page = visit(number, doc=named, job=str(other + 1), cite=f"{other + 1}-1")
        yield f"the link to {other}'s page", shown(page.main)


def wrong(number, people, page, journal):
    """Return what is wrong with what a person sees."""
    places = {
        "the answer": shown(page.run().main),
        "the library": shown(visit(number, view="library").main),
        "the first page": shown(visit(number).main),
        "exports": exports(number, range(1, people + 1)),
        **dict(links(number, people, journal)),
    }
    for place in ("the answer", "exports"):
        if canary(number) not in places[place]:
            return f"the own word is not in {place}"
    for place, said in places.items():
        if others := set(CANARY.findall(said)) - {canary(number)}:
            return f"{len(others)} words of others in {place}"
    return ""


def main(folder, who, people):
    """Have all of them ask, wait, look, and print a line for each."""
    os.environ["LONGREAD_HOME"] = str(Path(folder) / "home")
    os.environ["LONGREAD_MODEL"] = "quoting"
    worker = Worker(load_settings())
    thread = threading.Thread(target=worker.run)
    thread.start()
    count = int(people)
    everybody = mock.patch.object(identity, "owner_of", return_value="everybody")
    if who == "naive":
        everybody.start()
    pages = [hand_in(number) for number in range(count)]
    journal, end = Journal(load_settings().home), time.monotonic() + PATIENCE_SECONDS
    while journal.open_jobs() and time.monotonic() < end:
        time.sleep(0.05)
    for number, page in enumerate(pages):
        print(json.dumps(wrong(number, count, page, journal)), flush=True)
    worker.stop()
    thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
