"""Keeps the worker alive as long as the page's server lives, and no longer."""

import logging
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Final

from agent import LibraryError
from app.jobs.journal import Journal

_LOG: Final = logging.getLogger(__name__)
_STOP_SECONDS: Final = 8.0
# A worker that ends sooner than this is broken: the next one is started after a pause, which grows.
_SOON_SECONDS: Final = 10.0
_LEAST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0


class Keeper:
    """Starts the worker's process, and another one when it dies.

    Args:
        home: the library's folder.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Start the first one; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker; what it had begun goes back into the queue."""
        self._ending.set()
        process = self._process
        if process and process.stdin:
            process.stdin.close()  # the worker's sign to end
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(_STOP_SECONDS)

    @property
    def pid(self) -> int | None:
        """The process id of the worker at present."""
        return self._process.pid if self._process else None

    def _keep(self) -> None:
        pause = _LEAST_PAUSE_SECONDS
        while not self._ending.is_set():
            began, name = time.monotonic(), uuid.uuid4().hex
            code = self._run(name)
            try:
                Journal(self._home).put_back(name)
            except LibraryError as error:
                _LOG.warning("%s", error)  # the next worker finds them: this one is silent
            # Both may be ending, and the worker is quicker.
            if self._ending.wait(_LEAST_PAUSE_SECONDS):
                return
            _LOG.warning("the worker ended (exit code %s); another one is started", code)
            is_soon = time.monotonic() - began < _SOON_SECONDS
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS) if is_soon else 0.0
            self._ending.wait(pause)
            pause = max(pause, _LEAST_PAUSE_SECONDS)

    def _run(self, name: str) -> int:
        # `-P`: else a file of the user's called app.py would be taken for ours.
        command = [sys.executable, "-P", "-m", "app.jobs.worker", name]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as self._process:  # noqa: S603
            if self._ending.is_set() and self._process.stdin:
                self._process.stdin.close()
            return self._process.wait()
