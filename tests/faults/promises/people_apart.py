"""People at one page: nobody sees a word of another's, anywhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.faults.people import CANARY
from tests.faults.promise import Outcome, Promise

ROOT = Path(__file__).parents[3]


def tried(who, count, folder):
    command = [sys.executable, "-m", "tests.faults.people", str(folder), who, str(count)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    broken = list(filter(None, found))
    if ran.returncode or len(found) != count:
        broken.append((ran.stderr.splitlines() or ["it ended early"])[-1])
    if CANARY.search(ran.stderr):
        broken.append("a word in the log")
    if left := [path.name for path in (folder / "home").glob("upload-*")]:
        broken.append(f"uploads are left: {left}")
    return Outcome(len(found), tuple(broken))


def ours(count, folder):
    return tried("ours", count, folder)


def control(_count, folder):
    return tried("naive", 2, folder)


PROMISE = Promise(
    "Nobody at the page sees a word of another's",
    "people drop files of one name and different words, and ask; each sees answer, library, page "
    "pictures, exports by any number, and follows three others' links; the log holds no word",
    ours, control, "knows everybody by one name", 4, 20,
)  # fmt: skip
