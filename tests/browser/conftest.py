"""The page as people see it: a server of its own, and Chromium."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.serve import SERVER

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What Chromium asks its makers on its own account is no matter of the page's: where packets are
# counted, none must come of it.
_OWN_ACCOUNT = ("*.google.com", "*.googleapis.com", "*.gvt1.com")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules={','.join(f'MAP {host} ~NOTFOUND' for host in _OWN_ACCOUNT)}",
)
_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)


class Server:
    """The page's server, which can be started again where it was."""

    def __init__(self, home: Path, log: Path) -> None:
        self.home, self._log = home, log
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it serves."""
        environment = {name: value for name, value in os.environ.items() if "OPENAI" not in name}
        environment |= {"LONGREAD_HOME": str(self.home), "LONGREAD_MODEL": "quoting"}
        command = ["streamlit", "run", str(SERVER), "--server.port", str(self.port)]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", *command],
                env=environment,
                cwd=self.home.parent,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        for line in self._process.stdout:
            if found := re.search(r"URL: http://[^:]+:(\d+)", line):
                self.port = int(found[1])
                break
        assert httpx2.get(f"{self.url}/healthz").json() == {"status": "ok"}

    def kill(self) -> None:
        """Kill it as a power cut would, its worker with it."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def stop(self) -> None:
        """End it as people do."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def worker(self) -> int:
        """Return the process id of its worker."""
        for child in psutil.Process(self._process.pid).children(recursive=True):
            if "app.jobs.worker" in " ".join(child.cmdline()):
                return child.pid
        return 0

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser of this machine."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here, so nobody has looked at the page: `apt install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, chromium) -> Iterator[Server]:  # noqa: ARG001  # or there is no use
    """Start a server over an empty library."""
    folder = tmp_path_factory.mktemp("browser")
    server = Server(folder / "home", folder / "log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def visitor(chromium, server):
    """Return a context that opens the page in a browser of somebody new.

    At its end nothing may have been asked of any other host, and no script may have failed.
    """

    @contextmanager
    def visit(path: str = "/", width: int = 1280, scheme: str = "light") -> Iterator[Page]:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        context.set_default_timeout(_PATIENCE_MS)
        page, asked, failed = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(server.url + path)
        yield page
        context.close()
        hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
        assert hosts == {f"127.0.0.1:{server.port}"}
        assert failed == []

    return visit
