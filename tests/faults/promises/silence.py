"""What leaves this machine: in a network of its own, packets that have no way to go are counted."""

import os
import sys
from pathlib import Path

from tests.faults.counting import run_alone, why_not
from tests.faults.promise import Outcome, Promise

ROOT = Path(__file__).parents[3]
SAMPLE = str(ROOT / "app" / "sample" / "report.pdf")
TINY = str(ROOT / "tests" / "fixtures" / "tiny_reader")
LONGREAD = f'"{sys.executable}" -c "from app.cli import main; main()"'
FETCH = (
    f'"{sys.executable}" -c "import sys; from urllib.request import urlopen; urlopen(sys.argv[1])"'
)
SESSION = (
    f"{LONGREAD} doctor",
    f"{LONGREAD} add {SAMPLE}",
    f'{LONGREAD} ask "Who wrote it?" {SAMPLE}',
    f"{LONGREAD} summarize {SAMPLE} --length paragraph",
    f"{LONGREAD} search battery {SAMPLE}",
    f"{LONGREAD} models",
    f"{LONGREAD} needle --model {TINY} --strategy in-context --lengths 600 --samples 1",
    f"LONGREAD_EMBEDDER=default {LONGREAD} search battery {SAMPLE}",
    f"(timeout -k 5 12 {LONGREAD} app --port 8599 & sleep 7; {FETCH} http://localhost:8599; wait)",
)
CALLS_OUT = (
    f"{sys.executable} -c \"import socket; socket.create_connection(('192.0.2.1', 80), 0.2)\"",
    f"{sys.executable} -c \"import socket; socket.getaddrinfo('example.com', 80)\"",
)


def tried(folder, commands):
    if why := why_not():
        return Outcome(0, skipped=why)
    environment = {
        "HOME": str(folder), "LONGREAD_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"], "LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "x",
    }  # fmt: skip
    count = f'"{sys.executable}" -m tests.faults.counting >> {folder / "counts"}'
    script = f"{count}; " + "; ".join(f"{command}; {count}" for command in commands)
    run_alone(["bash", "-c", script], cwd=folder, env=environment)
    counts = list(map(int, (folder / "counts").read_text().split()))
    sent = [command[-60:] for command, before, after in
            zip(commands, counts, counts[1:], strict=False) if after > before]  # fmt: skip
    return Outcome(len(counts) - 1, tuple(sent))


def ours(count, folder):
    return tried(folder, SESSION[:count])


def control(_count, folder):
    return tried(folder, CALLS_OUT)


PROMISE = Promise(
    "Nothing leaves this machine unasked, no name is looked up",
    "a session of commands, a model and the page, with tracing asked for by the environment, in a "
    "network of its own that counts all packets to elsewhere",
    ours, control, "connects to an address and looks up a name", 3, len(SESSION),
)  # fmt: skip
