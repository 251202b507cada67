"""The worker: jobs are done as they were handed in, stopped, and put back when it ends."""

import threading
import time
from dataclasses import replace

import pytest

from agent import Library
from app import strings
from app.jobs.journal import Journal
from app.jobs.worker import Worker
from app.settings import load_settings
from app.turn import Submission, Turn, take_turn
from app.uploads import keep_upload

TEXT = b"The lighthouse at Skerry Point was lit for the first time on 3 May 1871.\n"
QUESTION = "When was the lighthouse at Skerry Point lit?"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LONGREAD_MODEL", "quoting")
    monkeypatch.delenv("LONGREAD_EMBEDDER", raising=False)
    return load_settings()


@pytest.fixture
def journal(settings):
    return Journal(settings.home)


@pytest.fixture
def start(settings):
    """Return a function that starts a worker, which is stopped at the end."""
    running = []

    def begin(**options):
        worker = Worker(settings, **options)
        thread = threading.Thread(target=worker.run)
        thread.start()
        running.append((worker, thread))
        return worker, thread

    yield begin
    for worker, thread in running:
        worker.stop()
        thread.join()


def over(journal, number, owner="ann"):
    """Wait until a job is done, and return it."""
    end = time.monotonic() + 30
    while (job := journal.job(owner, number)).state != "done":
        assert time.monotonic() < end
        time.sleep(0.02)
    return job


def upload(settings, tmp_path, data=TEXT):
    path = tmp_path / "dropped"
    path.write_bytes(data)
    with path.open("r+b") as content:
        return keep_upload("notes.txt", content, settings.home)


def test_a_file_and_a_question_are_answered_and_the_file_is_theirs(
    settings, journal, start, tmp_path
):
    start()
    kept = upload(settings, tmp_path)
    number = journal.submit("ann", (), Submission(QUESTION, (kept,)))
    job = over(journal, number)
    (entry,) = Library(settings.home).documents()
    assert job.turn.done
    assert job.documents == (entry.id,)
    assert job.turn.sources[0].citation.quote.startswith("The lighthouse")
    assert job.turn.steps[-1] == "Done"
    assert journal.owners.owned() == {entry.id: {"ann"}}
    assert not kept.path.parent.exists()
    assert (tmp_path / "dropped").read_bytes() == b""  # no copy stays where it came from


def test_a_question_handed_in_while_a_file_is_added_is_about_that_file(
    settings, journal, start, tmp_path
):
    added = journal.submit("ann", (), Submission("", (upload(settings, tmp_path),)))
    asked = journal.submit("ann", (), Submission(QUESTION, after=added))
    again = journal.submit("ann", (), Submission(QUESTION, after=asked))
    others = journal.submit("bob", (), Submission(QUESTION, after=added))
    start()
    documents = over(journal, added).documents
    assert len(documents) == 1
    for number in (asked, again):
        job = over(journal, number)
        assert job.documents == documents
        assert job.turn.sources[0].citation.quote.startswith("The lighthouse")
    assert over(journal, others, "bob").turn.sources == ()  # what is ann's is not bob's


def test_people_are_served_at_once_and_see_their_own(settings, journal, start, tmp_path):
    numbers = {
        owner: journal.submit(
            owner, (), Submission("What is said?", (upload(settings, tmp_path, text),))
        )
        for owner, text in (("ann", b"The mill burned down.\n"), ("bob", b"The dam was lit.\n"))
    }
    start()
    for owner, number in numbers.items():
        over(journal, number, owner)
    owned = journal.owners.owned()
    assert sorted(map(sorted, owned.values())) == [["ann"], ["bob"]]


def _slow(submission, documents, *_):
    """Stand for a long reading: steps without end."""
    turn = Turn(submission.title, tuple(documents))
    for step in range(10_000):
        turn = replace(turn, steps=(f"step {step}",))
        yield turn
        time.sleep(0.01)


def test_a_stop_ends_a_job_and_keeps_what_was_found(journal, start):
    start(take=_slow)
    number = journal.submit("ann", (), Submission(QUESTION))
    while not journal.job("ann", number).turn.steps:
        time.sleep(0.02)
    journal.stop("ann", number)
    job = over(journal, number)
    assert job.turn.steps
    assert not job.turn.done


def test_a_worker_that_ends_puts_back_what_another_one_does(journal, start):
    worker, thread = start(take=_slow)
    number = journal.submit("ann", (), Submission(sample=True))
    while journal.job("ann", number).state != "running":
        time.sleep(0.02)
    worker.stop()
    thread.join()
    assert journal.job("ann", number).state == "waiting"
    start()
    assert over(journal, number).documents


def test_a_fault_of_ours_is_a_sentence_and_the_next_job_goes_on(journal, start):
    def fail_at_questions(submission, documents, *rest):
        if submission.question:
            raise ZeroDivisionError("never shown")
        yield from take_turn(submission, documents, *rest)

    start(take=fail_at_questions)
    turn = over(journal, journal.submit("ann", (), Submission(QUESTION))).turn
    assert (turn.error, turn.done) == (strings.unexpected("ZeroDivisionError"), True)
    second = journal.submit("ann", (), Submission(sample=True))
    assert over(journal, second).turn.error == ""
