"""The thread that makes vectors: its order, its manners, its failures and its end."""

import time

import pytest

from agent import Library, LibraryError
from app import filling
from app.filling import Filler, Meaning
from model.errors import WeightsError
from model.scripted import HashedWords
from tests.make import make_document

SECONDS = 60  # far more than any wait here takes


def until(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def keep(library, name, sentences):
    """Add a document of so many sentences, each another; return what it is asked for by."""
    text = "".join(f"The {name} of day {n} was kept in the book.\n" for n in range(sentences))
    document = make_document(text, name=f"{name}.txt")
    library.keep(document)
    return (document.id,)


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


@pytest.fixture
def embedder():
    return HashedWords()


@pytest.fixture
def filler(library, embedder):
    filler = Filler(library, lambda: Library(library.home, embedder))
    yield filler
    filler.stop()


def first_step(library, embedder, documents):
    return next(Library(library.home, embedder).filling(documents))


def test_what_is_wanted_gets_its_vectors_and_is_searched_by_meaning_from_then_on(
    library, embedder, filler
):
    documents = keep(library, "ferry", 60)
    assert filler.library is library
    filler.want(documents)
    assert filler.meaning(documents).pending
    until(lambda: filler.meaning(documents) == Meaning())
    step = first_step(library, embedder, documents)
    assert step.done == step.total > 1
    assert filler.library is not library
    assert filler.library.search("no such words", documents, 3)


def test_what_is_wanted_last_is_done_first_and_the_rest_after_it(library, embedder, filler):
    long, short = keep(library, "ferry", 6000), keep(library, "pump", 10)
    filler.want(long)
    until(lambda: filler.meaning(long).done)
    filler.want(short)
    until(lambda: not filler.meaning(short).pending)
    assert filler.meaning(long).pending
    texts = len(embedder.embedded)
    until(lambda: len(embedder.embedded) > texts)
    assert len(set(embedder.embedded)) == len(embedder.embedded)  # none of them twice


def test_it_stops_in_the_middle_and_keeps_what_is_done(library, embedder, filler):
    documents = keep(library, "ferry", 6000)
    filler.want(documents)
    until(lambda: filler.meaning(documents).done)
    began = time.monotonic()
    filler.stop()
    assert time.monotonic() - began < 2
    assert not filler._thread.is_alive()
    step = first_step(library, embedder, documents)
    assert 0 < step.done < step.total
    filler.want(documents)  # and nothing begins again
    assert not filler._thread.is_alive()


def test_it_stops_while_it_waits(filler):
    filler.want(())
    until(lambda: not filler.meaning(()).pending)
    filler.stop()
    assert not filler._thread.is_alive()


def test_a_document_removed_meanwhile_is_said_and_the_others_go_on(library, filler):
    gone, here = keep(library, "ferry", 5), keep(library, "pump", 5)
    library.remove(*gone)
    filler.want(here)
    filler.want(gone)
    until(lambda: not filler.meaning(here).pending and not filler.meaning(gone).pending)
    assert gone[0][:12] in filler.meaning(gone).failure
    assert filler.meaning(here) == Meaning()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (WeightsError("no embedding model is here"), "no embedding model is here"),
        (LibraryError("the disk is full."), "the disk is full."),
        (RuntimeError("no kernel\nfor this"), "it failed unexpectedly (RuntimeError: no kernel)."),
        (MemoryError(), "it failed unexpectedly (MemoryError)."),
    ],
)
def test_a_failure_is_kept_as_a_sentence_until_another_try_succeeds(library, embedder, error, said):
    failures = [error]

    def load():
        if failures:
            raise failures.pop()
        return Library(library.home, embedder)

    filler, documents = Filler(library, load), keep(library, "ferry", 5)
    filler.want(documents)
    until(lambda: not filler.meaning(documents).pending)
    assert filler.meaning(documents) == Meaning(failure=said)
    assert filler.library is library
    filler.want(documents)
    until(lambda: filler.meaning(documents) == Meaning())
    filler.stop()


def test_while_a_question_is_answered_it_rests(library, embedder, filler):
    documents = keep(library, "ferry", 20)
    with filler.answering():
        filler.want(documents)
        time.sleep(0.3)
        assert embedder.embedded == []
    until(lambda: not filler.meaning(documents).pending)
    assert embedder.embedded


def test_an_answer_that_takes_long_does_not_hold_it_up_for_ever(
    library, embedder, filler, monkeypatch
):
    monkeypatch.setattr(filling, "PATIENCE_SECONDS", 0.01)
    documents = keep(library, "ferry", 20)
    with filler.answering():
        filler.want(documents)
        until(lambda: not filler.meaning(documents).pending)
    assert embedder.embedded


def test_without_an_embedder_there_is_no_thread(library):
    filler, documents = Filler(library, None), keep(library, "ferry", 5)
    filler.want(documents)
    assert filler.meaning(documents) == Meaning()
    assert filler._thread is None
    filler.stop()
