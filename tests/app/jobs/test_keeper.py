"""The worker's process: started with the server, again when it is killed, ended with it."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from agent import Library
from app.jobs.journal import Journal
from app.jobs.keeper import Keeper
from app.turn import Submission

_PATIENCE_SECONDS = 60


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LONGREAD_MODEL", "quoting")
    return tmp_path / "home"


@pytest.fixture
def keeper(home):
    keeper = Keeper(home)
    keeper.start()
    yield keeper
    keeper.stop()


def wait_for(what):
    end = time.monotonic() + _PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def is_running(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_kill_9_of_the_worker_loses_no_job(home, keeper):
    journal = Journal(home)
    wait_for(lambda: keeper.pid)
    numbers = [journal.submit(f"owner {n}", (), Submission(sample=True)) for n in range(3)]
    wait_for(lambda: [job for job in journal.open_jobs() if job.state == "running"])
    killed = keeper.pid
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not journal.open_jobs())
    turns = [journal.job(f"owner {n}", number).turn for n, number in enumerate(numbers)]
    assert [(turn.done, turn.error) for turn in turns] == [(True, "")] * 3
    assert keeper.pid != killed
    (entry,) = Library(home).documents()
    assert journal.owners.owned() == {entry.id: {"owner 0", "owner 1", "owner 2"}}


def test_the_worker_ends_with_its_keeper(keeper):
    pid = wait_for(lambda: keeper.pid)
    assert is_running(pid)
    keeper.stop()
    wait_for(lambda: not is_running(pid))


def started(home, **settings):
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "app.jobs.worker"],
        env={**os.environ, "LONGREAD_HOME": str(home), **settings},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_leaves_the_worker_to_the_server_and_a_signal_to_end_ends_it(home):
    with started(home) as process:
        wait_for((home / "journal.db").exists)
        journal = Journal(home)
        number = journal.submit("ann", (), Submission(sample=True))
        process.send_signal(signal.SIGINT)
        wait_for(lambda: journal.job("ann", number).state == "done")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")


def test_a_library_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "home").write_text("no folder")
    with started(tmp_path / "home") as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "library folder cannot be made" in said
