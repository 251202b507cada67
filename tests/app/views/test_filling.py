"""Vectors made behind the page: a quiet line while it lasts, and nobody waits for them."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import app
from agent import Library
from app.filling import shared_filler
from app.settings import load_settings
from model.errors import WeightsError
from model.scripted import HashedWords
from tests.app.views.reading import drawn, plain

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
assert len(page.subheader) == 1 and not page.exception and not page.error
print({"torch", "faiss", "sentence_transformers"} & set(sys.modules))
print([thread.name for thread in threading.enumerate() if thread.name == "filling"])
"""


@pytest.fixture
def filler(home, monkeypatch):
    """Have the page search by meaning, with an embedder that works by rule."""
    monkeypatch.setenv("LONGREAD_EMBEDDER", "hashed words")
    return shared_filler(load_settings(), lambda: Library(home, HashedWords()))


def lines(page):
    return [found.groups() for each in page.html if (found := LINE.search(each.value))]


def drop(page, question="", **files):
    for name, content in files.items():
        page.chat_input[0].upload(name.replace("_", "."), content)
    return page.chat_input[0].set_value(question).run()


def wait(page, condition, seconds=60):
    """Run the page again and again, as its clock does, until it is as it should be."""
    end = time.monotonic() + seconds
    while not condition(page):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


def test_a_dropped_document_gets_its_vectors_behind_and_the_line_goes(visit, filler):
    page = drop(visit(), notes_md=LONG[:20_000])
    documents = (filler.library.documents()[0].id,)
    wait(page, lambda _: not filler.meaning(documents).pending)
    page.run()
    assert (lines(page), list(page.warning)) == ([], [])
    step = next(filler.library.filling(documents))
    assert step.done == step.total > 1


def test_a_document_of_the_library_gets_them_when_it_is_opened(visit, filler, home, tmp_path):
    (tmp_path / "notes.txt").write_bytes(LONG[:20_000])
    documents = (Library(home).add(tmp_path / "notes.txt").id,)
    page = visit()
    (button,) = [each for each in page.button if plain(each.label) == "notes.txt"]
    wait(button.click().run(), lambda _: not filler.meaning(documents).pending)
    step = next(filler.library.filling(documents))
    assert step.done == step.total > 1


def test_a_question_asked_meanwhile_is_answered(visit, filler):
    page = drop(visit(), QUESTION, long_txt=LONG)
    documents = (filler.library.documents()[0].id,)
    assert f"<mark>{BOAT.strip()}" in drawn(page)
    wait(page, lines)
    page = drop(page, "Who saw the boat at dawn?")
    assert drawn(page).count(f"<mark>{BOAT.strip()}") == 2
    assert filler.meaning(documents).pending
    ((done, total),) = lines(page)
    assert int(done.replace(",", "")) < int(total.replace(",", ""))


def test_what_fails_is_one_sentence_and_words_go_on_being_searched(visit, home, monkeypatch):
    def load():
        raise WeightsError("no embedding model is here")

    monkeypatch.setenv("LONGREAD_EMBEDDER", "none here")
    shared_filler(load_settings(), load)
    page = wait(drop(visit(), QUESTION, notes_txt=BOAT.encode()), lambda page: page.warning)
    (warning,) = page.warning
    said = "Search by meaning is not ready: no embedding model is here"
    assert plain(warning.value) == said
    assert f"<mark>{BOAT.strip()}" in drawn(page)
    assert not page.error
    assert home.exists()


def test_reruns_and_sessions_share_one_library(visit, filler):
    page, other = visit(), visit()
    drop(page, notes_txt=BOAT.encode())
    other.run()
    assert shared_filler(load_settings()) is filler
    wait(page, lambda _: not filler.meaning(()).pending)
    library = filler.library
    page.run()
    other.run()
    assert filler.library is library


def test_a_library_that_was_taken_away_is_made_anew_at_the_next_visit(visit, home):
    visit()
    (home / "library.db").unlink()
    assert visit().error
    page = visit()
    assert not page.error
    assert page.chat_input


def test_a_page_that_searches_by_words_alone_loads_no_model_and_starts_no_thread(home):
    environment = {**os.environ, "LONGREAD_HOME": str(home)}
    main = Path(app.__file__).with_name("main.py")
    done = subprocess.run(
        [sys.executable, "-c", OFF, str(main)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["set()", "[]"], done.stderr
