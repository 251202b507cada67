"""Files taken into the library by a command: progress and what is to be said of them, on stderr."""

import contextlib
import os
import re
import sys
from collections.abc import Generator, Iterator, Sequence

import click

from agent import Added, Event, Library, LibraryError, Refused
from agent.errors import DocumentError
from app.bar import Bar, Tally
from app.strings import about_pages

_ID = re.compile("[0-9a-f]{4,64}")


class AlreadySaidError(Exception):
    """The failure has been said on stderr; only the exit code is left."""


def gather(files: Sequence[str], library: Library) -> list[str]:
    """Return the ids of `files` in their order, adding what is new; refusals go to stderr.

    Raises:
        DocumentError: if none of them can be taken.
    """
    identities: list[str] = []
    refused = None
    for name in files:
        if known := _known(name, library):
            identities.append(known)
            continue
        for event in watch(library.add_all([name])):
            if isinstance(event, Added):
                identities.append(event.id)
            elif isinstance(event, Refused):
                refused = DocumentError(event.name, event.reason)
    if refused and not identities:
        raise AlreadySaidError from refused
    fill(library, identities)
    return list(dict.fromkeys(identities))


def _known(name: str, library: Library) -> str:
    """Return the whole id if `name` is no file but begins an id in the library, else ""."""
    # Unlike Path.exists this says False where it may not look.
    if _ID.fullmatch(name.lower()) and not os.path.exists(name):  # noqa: PTH110
        with contextlib.suppress(LibraryError):
            return library.entry(name).id
    return ""


def watch(events: Iterator[Event], tally: Tally | None = None) -> Generator[Event]:
    """Pass events on, drawing progress and saying what was refused, on stderr."""
    bar = Bar()
    for event in events:
        bar.before = tally.place if tally else ""
        bar.show(event)
        if tally:
            tally.take(event)
        if isinstance(event, Refused):
            click.echo(f"{event.name}: {event.reason}", err=True)
        if isinstance(event, Added):
            for line in about_pages(event):
                click.echo(line, err=True)
        yield event


def fill(library: Library, identities: Sequence[str]) -> None:
    """Prepare the search by meaning, if there is a model for it; Ctrl-C keeps what is done."""
    bar = Bar()
    for step in library.filling(identities):
        bar.draw("Preparing the search by meaning", "passage", step.done, step.total)
    bar.clear()


def ask_password() -> str:
    """Ask for it without showing it; from a pipe it is the first line."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
