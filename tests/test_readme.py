"""Every block of the README does what it says there."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from app import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def settled(text):
    """Return `text` without what differs from run to run: the time it took."""
    return re.sub(r"\d+\.\d+ s\b", "N s", text).strip()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder that looks like the repository from the README's blocks."""
    (tmp_path / "app").symlink_to(ROOT / "app")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "LONGREAD_MODEL", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "no-weights"))
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("here")
def test_the_python_blocks_print_what_stands_below_them():
    names = {}
    printed = []
    for kind, block in BLOCKS:
        if kind == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(block, "README.md", "exec"), names)  # noqa: S102  # our own README
            printed.append(output.getvalue())
    shown = [block for kind, block in BLOCKS if kind == "text"]
    assert list(map(settled, printed)) == list(map(settled, shown))


@pytest.mark.usefixtures("here")
def test_the_shell_blocks_print_what_stands_in_them(capsys):
    sessions = [block for kind, block in BLOCKS if kind == "console"]
    assert len(sessions) == 4
    for session in sessions:
        command, _, shown = session.partition("\n")
        assert cli._run(shlex.split(command.removeprefix("$ longread "))) == 0
        assert settled(capsys.readouterr().out) == settled(shown)


def test_the_make_targets_exist():
    (targets,) = (block for kind, block in BLOCKS if kind == "sh")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", targets, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_every_file_and_picture_it_names_is_there():
    named = re.findall(r"`((?:agent|app|model|docs|benchmarks)/[\w/.]+)`", README)
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    missing = [name for name in named + pictures if not (ROOT / name).exists()]
    assert missing == []
    assert pictures


def test_the_commands_in_its_table_exist():
    for name in re.findall(r"`longread (\w+)", README):
        assert name in cli.longread.commands
