"""The journal: jobs wait, are taken in fair turns, and outlive whoever had begun them."""

import sqlite3
import threading
from dataclasses import replace

import pytest

from agent import LibraryError
from app.filling import Meaning
from app.jobs.journal import MOST_TRIES, SILENT_SECONDS, Journal
from app.turn import Submission, Turn, Wish
from app.uploads import Upload

A, B = ("a" * 64,), ("b" * 64,)


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path)


def ask(journal, question="Why?", owner="ann", documents=A):
    return journal.submit(owner, documents, Submission(question))


def test_what_is_handed_in_comes_back_as_it_was(journal, tmp_path):
    submission = Submission(
        "", (Upload("../x.pdf", tmp_path / "file"),), sample=True, summary=Wish("page", "for me")
    )
    number = journal.submit("ann", (), submission)
    job = Journal(tmp_path).job("ann", number)
    assert job.submission == submission
    assert (job.state, job.documents, job.stopping) == ("waiting", (), False)
    assert job.turn == Turn(submission.title, ())
    assert journal.job("bob", number) is None
    assert journal.job("ann", number + 1) is None


def test_people_take_turns_and_nobody_has_two_at_once(journal):
    first = [ask(journal, owner="ann") for _ in range(3)]
    bobs, cyds = ask(journal, owner="bob"), ask(journal, owner="cyd")
    assert [journal.place(number) for number in (*first, bobs, cyds)] == [0, 1, 2, 3, 4]
    taken = [journal.claim("w") for _ in range(4)]
    assert [job and job.number for job in taken] == [first[0], bobs, cyds, None]
    journal.finish(taken[0])
    assert journal.claim("w").number == first[1]
    journal.finish(taken[1])
    newer = ask(journal, owner="bob")
    journal.finish(journal.job("ann", first[1]))
    assert journal.claim("w").number == newer  # bob's last was begun before ann's


def test_a_job_is_taken_once_by_however_many_at_once(journal, tmp_path):
    numbers = {ask(journal, owner=f"owner {n}") for n in range(40)}
    taken = []

    def take():
        mine = Journal(tmp_path)
        while job := mine.claim(threading.current_thread().name):
            taken.append(job.number)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(numbers)
    assert set(taken) == numbers


def test_what_a_worker_had_begun_goes_back_when_it_ends_or_falls_silent(journal, monkeypatch):
    number = ask(journal)
    journal.claim("first")
    journal.put_back("first")
    assert journal.job("ann", number).state == "waiting"
    now = 1_000.0
    monkeypatch.setattr("app.jobs.journal.time.time", lambda: now)
    journal.hear("second")
    journal.claim("second")
    now += SILENT_SECONDS - 1
    journal.hear("third")
    assert journal.job("ann", number).state == "running"
    now += 2
    journal.hear("third")
    assert journal.job("ann", number).state == "waiting"


def test_a_job_that_kills_every_worker_ends_with_a_sentence(journal):
    number = ask(journal)
    for _ in range(MOST_TRIES):
        assert journal.job("ann", number).state == "waiting"
        journal.claim("w")
        journal.put_back("w")
    job = journal.job("ann", number)
    assert (job.state, job.turn.done) == ("done", True)
    assert "died of it" in job.turn.error


def test_a_stop_reaches_the_worker_and_what_nobody_has_begun_is_over_at_once(journal):
    running, waiting = ask(journal), ask(journal, documents=B)
    job = journal.claim("w")
    assert not journal.wants_stop(running)
    assert journal.stop("bob", running) is None  # of somebody else: nothing happens
    assert not journal.wants_stop(running)
    assert journal.stop("ann", running).state == "running"
    assert journal.wants_stop(running)
    assert journal.stop("ann", waiting).state == "done"
    journal.put_back("w")  # whose worker died before it heard of it
    assert journal.job("ann", running).state == "done"
    assert journal.wants_stop(job.number + 99)


def test_the_talk_goes_on_about_more_documents(journal):
    ask(journal, "First?")
    first = journal.claim("w")
    journal.finish(journal.save(first, replace(first.turn, done=True)))
    ask(journal, "Second?")
    job = journal.claim("w")
    job = journal.save(job, replace(job.turn, documents=A + B))
    assert job.documents == A + B
    questions = [each.turn.question for each in journal.conversation("ann", A + B)]
    assert questions == ["First?", "Second?"]
    assert [each.turn.question for each in journal.conversation("ann", A)] == ["First?"]
    assert journal.conversation("bob", A) == []


def test_notices_about_files_go_when_something_else_is_handed_in(journal):
    journal.submit("ann", A, Submission())
    notice = journal.claim("w")
    journal.finish(journal.save(notice, replace(notice.turn, notes=("2 pages are empty.",))))
    assert len(journal.conversation("ann", A)) == 1
    ask(journal)
    assert [job.turn.question for job in journal.conversation("ann", A)] == ["Why?"]


def test_a_document_is_called_and_forgotten_by_each_owner_alone(journal):
    owners = journal.owners
    for owner in ("ann", "bob"):
        owners.own(owner, A[0], f"{owner}.pdf")
        owners.own(owner, A[0], f"{owner} 2.pdf")
        ask(journal, owner=owner, documents=A + B)
    assert owners.owned() == {A[0]: {"ann", "bob"}}
    owners.call("ann", B[0], "the other")
    assert owners.names("ann") == {A[0]: "ann 2.pdf", B[0]: "the other"}
    assert owners.names("bob") == {A[0]: "bob 2.pdf"}
    assert owners.disown("ann", A[0]) is False
    journal.forget(A[0], "ann")
    assert owners.owned() == {A[0]: {"bob"}}
    assert owners.names("ann") == {B[0]: "the other"}
    assert journal.conversation("ann", A + B) == []
    assert len(journal.conversation("bob", A + B)) == 1
    assert owners.disown("bob", A[0]) is True
    assert owners.owned() == {}


def test_what_is_to_be_searched_by_meaning_is_wanted_once_and_told_of(journal):
    assert journal.meanings.meaning(A) == Meaning()
    journal.meanings.want(A)
    assert journal.meanings.meaning(A) == Meaning(pending=True)
    assert journal.meanings.wanted() == [A]
    assert journal.meanings.wanted() == []
    assert journal.meanings.pending() == [A]
    journal.meanings.tell(A, Meaning(pending=False, done=3, total=3))
    assert journal.meanings.meaning(A) == Meaning(done=3, total=3)
    assert journal.meanings.pending() == []


def test_a_journal_of_a_newer_longread_is_left_alone(journal):
    with sqlite3.connect(journal._file.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match=r"journal\.db: a newer Longread wrote it"):
        Journal(journal._file.path.parent)


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "home").write_text("no folder")
    with pytest.raises(LibraryError, match="the library folder cannot be made"):
        Journal(tmp_path / "home")
    journal = Journal(tmp_path / "other")
    journal._file.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(LibraryError, match="journal is damaged"):
        journal.open_jobs()


def test_a_damaged_journal_says_what_is_lost_and_what_is_not(journal):
    path = journal._file.path
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    with pytest.raises(
        LibraryError, match=r"journal is damaged; move it away .* documents are not"
    ):
        journal.open_jobs()
