"""A child that does its worst costs its own file, within its limits, and leaves nothing behind."""

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from agent.document import Note
from agent.errors import DocumentError
from agent.formats.isolate import CHILD, Limits, parse_file
from tests.agent.formats.make import run

LIMITS = Limits(
    memory_bytes=150_000_000,
    cpu_seconds=1,
    wall_seconds=3.0,
    idle_seconds=1.0,
    output_bytes=5_000_000,
)
# For those whose end is not a matter of time: a busy machine must not end them first.
PATIENT = replace(LIMITS, wall_seconds=60.0, idle_seconds=30.0)
SAY = "import json, os, signal, sys, time\ndef say(x): print(json.dumps(x), flush=True)\n"
HOSTILE = {
    "hangs": ("time.sleep(60)", "brought its parser to a halt for 1 seconds"),
    "stops itself": ("os.kill(os.getpid(), signal.SIGSTOP)", "to a halt"),
    "will not be terminated": (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", "to a halt",
    ),
    "spins": ("while True: pass", "to a halt"),
    "never ends": (
        "while True: say({'page': 1, 'of': 9}); time.sleep(0.05)", "took more than 3 seconds",
    ),
    "allocates": ("x = bytearray(400_000_000); time.sleep(60)", "needs more than 150 MB of memory"),
    "segfaults": ("os.kill(os.getpid(), signal.SIGSEGV)", "makes its parser crash (SIGSEGV)"),
    "aborts": ("os.abort()", "makes its parser crash (SIGABRT)"),
    "leaves without a word": ("sys.exit(0)", "makes its parser crash (exit code 0)"),
    "fails": ("sys.exit(3)", "makes its parser crash (exit code 3)"),
    "spends its time": ("os.kill(os.getpid(), signal.SIGXCPU)", "too much time of the processor"),
    "floods": ("while True: sys.stdout.write('x' * 100_000)", "holds more than 5 MB of text"),
    "floods lines": ("while True: say({'page': 1, 'of': 1})", "holds more than 5 MB of text"),
    "prints rubbish": ("print('rubbish')", "gave a broken answer"),
    "prints bytes": ("sys.stdout.buffer.write(b'\\xff\\n')", "gave a broken answer"),
    "answers a list": ("say([])", "gave a broken answer"),
    "answers nothing": ("say({})", "gave a broken answer"),
    "nests": ("print('[' * 200_000)", "gave a broken answer"),
    "counts wrongly": ("say({'page': 3, 'of': 2})", "gave a broken answer"),
    "counts in words": ("say({'page': 'one', 'of': 2})", "gave a broken answer"),
    "cuts its answer": ("sys.stdout.write('{\"document\"')", "makes its parser crash"),
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path):
    path = tmp_path / "book.txt"
    path.write_text("The harbour was dredged in 1907.\n")
    return path


