"""The list of documents in a library: its lines, and finding one by the beginning of its id."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from agent.errors import LibraryError
from agent.events import Added
from agent.rows import load_notes, readable

_ID_PREFIX = re.compile("[0-9a-f]+")
_ENTRY = "SELECT id, CAST(name AS BLOB), format, pages, tokens, added FROM document"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the library's list; `added` is in seconds since 1970."""

    id: str
    name: str
    format: str
    pages: int
    tokens: int
    added: float


def find_row(connection: sqlite3.Connection, identity: str) -> int:
    """Return the row of the only document whose id begins with `identity`.

    Raises:
        LibraryError: if there is none, or more than one.
    """
    prefix = identity.lower()
    rows = connection.execute(  # a range, so that the index on `id` answers; g follows f
        "SELECT row FROM document WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2",
        (prefix if _ID_PREFIX.fullmatch(prefix) else None,),
    ).fetchall()
    if len(rows) != 1:
        what = "more than one document has" if rows else "no document has"
        raise LibraryError(f"{what} the id {identity!r}; `longread list` shows the ids.")
    return int(rows[0][0])


def all_entries(connection: sqlite3.Connection) -> list[Entry]:
    """Return all lines, newest first."""
    rows = connection.execute(f"{_ENTRY} ORDER BY added DESC, row DESC")
    return [_entry(*row) for row in rows]


def _entry(identity: str, name: bytes, *others: Any) -> Entry:
    return Entry(identity, readable(name), *others)


def entry_at(connection: sqlite3.Connection, row: int) -> Entry:
    """Return the line of the document in `row`."""
    return _entry(*connection.execute(f"{_ENTRY} WHERE row = ?", (row,)).fetchone())


def added_at(connection: sqlite3.Connection, row: int, *, reused: bool) -> Added:
    """Return the event that tells of the document in `row`, whole in the library."""
    entry = entry_at(connection, row)
    empty, notes = _empty_pages(connection, row), load_notes(connection, row)
    return Added(entry.id, entry.name, entry.pages, entry.tokens, reused, empty, notes)


def _empty_pages(connection: sqlite3.Connection, row: int) -> tuple[int, ...]:
    rows = connection.execute(
        "SELECT number FROM page WHERE document = ?"
        " AND trim(text, char(9, 10, 12, 32)) = '' ORDER BY number",
        (row,),
    )
    return tuple(number for (number,) in rows)
