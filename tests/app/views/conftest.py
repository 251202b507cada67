"""A page in a library of its own, read by the quoting reader, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from app.filling import stop_fillers


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Set the environment of the page, and return its library's folder."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "LONGREAD_EMBEDDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LONGREAD_MODEL", "quoting")
    yield tmp_path / "home"
    stop_fillers()


@pytest.fixture
def visit(home):  # noqa: ARG001  # home sets the scene
    """Return a function that opens the page, as at an address with these `doc` in it."""

    def open_page(*documents):
        page = AppTest.from_file(Path(app.__file__).with_name("main.py"), default_timeout=30)
        if documents:
            page.query_params["doc"] = list(documents)
        return page.run()

    return open_page
