"""A page in a library of its own, read by the quoting reader, without a browser."""

import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app
from app import identity
from app.jobs.worker import Worker
from app.settings import load_settings
from app.shared import forget_shared

OWNER = "someone"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Set the environment of the page, and return its library's folder."""
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "LONGREAD_EMBEDDER", "LONGREAD_RERANKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LONGREAD_MODEL", "quoting")
    monkeypatch.setattr(identity, "current", lambda _settings: OWNER)
    yield tmp_path / "home"
    forget_shared()


@pytest.fixture
def worker(home):  # noqa: ARG001  # home sets the scene
    """Have jobs done, in a thread of this process."""
    worker = Worker(load_settings())
    thread = threading.Thread(target=worker.run)
    thread.start()
    yield worker
    worker.stop()
    thread.join()


@pytest.fixture
def look(home):  # noqa: ARG001  # home sets the scene
    """Return a function that opens the page, as at an address with these `doc` in it."""

    def open_page(*documents):
        page = AppTest.from_file(Path(app.__file__).with_name("main.py"), default_timeout=30)
        if documents:
            page.query_params["doc"] = list(documents)
        return page.run()

    return open_page


@pytest.fixture
def visit(look, worker):  # noqa: ARG001  # without a worker nothing is ever done
    """Return what `look` does, where there is a worker."""
    return look
