"""What holds for every test of a strategy."""

import pytest


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """Let what failed be read again at once."""
    monkeypatch.setattr("agent.reading.PAUSE_SECONDS", 0)
