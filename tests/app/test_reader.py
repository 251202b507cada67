"""The reader of the server process is chosen once and shared."""

from pathlib import Path

import pytest

from app.reader import shared_reader
from app.settings import Settings
from model.errors import ModelError


def settings(model):
    return Settings(Path("home"), "", "", Path("no-cache"), model)


def test_everyone_gets_the_same_reader():
    assert shared_reader(settings("quoting")) is shared_reader(settings("quoting"))
    assert shared_reader(settings("quoting")).model is None


def test_a_failure_is_not_remembered(tmp_path):
    wish = settings(str(tmp_path / "weights"))
    for _ in range(2):
        with pytest.raises(ModelError):
            shared_reader(wish)
