"""A library of one's own, a story to ask about, and the command line to ask with."""

import pytest

from app import cli

STORY = (
    "The Kettle Lane pumping station opened in 1931.\n\n"
    + "The river was low and the fields were dry that week.\n" * 200
    + "\nThe station was rebuilt by the engineer Ida Korhonen in 1974.\n"
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in (
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "LONGREAD_MODEL",
        "LONGREAD_WEIGHTS",
        "LONGREAD_EMBEDDER",
        "HF_HUB_CACHE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "no-weights"))
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text(STORY, encoding="utf-8")
    return str(path)


@pytest.fixture
def run(home, capsys):  # noqa: ARG001  # home sets the scene
    """Return a function that runs the command and gives its exit code, stdout and stderr."""

    def run_command(*arguments):
        code = cli._run(arguments)
        return code, *capsys.readouterr()

    return run_command
