"""What a power cut leaves on a disk: the calls of a traced process, played back up to a moment.

What was synced is there. What was written after the last sync may be there, or not, or in part:
disks write sectors of 512 bytes in any order. The trace is that of `strace`.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512  # bytes that a disk writes whole or not at all
_CALLS = "openat,close,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,mkdir"
_LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_BYTES = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One call that matters: `write`, `truncate`, `sync`, `make`, `remove` or `say`."""

    what: str
    name: str
    offset: int = 0
    data: bytes = b""


@dataclass(slots=True)
class _File:
    """What a disk is sure to hold of a file, and what was written since."""

    synced: bytes
    entered: bool  # whether its name is sure to be in the folder
    removed: bool = False
    since: list[Call] = field(default_factory=list)


def trace(code: str, arguments: list[str], log: Path, folder: Path) -> list[Call]:
    """Run Python code under strace; return its calls on files in a folder, in order.

    What it writes to the file `said` in the folder is not on the disk: it is what was acknowledged.
    """
    command = ["strace", "-f", "-xx", "-s", "100000000", "-e", f"trace={_CALLS}", "-o", str(log)]
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [*command, sys.executable, "-c", code, *arguments],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    with log.open() as lines:
        return list(_calls(lines, folder))


def _calls(lines: Iterable[str], folder: Path) -> Iterator[Call]:
    reading = _Trace(folder)
    for line in lines:
        if "unfinished" in line:
            raise AssertionError("threads write at once: their order cannot be told")
        found = _LINE.match(line)
        if found and not found[3].startswith("-"):
            texts = [bytes.fromhex(text.replace("\\x", "")) for text in _BYTES.findall(found[2])]
            yield from getattr(reading, found[1])(found[2], texts, found[3])


class _Trace:
    """Knows which file is meant; each method is the call of that name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}  # by file descriptor; "" is the folder itself
        self._at: dict[str, int] = {}

    def _name(self, rest: str) -> str | None:
        return self._names.get(rest.split(",", 1)[0].strip())

    def openat(self, rest: str, texts: list[bytes], result: str) -> Iterator[Call]:
        path = Path(texts[0].decode())
        self._names.pop(result, None)
        if path != self._folder and self._folder not in path.parents:
            return
        name = self._names[result] = path.name if path != self._folder else ""
        self._at[result] = 0
        if "O_CREAT" in rest:
            yield Call("make", name)
        if "O_TRUNC" in rest:
            yield Call("truncate", name)

    def close(self, rest: str, _texts: list[bytes], _result: str) -> Iterator[Call]:
        self._names.pop(rest, None)
        return iter(())

    def fsync(self, rest: str, _texts: list[bytes], _result: str) -> Iterator[Call]:
        if (name := self._name(rest)) is not None:
            yield Call("sync", name)

    fdatasync = fsync

    def ftruncate(self, rest: str, _texts: list[bytes], _result: str) -> Iterator[Call]:
        if (name := self._name(rest)) is not None:
            yield Call("truncate", name, int(rest.split(",")[1]))

    def pwrite64(self, rest: str, texts: list[bytes], _result: str) -> Iterator[Call]:
        if (name := self._name(rest)) is not None:
            yield Call("write", name, int(rest.rsplit(",", 1)[1]), texts[0])

    def write(self, rest: str, texts: list[bytes], _result: str) -> Iterator[Call]:
        name, number = self._name(rest), rest.split(",", 1)[0]
        if name == "said":
            yield Call("say", name, 0, texts[0])
        elif name is not None:
            yield Call("write", name, self._at[number], texts[0])
            self._at[number] += len(texts[0])

    def unlink(self, _rest: str, texts: list[bytes], _result: str) -> Iterator[Call]:
        path = Path(texts[0].decode())
        if self._folder in path.parents:
            yield Call("remove", path.name)

    unlinkat = unlink

    def rename(self, _rest: str, texts: list[bytes], _result: str) -> Iterator[Call]:
        if any(self._folder in Path(text.decode()).parents for text in texts):
            raise AssertionError("this is not played back")
        return iter(())

    mkdir = rename


class Disk:
    """The files of a folder as a disk holds them, while calls are played back."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = {name: _File(data, entered=True) for name, data in files.items()}
        self.said = b""

    def play(self, call: Call) -> None:
        """Take note of one call."""
        if call.what == "say":
            self.said += call.data
        elif call.what == "make":
            file = self._files.setdefault(call.name, _File(b"", entered=False))
            if file.removed:
                self._files[call.name] = _File(b"", entered=False)
        elif call.what == "remove":
            self._files[call.name].removed = True
        elif call.what == "sync" and not call.name:
            self._sync_folder()
        elif call.what == "sync":
            file = self._files[call.name]
            file.synced, file.since, file.entered = _applied(file.synced, file.since), [], True
        else:
            self._files[call.name].since.append(call)

    def _sync_folder(self) -> None:
        for name, file in list(self._files.items()):
            file.entered = True
            if file.removed:
                del self._files[name]

    def after_the_cut(self, kind: str, random_) -> dict[str, bytes]:
        """Return the files that are there when the power is back.

        Args:
            kind: what became of all that was not synced: `none` or `all` of it is there, or it is
                `torn`, each sector and each length for itself.
            random_: draws what is torn.
        """
        there = {}
        for name, file in self._files.items():
            keeps = {"none": False, "all": True}.get(kind)
            if not file.entered and not (random_.random() < 0.5 if keeps is None else keeps):
                continue
            if file.removed and (random_.random() < 0.5 if keeps is None else keeps):
                continue
            calls = file.since if keeps is None or keeps else []
            if keeps is None:
                calls = [
                    part for call in calls for part in _sectors(call) if random_.random() < 0.5
                ]
            there[name] = _applied(file.synced, calls)
        return there


def _sectors(call: Call) -> Iterator[Call]:
    if call.what != "write":
        yield call
        return
    start = call.offset
    while start < call.offset + len(call.data):
        end = min((start // SECTOR + 1) * SECTOR, call.offset + len(call.data))
        yield Call("write", call.name, start, call.data[start - call.offset : end - call.offset])
        start = end


def _applied(data: bytes, calls: list[Call]) -> bytes:
    if not calls:
        return data
    held = bytearray(data)
    for call in calls:
        end = call.offset + len(call.data)
        if len(held) < end:
            held.extend(bytes(end - len(held)))
        if call.what == "truncate":
            del held[call.offset :]
        else:
            held[call.offset : end] = call.data
    return bytes(held)
