"""Processes that share a library: two write, two read."""

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.promise import Outcome, Promise

ROOT = Path(__file__).parents[3]


def tried(who, count, folder):
    command = [sys.executable, "-m", "tests.faults.sharing", str(folder), who, str(count)]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    return Outcome(len(found), tuple(filter(None, found)))


def ours(count, folder):
    return tried("ours", count, folder)


def control(count, folder):
    return tried("naive", count, folder)


PROMISE = Promise(
    "Processes that write the same library at once lose nothing, and none reads half a document",
    "two processes add and remove the same documents and others while two more read all there is",
    ours, control, "stores a document in two transactions", 10, 200,
)  # fmt: skip
