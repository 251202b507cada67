"""Files are read in a child process, which can be killed: a bad file costs itself, nothing else."""

import contextlib
import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from typing import IO, Any, TypeVar, cast

import psutil

from agent.document import Document
from agent.errors import DocumentError
from agent.formats import wire

_CHUNK_BYTES = 1 << 16
_WAITING_CHUNKS = 64
_TICK_SECONDS = 0.1
_MEGABYTE = 1_000_000
_NOTE_BYTES = 4_000
# Not an argument of the child: those of all processes can be read by every user of the machine.
_PASSWORD_VARIABLE = "LONGREAD_FILE_PASSWORD"  # noqa: S105 - a name
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    Ten times what honest files of a million tokens were seen to need.

    Attributes:
        memory_bytes: address space of the child, and memory it really holds.
        cpu_seconds: its time on the processor.
        wall_seconds: from its start to its answer.
        idle_seconds: without any progress; formats without pages make none until they are done.
        output_bytes: its answer in all.
        file_bytes: size of the file.
    """

    memory_bytes: int = 1_000 * _MEGABYTE
    cpu_seconds: int = 60
    wall_seconds: float = 180.0
    idle_seconds: float = 90.0
    output_bytes: int = 100 * _MEGABYTE
    file_bytes: int = 200 * _MEGABYTE


DEFAULT_LIMITS = Limits()

# Isolated (-I) from the folder and the environment it is started in, and without the packages'
# start-up code (-S): the child gets the parent's import path instead. The package `agent` is made
# by hand, for importing it would import all that Longread has: seconds for each file.
_START = """
import json, sys, types
request = json.loads(sys.argv[-1])
sys.path[:] = request["path"]
agent = sys.modules["agent"] = types.ModuleType("agent")
agent.__path__ = [request["agent"]]
from agent.formats.child import main
main()
"""
CHILD: tuple[str, ...] = (sys.executable, "-I", "-S", "-c", _START)
_TRY_WALLS = "import runpy, sys; print(*runpy.run_path(sys.argv[1])['confine']([]))"


def walls() -> tuple[str, ...]:
    """Return which of the walls of `agent.formats.sandbox` can be built around children here."""
    sandbox = Path(__file__).with_name("sandbox.py")
    command = [*CHILD[:-1], _TRY_WALLS, str(sandbox)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    return tuple(ran.stdout.split())


def hash_file(path: Path, name: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """Return the SHA-256 of a file in hexadecimal: the id of the document it makes.

    Raises:
        DocumentError: if there is no file that can be read, or it is empty or too large.
    """
    with _open(path, name, limits) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def parse_file(
    path: Path,
    name: str | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    command: Sequence[str] = CHILD,
    password: str | None = None,
    allow_blank: bool = False,
) -> Generator[tuple[int, int], None, Document]:
    """Read a file in a child process; yield (pages done, pages in all), return the document.

    Closing the generator kills the child.

    Args:
        path: the file.
        name: what to call it; by default the file's own name.
        limits: what reading it may take.
        command: starts the child; the request is added to it as the last argument.
        password: opens the file if it is locked.
        allow_blank: take a document without text, as one of scans is.

    Raises:
        DocumentError: if the file cannot be taken; says why and what would help. What the child
            wrote to its standard error is a note of the exception.
    """
    name = name or path.name or str(path)
    with _open(path, name, limits) as file:
        identity = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        document = yield from ask_child(
            file,
            name,
            lambda answer: wire.unpack(answer.get("document"), name, allow_blank=allow_blank),
            limits=limits,
            command=command,
            password=password,
            request={"allow_blank": allow_blank},
        )
    if document.id != identity:
        raise DocumentError(name, "changed while it was being read; try again.")
    return document


def _open(path: Path, name: str, limits: Limits) -> io.FileIO:
    """Open a file without a buffer, so that the child reads from where the parent stands."""
    try:
        # Before opening, which would wait for ever on a pipe.
        status = path.stat()
        _refuse_by_status(status, name, limits)
        return path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise DocumentError(name, "does not exist; check its name and folder.") from error
    except PermissionError as error:
        raise DocumentError(name, "may not be read; change its permissions.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(name, f"cannot be opened ({reason}); check its name.") from error


def _refuse_by_status(status: os.stat_result, name: str, limits: Limits) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise DocumentError(name, "is a folder; give the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise DocumentError(name, "is no ordinary file; save its content to one.")
    if status.st_size == 0:
        raise DocumentError(name, "is empty; check that it was saved or downloaded whole.")
    if status.st_size > limits.file_bytes:
        size, most = status.st_size // _MEGABYTE, limits.file_bytes // _MEGABYTE
        raise DocumentError(name, f"has {size:,} MB, more than {most:,} MB; split it.")


def ask_child(
    file: IO[bytes],
    name: str,
    read: Callable[[dict[str, Any]], _T],
    *,
    limits: Limits,
    command: Sequence[str],
    password: str | None,
    request: dict[str, Any],
) -> Generator[tuple[int, int], None, _T]:
    """Put `request` to a child process that is given `file`; yield its progress.

    Args:
        file: a file of the system, standing where the child is to read from.
        name: what to call it.
        read: makes the result of the child's answer, or raises ValueError.
        limits: what the child may take.
        command: starts the child.
        password: opens the file if it is locked.
        request: what `agent.formats.child` is to do.

    Raises:
        DocumentError: as `parse_file` does.
    """
    asked = json.dumps(_request(name, limits) | request)
    with _started(file, [*command, asked], name, password) as child:
        lines = child.lines(limits)
        try:
            while True:
                message = _message(next(lines))
                if "page" in message:
                    yield _progress(message)
                elif "refused" in message:
                    raise DocumentError(name, str(message["refused"]))
                else:
                    return read(message)
        except ValueError as error:
            reason = "could not be read: its parser gave a broken answer; save it again or as PDF."
            raise child.explain(DocumentError(name, reason)) from error
        except _NoAnswerError as error:
            raise child.explain(DocumentError(name, str(error))) from error


def _request(name: str, limits: Limits) -> dict[str, Any]:
    package = Path(__file__).parent.parent
    # Of the parent's path, the entries that mean "the folder I was started in" are left out.
    path = [entry for entry in sys.path if os.path.isabs(entry)]  # noqa: PTH117 - it is a string
    return {
        "name": name,
        "path": [str(package.parent), *path],
        "agent": str(package),
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
    }


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(message, dict):
        raise ValueError("no message")  # noqa: TRY004 - one error for every broken answer
    return message


def _progress(message: dict[str, Any]) -> tuple[int, int]:
    done, of = message["page"], message.get("of")
    if type(done) is not int or type(of) is not int or not 0 <= done <= of:
        raise ValueError("broken progress")
    return done, of


@contextlib.contextmanager
def _started(
    file: IO[bytes], command: Sequence[str], name: str, password: str | None
) -> Iterator["_Child"]:
    secret = {_PASSWORD_VARIABLE: password} if password else {}
    try:
        process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=dict(os.environ) | secret,  # noqa: TID251 - handed on, not read
        )
    except OSError as error:
        reason = f"could not be read: no process could be started for it ({error.strerror})."
        raise DocumentError(name, reason) from error
    child = _Child(process)
    try:
        yield child
    finally:
        child.close()


class _NoAnswerError(Exception):
    """The child ended, or had to be ended, without an answer; says why, for a person."""


class _Child:
    """A started child process; two threads listen to it, so that waiting can end at any time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._chunks: Queue[bytes] = Queue(_WAITING_CHUNKS)
        self._errors = b""
        self._closing = Event()
        self._threads = [Thread(target=target, daemon=True) for target in (self._pump, self._note)]
        for thread in self._threads:
            thread.start()

    def lines(self, limits: Limits) -> Iterator[bytes]:
        """Yield the child's lines; never ends but by closing or with an error.

        Raises:
            _NoAnswerError: when it closes its output, or as soon as it goes beyond a limit.
        """
        parts: list[bytes] = []
        for chunk in self._listen(limits):
            first, *others = chunk.split(b"\n")
            parts.append(first)
            for part in others:
                yield b"".join(parts)
                parts = [part]

    def _listen(self, limits: Limits) -> Iterator[bytes]:
        # Only waiting counts: while the caller is busy elsewhere, the child's clock stands.
        waited = idle = 0.0
        size = 0
        while True:
            since = time.monotonic()
            try:
                chunk = self._chunks.get(timeout=_TICK_SECONDS)
            except Empty:
                chunk = None
            waited += time.monotonic() - since
            idle = idle + time.monotonic() - since if chunk is None else 0.0
            size += len(chunk or b"")
            self._watch(waited, idle, size, limits)
            if chunk == b"":
                raise _NoAnswerError(self._last_words())
            if chunk:
                yield chunk

    def _watch(self, waited: float, idle: float, size: int, limits: Limits) -> None:
        if waited > limits.wall_seconds:
            raise _NoAnswerError(
                f"took more than {limits.wall_seconds:g} seconds to read; "
                "split it into smaller files."
            )
        if idle > limits.idle_seconds:
            raise _NoAnswerError(
                f"brought its parser to a halt for {limits.idle_seconds:g} seconds; "
                "save it again, or as PDF."
            )
        if size > limits.output_bytes:
            most = limits.output_bytes // _MEGABYTE
            raise _NoAnswerError(
                f"holds more than {most:,} MB of text; split it into smaller files."
            )
        if idle and self._memory_bytes() > limits.memory_bytes:
            most = limits.memory_bytes // _MEGABYTE
            raise _NoAnswerError(
                f"needs more than {most:,} MB of memory; split it into smaller files."
            )

    def _memory_bytes(self) -> int:
        """Return what the child holds: its own limit does not work on macOS and Windows."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:  # it has just ended
            return 0

    def _last_words(self) -> str:
        """Say how the child ended, which closed its output without an answer."""
        code = self._end(patience_seconds=1.0)
        if code == -getattr(signal, "SIGXCPU", 0):
            return "took too much time of the processor to read; split it into smaller files."
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"makes its parser crash ({how}); save it again, or print it to PDF."

    def explain(self, error: DocumentError) -> DocumentError:
        """Add what the child wrote to standard error as a note, which only tracebacks show."""
        self.close()
        if self._errors:
            error.add_note(self._errors.decode(errors="backslashreplace"))
        return error

    def close(self) -> None:
        """Kill the child and all that it started."""
        self._closing.set()
        self._end()
        with contextlib.suppress(Empty):
            while True:
                self._chunks.get_nowait()
        for thread in self._threads:
            # A process that left the group may still hold a pipe; its thread is left behind.
            thread.join(timeout=1.0)

    def _end(self, patience_seconds: float = 0.0) -> int:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience_seconds)
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        return self._process.wait()

    def _pump(self) -> None:
        with cast("IO[bytes]", self._process.stdout) as stream:
            while not self._closing.is_set():
                chunk = stream.read(_CHUNK_BYTES)
                self._chunks.put(chunk)
                if not chunk:
                    return

    def _note(self) -> None:
        with cast("IO[bytes]", self._process.stderr) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                self._errors = (self._errors + chunk)[-_NOTE_BYTES:]
