"""Vectors made behind the page: a quiet line while it lasts, and nobody waits for them."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import app
from agent import Library
from app.jobs.journal import Journal
from app.jobs.worker import Worker
from app.settings import load_settings
from model.errors import WeightsError
from model.scripted import HashedWords
from tests.app.views.reading import ask, drawn, plain

LINE = re.compile(r"Search by meaning: ([\d,]+) of ([\d,]+) passages")
BOAT = "A boat crossed the bay at dawn.\n"
LONG = (
    BOAT + "".join(f"The pump of day {n} was kept in the book.\n" for n in range(6000))
).encode()
QUESTION = "What crossed the bay at dawn?"
OFF = """
import sys, threading
from streamlit.testing.v1 import AppTest
page = AppTest.from_file(sys.argv[1], default_timeout=60).run()
page.chat_input[0].upload("notes.txt", b"The mill burned down in 1902.").set_value("When?").run()
assert not page.exception and not page.error
print({"torch", "faiss", "sentence_transformers"} & set(sys.modules))
"""


@pytest.fixture
def fill(home, monkeypatch):  # noqa: ARG001  # home sets the scene
    """Return a function that starts a worker which loads its library so."""
    monkeypatch.setenv("LONGREAD_EMBEDDER", "by rule")
    running = []

    def start(load):
        worker = Worker(load_settings(), load=load)
        thread = threading.Thread(target=worker.run)
        thread.start()
        running.append((worker, thread))

    yield start
    for worker, thread in running:
        worker.stop()
        thread.join()


@pytest.fixture
def by_rule(home, fill):
    """Have a worker search by meaning, with an embedder that works by rule."""
    fill(lambda: Library(home, HashedWords()))


def left(home):
    """Return how many passages of the only document have no vector."""
    library = Library(home, HashedWords())
    step = next(library.filling([library.documents()[0].id]))
    return step.total - step.done


def lines(page):
    return [found.groups() for each in page.html if (found := LINE.search(each.value))]


def wait(page, condition, seconds=60):
    """Run the page again and again, as its clock does, until it is as it should be."""
    end = time.monotonic() + seconds
    while not condition(page):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


@pytest.mark.usefixtures("by_rule")
def test_a_dropped_document_gets_its_vectors_behind_and_the_line_goes(look, home):
    page = ask(look(), "", notes_md=LONG[:20_000])
    documents = (Library(home).documents()[0].id,)
    wait(page, lambda _: not Journal(home).meanings.meaning(documents).pending)
    page.run()
    assert lines(page) == []
    assert list(page.warning) == []
    assert left(home) == 0


@pytest.mark.usefixtures("by_rule")
def test_a_document_of_the_library_gets_them_when_it_is_opened(look, home, tmp_path):
    (tmp_path / "notes.txt").write_bytes(LONG[:20_000])
    documents = (Library(home).add(tmp_path / "notes.txt").id,)
    page = look()
    (button,) = [each for each in page.button if plain(each.label) == "notes.txt"]
    journal = Journal(home)
    wait(button.click().run(), lambda _: not journal.meanings.meaning(documents).pending)
    assert left(home) == 0


class Held(HashedWords):
    """Embeds a batch, and the next one when it is told to."""

    def __init__(self, go_on):
        super().__init__()
        self._go_on = go_on

    def embed_documents(self, texts):
        if self.embedded:
            assert self._go_on.wait(60)
        return super().embed_documents(texts)


@pytest.fixture
def go_on():
    event = threading.Event()
    yield event
    event.set()


def test_a_question_asked_meanwhile_is_answered(look, home, fill, go_on):
    fill(lambda: Library(home, Held(go_on)))
    page = ask(look(), QUESTION, long_txt=LONG)
    assert f"<mark>{BOAT.strip()}" in drawn(page)
    wait(page, lines)
    page = ask(page, "Who saw the boat at dawn?")
    assert drawn(page).count(f"<mark>{BOAT.strip()}") == 2
    assert Journal(home).meanings.meaning((Library(home).documents()[0].id,)).pending
    go_on.set()


def test_what_fails_is_one_sentence_and_words_go_on_being_searched(look, fill):
    def load():
        raise WeightsError("no embedding model is here")

    fill(load)
    page = wait(ask(look(), QUESTION, notes_txt=BOAT.encode()), lambda page: page.warning)
    (warning,) = page.warning
    assert plain(warning.value) == "Search by meaning is not ready: no embedding model is here"
    assert f"<mark>{BOAT.strip()}" in drawn(page)
    assert not page.error


def test_a_library_that_was_taken_away_is_made_anew_at_the_next_visit(look, home):
    look()
    (home / "library.db").unlink()
    assert look().error
    page = look()
    assert not page.error
    assert page.chat_input


def test_the_page_loads_no_model(home):
    environment = {**os.environ, "LONGREAD_HOME": str(home), "LONGREAD_EMBEDDER": "default"}
    main = Path(app.__file__).with_name("main.py")
    done = subprocess.run(
        [sys.executable, "-c", OFF, str(main)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["set()"], done.stderr
