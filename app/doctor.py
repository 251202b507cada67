"""What this machine can do: which model reads, how much memory there is, what is missing."""

import importlib.metadata
import importlib.util
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from agent.check import Traces
from agent.errors import ReadError
from agent.formats.isolate import walls
from agent.inspection import Checking, Fault
from app.models import short_lines, table
from app.settings import Settings
from app.wire import choose_model, open_library
from model.errors import ModelError

_GIB = 2**30
_WALLS = {
    "files": "it reads none of your other files, starts nothing",
    "network": "reaches no network",
}
_TRACES = (
    "words of documents removed earlier may still be in the file; `longread doctor --repair` "
    "wipes them out"
)
# package -> what is lost without it
_OPTIONAL = {
    "torch": "no model can run in this process; a server or the quoting reader still can",
    "transformers": "no model can run in this process; a server or the quoting reader still can",
    "bitsandbytes": "no weights can be held in int8 or nf4, so large models need more memory",
    "langchain_openai": "no OpenAI-compatible server can be used",
    "pypdfium2": "PDFs are read by pypdf alone, about twelve times slower",
    "streamlit": "no web page; the command line still works",
}


class Checkup:
    """What a check of the library has found, gathered from its events."""

    def __init__(self) -> None:
        self.wrong = False
        self._total = 0
        self._lines: list[str] = []
        self._faulty: set[str] = set()

    def add(self, event: Checking | Fault | Traces) -> None:
        """Take in what happened."""
        match event:
            case Checking(total=total):
                self._total = total
            case Fault(identity, name, what, mendable, mended):
                self.wrong |= not mended
                self._faulty.update({identity} - {""} if not mended else ())
                state = "mended" if mended else "mendable" if mendable else "lost"
                who = f"{name} ({identity[:12]})" if identity else name
                self._lines.append(f"{state:<10} {who}: {what}")
            case Traces():
                self._lines.append(f"{'traces':<10} {_TRACES}")

    def text(self, home: Path) -> str:
        """Return the report, one finding a line."""
        whole = self._total - len(self._faulty)
        end = f"checked    {home}: {whole:,} of {self._total:,} documents are whole"
        if any(line.startswith("mendable") for line in self._lines):
            end += "; `longread doctor --repair` makes right what is mendable"
        return "\n".join([*self._lines, end])


def report(settings: Settings) -> str:
    """Return the report, one finding a line."""
    return "\n".join(
        [
            *_machine(),
            *_gpus(),
            walls_line(),
            *_library(settings),
            *_reader(settings),
            *(f"model      {line}" for line in short_lines(table(settings))),
            *_packages(),
        ]
    )


def _machine() -> Iterator[str]:
    memory = psutil.virtual_memory()
    yield f"longread   {importlib.metadata.version('longread')} on Python {sys.version.split()[0]}"
    yield (
        f"memory     {memory.available / _GIB:.1f} GiB free of {memory.total / _GIB:.1f} GiB, "
        f"{psutil.cpu_count()} processors"
    )


def _gpus() -> Iterator[str]:
    if importlib.util.find_spec("torch") is None:
        return
    import torch  # noqa: PLC0415  # takes seconds, and only this command wants it

    if not torch.cuda.is_available():
        yield "gpu        none; a model would run on the processor, slowly"
    for number in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(number)
        name = torch.cuda.get_device_name(number)
        yield f"gpu        {name}: {free / _GIB:.1f} GiB free of {total / _GIB:.1f} GiB"


def walls_line() -> str:
    """Say what a process can do that parses somebody's file."""
    standing = walls()
    said = [words for wall, words in _WALLS.items() if wall in standing]
    what = ", ".join(said) or "no walls are possible here beyond limits of memory and time"
    return f"parsing    in a process of its own: {what}"


def _library(settings: Settings) -> Iterator[str]:
    try:
        entries = open_library(settings).documents()
    except ReadError as error:
        yield f"library    {error}"
        return
    tokens = sum(entry.tokens for entry in entries)
    yield (
        f"library    {settings.home}: {len(entries)} documents, {tokens:,} tokens "
        f"(SQLite {sqlite3.sqlite_version})"
    )


def _reader(settings: Settings) -> Iterator[str]:
    try:
        chosen = choose_model(settings)
    except ModelError as error:
        yield f"reader     {error}"
        return
    yield f"reader     {chosen.name}: {chosen.reason}"


def _packages() -> Iterator[str]:
    for package, loss in _OPTIONAL.items():
        if importlib.util.find_spec(package) is None:
            yield f"missing    {package}: {loss}; `pip install {package.replace('_', '-')}`"
        else:
            version = importlib.metadata.version(package.replace("_", "-"))
            yield f"present    {package} {version}"
