"""A progress bar on stderr, drawn only where a person looks on."""

import sys

import click

from agent import Event, Parsing

_WIDTH = 24


class Bar:
    """Draws over one line of stderr; draws nothing where nobody looks on."""

    def __init__(self) -> None:
        self._drawn = False

    def show(self, event: Event) -> None:
        """Draw `event` if it moves the bar, and clear the bar if it ends it."""
        if isinstance(event, Parsing):
            self.draw(event.name, "page", event.page, event.pages)
        else:
            self.clear()

    def draw(self, what: str, unit: str, done: int, total: int) -> None:
        """Draw that `done` of `total` units are done."""
        filled = ("#" * int(_WIDTH * done / max(total, 1))).ljust(_WIDTH)
        self._write(f"{what}  [{filled}] {unit} {done:,} of {total:,}")

    def fetched(self, here: int, total: int) -> None:
        """Draw how much of a download is here."""
        self._write(f"{here / 2**30:.2f} of {total / 2**30:.2f} GiB ({here / max(total, 1):.0%})")

    def _write(self, line: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{line}", nl=False, err=True)
            self._drawn = True

    def clear(self) -> None:
        """Clear the bar, if it is drawn."""
        if self._drawn:
            click.echo("\r\033[K", nl=False, err=True)
            self._drawn = False
