"""A progress bar on stderr, drawn only where a person looks on."""

import sys
import time

import click

from agent import Added, Event, Indexing, Parsing, Progress, Refused

_WIDTH = 24


class Bar:
    """Draws over one line of stderr; draws nothing where nobody looks on."""

    def __init__(self) -> None:
        self._drawn = False
        self.before = ""  # stands before the rest of the line

    def show(self, event: Event) -> None:
        """Draw `event` if it moves the bar, and clear the bar if it ends it."""
        if isinstance(event, Parsing):
            self.draw(event.name, "page", event.page, event.pages)
        elif isinstance(event, Indexing):
            self.draw(event.name, "passage", event.passage, event.passages)
        else:
            self.clear()

    def draw(self, what: str, unit: str, done: int, total: int) -> None:
        """Draw that `done` of `total` units are done."""
        filled = ("#" * int(_WIDTH * done / max(total, 1))).ljust(_WIDTH)
        self._write(f"{what}  [{filled}] {unit} {done:,} of {total:,}")

    def draw_progress(self, progress: Progress) -> None:
        """Draw how far the reading has come."""
        if progress.total and not progress.text:
            self.draw(progress.stage, "passage", progress.done, progress.total)

    def fetched(self, here: int, total: int) -> None:
        """Draw how much of a download is here."""
        self._write(f"{here / 2**30:.2f} of {total / 2**30:.2f} GiB ({here / max(total, 1):.0%})")

    def _write(self, line: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{self.before}{line}", nl=False, err=True)
            self._drawn = True

    def clear(self) -> None:
        """Clear the bar, if it is drawn."""
        if self._drawn:
            click.echo("\r\033[K", nl=False, err=True)
            self._drawn = False


class Tally:
    """How far a row of files has come, and how fast: what was there already is not counted in."""

    def __init__(self, files: int) -> None:
        self._files = files
        self._done = self._refused = self._reused = self._tokens = 0
        self._began = time.monotonic()
        self._seconds = 0.0  # spent on files that were added
        self._last = self._began

    @property
    def place(self) -> str:
        """Return which file it is at, for the beginning of the bar, empty for a single one."""
        return f"{self._done + 1:,} of {self._files:,}  " if self._files > 1 else ""

    def take(self, event: Event) -> None:
        """Take in what happened to a file."""
        if not isinstance(event, Added | Refused):
            return
        now = time.monotonic()
        self._done += 1
        if isinstance(event, Refused):
            self._refused += 1
        elif event.reused:
            self._reused += 1
        else:
            self._tokens += event.tokens
            self._seconds += now - self._last
        self._last = now

    def text(self) -> str:
        """Return one line on all of them, empty for a single file."""
        if self._files < 2:  # noqa: PLR2004  # one has said all there is
            return ""
        added = self._done - self._refused - self._reused
        said = f"{self._files:,} files: {added:,} added"
        if added:
            rate = self._tokens / max(self._seconds, 1e-3)
            said += f" ({self._tokens:,} tokens, {rate:,.0f} a second)"
        if self._reused:
            said += f", {self._reused:,} there already"
        if self._refused:
            said += f", {self._refused:,} refused"
        return f"{said}; {self._last - self._began:.1f} s"
