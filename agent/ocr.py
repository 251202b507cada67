"""Recognising text in pictures: what an engine is, and Tesseract where it is installed."""

import csv
import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from agent.formats.pages import clean

HOW_TO_INSTALL = (
    "`apt install tesseract-ocr tesseract-ocr-deu` or `brew install tesseract tesseract-lang`"
)
_WORD_LEVEL, _PAGE_LEVEL = "5", "1"

# Left, top, right, bottom in fractions of the picture.
Box = tuple[float, float, float, float]


class OcrError(Exception):
    """A picture could not be read; says why as the rest of a sentence."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, `[start, end)` in characters of the text recognised, and where it stands."""

    start: int
    end: int
    line: int
    box: Box


@dataclass(frozen=True, slots=True)
class Recognised:
    """The text of a picture, lines ended by line ends."""

    text: str
    words: tuple[Word, ...] = ()


class Ocr(Protocol):
    """An engine that recognises text."""

    @property
    def name(self) -> str:
        """Which engine, of which version and for which languages: all that its result hangs on."""

    def read(self, png: bytes) -> Recognised:
        """Recognise the text of a picture.

        Raises:
            OcrError: if it cannot, or takes too long.
        """


@dataclass(frozen=True, slots=True)
class ScriptedOcr:
    """Recognises what it was told to, for tests: the same text in every picture."""

    text: str
    name: str = "scripted"

    def read(self, png: bytes) -> Recognised:
        """Return the text, its words side by side over the whole picture."""
        del png
        lines = [line.split() for line in self.text.splitlines()]
        down = 1 / max(1, len(lines))
        rows = [
            [
                (word, (at / len(line), row * down, (at + 1) / len(line), (row + 1) * down))
                for at, word in enumerate(line)
            ]
            for row, line in enumerate(lines)
        ]
        return lay_out(rows)


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The `tesseract` command, a process for each picture.

    Attributes:
        command: where it is.
        languages: of the text, as `tesseract --list-langs` calls them.
        version: as it says itself.
        timeout_seconds: for one picture.
    """

    command: str
    languages: tuple[str, ...]
    version: str
    timeout_seconds: float = 120.0

    @property
    def name(self) -> str:
        """Its version and languages."""
        return f"{self.version}, {'+'.join(self.languages)}"

    def read(self, png: bytes) -> Recognised:
        """Recognise the text of a picture.

        Raises:
            OcrError: if it cannot, or takes too long.
        """
        arguments = ["stdin", "stdout", "-l", "+".join(self.languages), "tsv"]
        table = _run([self.command, *arguments], png, self.timeout_seconds)
        try:
            return lay_out(_lines(table))
        except (csv.Error, KeyError, TypeError, ValueError) as error:
            raise OcrError(f"Tesseract gave a table that cannot be read ({error}).") from error


@dataclass(frozen=True, slots=True)
class BrokenOcr:
    """An engine that is there and cannot be started; says why for each picture."""

    reason: str
    name: str = "broken"

    def read(self, png: bytes) -> Recognised:
        """Raise why it cannot.

        Raises:
            OcrError: always.
        """
        del png
        raise OcrError(self.reason)


def find_ocr() -> Ocr | None:
    """Return the engine that is installed, with all its languages; None if there is none."""
    try:
        return find_tesseract()
    except OcrError as error:
        return BrokenOcr(str(error))


def find_tesseract(languages: Sequence[str] = ()) -> Tesseract | None:
    """Return Tesseract for `languages`, by default all that are installed; None if it is not.

    Raises:
        OcrError: if a language is not installed.
    """
    command = shutil.which("tesseract")
    if command is None:
        return None
    installed = installed_languages(command)
    for language in languages:
        if language not in installed:
            raise OcrError(
                f"Tesseract lacks the language {language!r}; "
                f"`apt install tesseract-ocr-{language.replace('_', '-')}` brings it."
            )
    return Tesseract(command, tuple(languages) or installed, _version(command))


def installed_languages(command: str) -> tuple[str, ...]:
    """Return the languages that Tesseract can read, English first, for the first leads.

    Raises:
        OcrError: if it cannot be started.
    """
    _, *languages = _run([command, "--list-langs"], b"", 10.0).split("\n")
    found = {language.strip() for language in languages} - {"", "osd", "equ", "snum"}
    return tuple(sorted(found, key=lambda language: (language != "eng", language)))


@functools.cache
def _version(command: str) -> str:
    return _run([command, "--version"], b"", 10.0).split("\n", 1)[0].strip()


def _run(command: Sequence[str], given: bytes, seconds: float) -> str:
    """Run a command; when it takes too long, it dies with all that it started.

    Raises:
        OcrError: if it cannot be started, fails, or takes too long.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed command, and no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            # One thread a picture is faster than several, which wait for each other (docs/log.md).
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # noqa: TID251  passed on, not read
        )
    except OSError as error:
        raise OcrError(f"Tesseract cannot be started ({error.strerror}).") from error
    try:
        out, complaint = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise OcrError(f"Tesseract took more than {seconds:g} seconds for one page.") from error
    finally:
        _end(process)
    if process.returncode:
        words = complaint.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise OcrError(f"Tesseract failed: {words[-1]}.")
    return out.decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


def _lines(tsv: str) -> Iterator[list[tuple[str, Box]]]:
    """Yield the words of each line from Tesseract's table; an empty line ends a paragraph."""
    width = height = 1
    line: list[tuple[str, Box]] = []
    place: list[str] = []
    for row in csv.DictReader(tsv.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE):
        left, top, across, down = (int(row[key]) for key in ("left", "top", "width", "height"))
        if row["level"] == _PAGE_LEVEL:
            width, height = max(across, 1), max(down, 1)
        if row["level"] != _WORD_LEVEL or not (row["text"] or "").strip():
            continue
        here = [row[key] for key in ("block_num", "par_num", "line_num")]
        if line and here != place:
            yield line
            line = []
            if here[:2] != place[:2]:
                yield []
        place = here
        box = left / width, top / height, (left + across) / width, (top + down) / height
        line.append((row["text"].strip(), box))
    if line:
        yield line


def lay_out(lines: Iterable[Sequence[tuple[str, Box]]]) -> Recognised:
    """Join words to lines and lines to a text, and keep where each word stands."""
    text = ""
    words: list[Word] = []
    for number, line in enumerate(lines):
        for word, box in line:
            word = clean(word)  # noqa: PLW2901 - the same in the form that documents have
            words.append(Word(len(text), len(text) + len(word), number, box))
            text += f"{word} "
        text = text.removesuffix(" ") + "\n"
    return Recognised(text, tuple(words))
