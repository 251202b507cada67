"""A canary key and a canary document, through every fault, with everything logged."""

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.promise import Outcome, Promise
from tests.model.openai_server import serving

ROOT = Path(__file__).parents[3]
KEY = "sk-canary-4711-abcdef"
WORDS = "cinnabar pelican"
TEXT = f"The {WORDS} was seen on the quay at noon. Nobody else was there.\n" * 30
QUESTION = "Who saw the cinnabar one?"
FAULTS = ("", "html", "status", "error json", "reset", "drop", "error event", "no choices",
          "null choices", "shapeless", "break off", "wrong key", "whole", "junk",
          "late error")  # fmt: skip
# Everything that any library has to say, at the lowest level, to the one place where we look.
LOGGED = """
import logging, sys
logging.basicConfig(level=1, stream=sys.stderr, force=True)
from app import cli
BEFORE
code = cli._run(["ask", sys.argv[1], sys.argv[2], "--model", sys.argv[3], "--strategy", "sweep"])
sys.exit(code)
"""
TELLS = """
import agent.readers.speaking as speaking
speak = speaking.speak
def tell(model, name, messages):
    logging.debug("%s", messages)
    return speak(model, name, messages)
speaking.speak = tell
"""


def logs_of(fault, folder, before="cli.go_quiet()"):
    """Return what a question against a failing server says beside its answer."""
    path = folder / "quay.txt"
    path.write_text(TEXT)
    with serving() as (url, behaviour):
        behaviour.fault = "" if fault == "wrong key" else fault.replace(" ", "_")
        behaviour.key = "another" if fault == "wrong key" else KEY
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "OPENAI_API_KEY": KEY,
            "LONGREAD_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        ran = subprocess.run(
            [sys.executable, "-c", LOGGED.replace("BEFORE", before), QUESTION, str(path), url],
            env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    return ran.stderr


def tried(faults, folder, before):
    broken = []
    for number, fault in enumerate(faults):
        (folder / str(number)).mkdir()
        said = logs_of(fault, folder / str(number), before)
        broken += [f"{fault or 'no fault'}: {word}" for word in (KEY, WORDS) if word in said]
        if "Traceback" in said:
            broken.append(f"{fault or 'no fault'}: a traceback")
    return Outcome(len(faults), tuple(broken))


def ours(count, folder):
    return tried(FAULTS[:count], folder, "cli.go_quiet()")


def control(_count, folder):
    return tried(FAULTS[:1], folder, TELLS)


PROMISE = Promise(
    "Keys and what documents say stay out of logs, at any level",
    "questions against a server that fails in every way, with the loggers of all libraries at "
    "their lowest level",
    ours, control, "logs what it sends", 2, len(FAULTS),
)  # fmt: skip
