"""All our own tests, the browser's among them: nothing that they do tries to leave this machine."""

import os
import re
import sys
from pathlib import Path

from tests.faults.counting import run_alone, why_not
from tests.faults.promise import Outcome, Promise

ROOT = Path(__file__).parents[3]
SHORT = ("-k", "server or two_people", "tests/model/test_server.py", "tests/browser/test_page.py")
LONG = ("tests", "--ignore", "tests/faults", "-n", "2", "--dist", "loadfile")
RAN = re.compile(r"(\d+) passed")
CALLS_OUT = """
import socket
def test_it_tells_somebody():
    try:
        socket.getaddrinfo("example.com", 80)
    except OSError:
        pass
"""


def tried(folder, arguments):
    if why := why_not():
        return Outcome(0, skipped=why)
    counted = folder / "counted"
    environment = os.environ | {"LONGREAD_COUNTED": str(counted), "PYTHONPATH": str(ROOT)}
    pytest = [sys.executable, "-m", "pytest", "-p", "tests.faults.counting", *arguments]
    ran = run_alone(pytest, cwd=ROOT, env=environment)
    passed = RAN.search(ran.stdout)
    broken = counted.read_text().splitlines() if counted.exists() else []
    if ran.returncode:
        broken.append(f"tests failed: {ran.stdout.splitlines()[-1]}")
    return Outcome(int(passed[1]) if passed else 0, tuple(broken))


def ours(count, folder):
    chosen = SHORT if count == 1 else LONG
    return tried(folder, ["-q", "-p", "no:cacheprovider", "-o", "addopts=", *chosen])


def control(_count, folder):
    (folder / "test_calls_out.py").write_text(CALLS_OUT)
    return tried(folder, ["-q", "--rootdir", str(folder), str(folder / "test_calls_out.py")])


PROMISE = Promise(
    "No test of ours, the browser's included, sends anything beyond this machine",
    "the whole suite in a network of its own that counts all packets to elsewhere; "
    "the number is that of tests that passed",
    ours, control, "a test that looks up a name", 1, 2,
)  # fmt: skip
