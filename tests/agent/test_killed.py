"""Commands that are killed, or told to stop: what they said is done stays done.

That the library is whole whenever it is killed is a promise: `tests/faults/promises/`.
"""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.inspection import Fault
from agent.library import Library

ROOT = Path(__file__).parents[2]

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