def _script(source: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", SAY + source]


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


@pytest.mark.parametrize("behaviour", HOSTILE)
def test_a_hostile_child_ends_as_a_sentence_within_its_limits(behaviour, path):
    source, sentence = HOSTILE[behaviour]
    limits = LIMITS if "to a halt" in sentence or "took more than" in sentence else PATIENT
    before, started = _children(), time.monotonic()
    with pytest.raises(DocumentError) as refusal:
        run(parse_file(path, limits=limits, command=_script(source)))
    assert str(refusal.value).startswith("book.txt: ")
    assert sentence in str(refusal.value)
    assert time.monotonic() - started < limits.wall_seconds + 5
    assert _children() <= before


def test_what_a_child_started_dies_with_it(path):
    source = (
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "say({'page': child.pid, 'of': child.pid}); time.sleep(60)"
    )
    reading = parse_file(path, limits=replace(PATIENT, idle_seconds=4.0), command=_script(source))
    grandchild, _ = next(reading)
    assert psutil.pid_exists(grandchild)
    with pytest.raises(DocumentError, match="to a halt"):
        next(reading)
    assert _gone(grandchild)


def test_closing_the_generator_kills_the_child(path):
    source = "say({'page': os.getpid(), 'of': os.getpid()}); time.sleep(60)"
    reading = parse_file(path, limits=PATIENT, command=_script(source))
    child, _ = next(reading)
    reading.close()
    assert _gone(child)


def _gone(pid: int) -> bool:
    """Whether a process ends soon; one that nobody has buried yet has ended too."""
    for _ in range(50):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_time_in_which_the_caller_is_busy_is_not_the_childs(path):
    source = "[say({'page': n, 'of': 9}) for n in range(2)]; say({'refused': 'end'})"
    limits = Limits(wall_seconds=3.0, idle_seconds=3.0)
    reading = parse_file(path, limits=limits, command=_script(source))
    next(reading)
    time.sleep(3.2)
    with pytest.raises(DocumentError, match="end"):
        run(reading)


def test_what_parses_knows_nothing_of_the_users_environment(path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    telling = CHILD[-1].replace(
        "\nmain()",
        "\nimport os\nfrom agent.errors import DocumentError\nfrom agent.formats import child\n"
        "def tell(*_, **__): raise DocumentError('x', f'knows {dict(os.environ)}')\n"
        "child.parse = tell\nmain()",
    )
    with pytest.raises(DocumentError, match=r"knows \{\}"):
        run(parse_file(path, command=[*CHILD[:-1], telling]))


def test_a_program_that_is_not_there_is_a_sentence(path):
    with pytest.raises(DocumentError, match="no process could be started"):
        next(parse_file(path, command=["/no/such/program"]))


def test_what_the_child_complains_of_is_a_note_for_tracebacks_only(path):
    source = "print('why it failed', file=sys.stderr); sys.exit(1)"
    with pytest.raises(DocumentError) as refusal:
        run(parse_file(path, limits=PATIENT, command=_script(source)))
    assert "why it failed" in refusal.value.__notes__[0]
    assert "why it failed" not in str(refusal.value)


def test_a_file_that_changed_while_it_was_read_is_refused(path):
    reading = parse_file(path, command=_script(f"say({json.dumps({'document': SOUND})})"))
    with pytest.raises(DocumentError, match="changed while it was being read; try again"):
        run(reading)


SOUND = {
    "id": "0" * 64,
    "format": "text",
    "engine": "made",
    "text": "ab",
    "pages": [[1, "i", 0, 1], [2, "ii", 1, 2]],
    "headings": [[1, "b", 1]],
    "notes": [[1, "hidden", 3, "b"], [2, "scan", 0, ""]],
    "attachments": ["a.txt"],
}
UNSOUND = {
    "no text": {"text": None},
    "blank text": {"text": "  "},
    "text with a carriage return": {"text": "a\r"},
    "text with half a character": {"text": "a\ud800"},
    "no pages": {"pages": None},
    "pages that end too early": {"pages": [[1, "i", 0, 1]]},
    "pages that overlap": {"pages": [[1, "i", 0, 2], [2, "ii", 1, 2]]},
    "pages that run backwards": {"pages": [[1, "i", 0, 3], [2, "ii", 3, 2]]},
    "pages counted from zero": {"pages": [[0, "i", 0, 2]]},
    "a page that is true": {"pages": [[True, "i", 0, 2]]},
    "a page too short": {"pages": [[1, "i", 0]]},
    "a label with a line end": {"pages": [[1, "i\r", 0, 2]]},
    "a heading behind the text": {"headings": [[1, "b", 2]]},
    "a heading before the text": {"headings": [[1, "b", -1]]},
    "a heading without a level": {"headings": [[0, "b", 1]]},
    "a note on a page that is not there": {"notes": [[3, "scan", 0, ""]]},
    "notes out of order": {"notes": [[2, "scan", 0, ""], [1, "scan", 0, ""]]},
    "a note that counts backwards": {"notes": [[1, "hidden", -1, ""]]},
    "a note that is not canonical": {"notes": [[1, "hidden", 1, "\x00"]]},
    "an attachment without a name": {"attachments": [1]},
    "headings out of order": {"headings": [[1, "b", 1], [1, "a", 0]]},
}


def test_a_sound_answer_is_taken_as_it_is(path):
    identity = hashlib.sha256(path.read_bytes()).hexdigest()
    answer = json.dumps({"document": SOUND | {"id": identity}})
    document, _ = run(parse_file(path, command=_script(f"print({answer!r})")))
    assert document.notes == (Note(1, "hidden", 3, "b"), Note(2, "scan"))
    assert document.attachments == ("a.txt",)


@pytest.mark.parametrize("fault", UNSOUND)
def test_a_document_is_believed_only_if_it_is_sound(fault, path):
    answer = json.dumps({"document": SOUND | UNSOUND[fault]})
    with pytest.raises(DocumentError, match="gave a broken answer"):
        run(parse_file(path, command=_script(f"print({answer!r})")))


def test_the_child_limits_itself():
    """Its memory and its time, as a bomb would use them up, and that it writes no file."""
    probe = (
        "import resource, agent.formats.child as child\n"
        "child._limit(300_000_000, 7)\n"
        "limits = [resource.getrlimit(what) for what in (resource.RLIMIT_AS, resource.RLIMIT_CPU,"
        " resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]\n"
        "print(limits)"
    )
    folder = Path(__file__).parents[3]
    ran = subprocess.run([sys.executable, "-c", probe], cwd=folder, capture_output=True, check=True)
    limits = "[(300000000, 300000000), (7, 9), (0, 0), (0, 0)]"
    assert ran.stdout.decode().strip() == limits


def test_a_file_that_needs_more_memory_than_it_may_is_refused(path):
    path.write_bytes(b"word and word " * 8_000_000)
    with pytest.raises(DocumentError, match="needs more"):
        run(parse_file(path, limits=Limits(memory_bytes=250_000_000)))


def test_a_file_that_needs_more_time_than_it_may_is_refused(path):
    path.write_bytes(b"# a\n" * 2_000_000)
    with pytest.raises(DocumentError, match="too much time of the processor"):
        run(parse_file(path.rename(path.with_suffix(".md")), limits=Limits(cpu_seconds=1)))


def test_the_child_starts_in_any_folder_and_loads_only_what_its_format_needs(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    (path.parent / "json.py").write_text("raise RuntimeError('not the one that was meant')")
    request = {"name": "book.txt", "memory_bytes": 10**9, "cpu_seconds": 9}
    request |= {
        "path": [p for p in sys.path if p],
        "agent": str(Path(__file__).parents[3] / "agent"),
    }
    seen = CHILD[-1].replace("main()", "import os\nos._exit = lambda code: None\nmain()\n") + (
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    with path.open("rb") as file:
        ran = subprocess.run(
            [*CHILD[:-1], seen, json.dumps(request)], stdin=file, capture_output=True, check=True
        )
    loaded = ran.stderr.decode()
    assert "'agent'" in loaded
    for library in ("lxml", "pypdf", "pypdfium2", "mammoth", "langchain_core", "numpy", "psutil"):
        assert f"'{library}'" not in loaded
    assert b"dredged in 1907" in ran.stdout


def test_control_c_reaches_the_parent_only(path):
    """It goes to the session of the terminal; the parent then ends the child in order."""
    source = "say({'page': os.getsid(0), 'of': 1 << 30}); time.sleep(60)"
    reading = parse_file(path, limits=PATIENT, command=_script(source))
    session, _ = next(reading)
    reading.close()
    assert session != os.getsid(0)
