"""Killed at any moment the library is whole: what was committed is there, the rest is not.

The children that die are those of `tests/agent/dying.py`. A harness that cannot fail proves
nothing, so it also runs on a library that stores a document in two transactions, and finds that.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from agent.inspection import Fault
from agent.library import Library

ROOT = Path(__file__).parents[2]
# SIGKILL takes nothing that was handed to the system, so memory serves as well as a disk.
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it


@pytest.fixture
def scratch():
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        yield folder


def die(scratch, *arguments):
    run = subprocess.run(
        [sys.executable, "-m", "tests.agent.dying", scratch, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        cwd=ROOT,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize("version", ["new", "version1"])
def test_killed_before_any_statement_the_library_is_whole(scratch, version):
    *killed, last = die(scratch, "statements", "ours", version)
    assert last[0] == 0
    assert len(killed) > 80
    assert {ended for ended, *_ in killed} == {-signal.SIGKILL}
    assert [faults for *_, faults in [*killed, last] if faults] == []


@pytest.mark.parametrize("version", ["new", "version1"])
def test_killed_at_random_moments_the_library_is_whole(scratch, version):
    children = die(scratch, "moments", "ours", version, "40")
    assert [faults for *_, faults in children if faults] == []
    places = {tuple(child[1:3]) for child in children}
    assert len(places) > 3  # they died in different parts of the work


def test_a_library_that_stores_in_two_transactions_is_caught(scratch):
    *_, last = die(scratch, "statements", "naive", "new")
    assert "its text is whole, but not what was made of it" in last[3][0]


# A shell that runs the tests in the background has had them ignore Ctrl-C, and all they start.
ADD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from app.cli import main
main()
"""


def add(home, *files):
    return subprocess.Popen(
        [sys.executable, "-c", ADD, "add", *files],
        env={"LONGREAD_HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / f"{number}.txt" for number in range(30)]
    for number, path in enumerate(paths):
        path.write_text(f"It rained on day {number}. Nobody was hurt.\n" * 50, encoding="utf-8")
    return paths


def survivors(home):
    library = Library(home)
    assert [event for event in library.check() if isinstance(event, Fault)] == []
    return {entry.name for entry in library.documents()}


def test_a_long_add_that_is_killed_keeps_what_it_has_said_is_added(files, tmp_path):
    random_ = random.Random(5)  # the same each time
    for trial in range(3):
        process = add(tmp_path / str(trial), *files)
        said = [process.stdout.readline() for _ in range(1 + trial)]
        time.sleep(random_.uniform(0, 0.3))
        process.kill()
        out, _ = process.communicate(timeout=60)
        names = {line.split()[1].rstrip(":") for line in "".join([*said, out]).splitlines()}
        assert names
        there = survivors(tmp_path / str(trial))
        assert names <= there
        assert len(there) <= len(names) + 1


def test_ctrl_c_keeps_what_is_done_and_says_so(files, tmp_path):
    process = add(tmp_path / "home", *files)
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == "Stopped; what was done before is kept."
    names = {line.split()[1].rstrip(":") for line in (first + out).splitlines()}
    assert names <= survivors(tmp_path / "home")
    rest = add(tmp_path / "home", *files)
    out, _ = rest.communicate(timeout=120)
    assert out.count("was there already") >= len(names)
    assert len(survivors(tmp_path / "home")) == len(files)
