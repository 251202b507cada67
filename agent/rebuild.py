"""Save from a damaged file what can still be read, within the file and in one transaction.

The file is not replaced by another: other processes have it open, and would go on writing into one
that is no longer there. Instead the damaged tables are struck from the list of tables, untouched,
and the documents are copied into new ones, read by a second connection in the moment before.
"""

import contextlib
import sqlite3
from collections.abc import Iterator

from agent.errors import LibraryError
from agent.inspection import FILE, Checking, Fault, inspect_document, inspect_file
from agent.rows import insert, load, make, readable
from agent.store import UNREADABLE, Store

_LOST = "its text could not be read any more and is lost; add its file again"

# A scan ends at a damaged page; from the other side it may reach what lies behind.
_SCANS = (
    "SELECT row, id FROM document NOT INDEXED ORDER BY row",
    "SELECT row, id FROM document NOT INDEXED ORDER BY row DESC",
    "SELECT row, id FROM document ORDER BY id",
)


def rebuild(store: Store, findings: str) -> Iterator[Checking | Fault]:
    """Copy every whole document into new tables; all of this is kept, or nothing.

    What is made from the texts is made anew: nothing of a damaged file is believed unchecked.
    """
    try:
        with store.rebuilding() as (source, target):
            yield from _copy(source, target)
    except LibraryError as error:
        what = (
            f"{findings}; it could not be built anew and is as it was ({error}); "
            "`longread export` what is still in it, move it away and import that"
        )
        yield Fault("", FILE, what, mendable=False)
        return
    left = _tidy(store)
    yield Fault("", FILE, findings + left, mendable=True, mended=not left)


def _tidy(store: Store) -> str:
    """Give back the damaged pages; return what is still wrong, "" if nothing."""
    try:
        store.wipe()
        left = inspect_file(store)
    except LibraryError as error:
        left = str(error)
    again = "what could be read is saved, but not tidied up yet; `longread doctor --repair` does it"
    return f"; {again} ({left})" if left else ""


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> Iterator[Checking | Fault]:
    rows = _rows(source)
    for done, (row, identity) in enumerate(sorted(rows.items())):
        yield Checking(identity[:12], done, len(rows))
        try:
            name, recipe, imported, added = source.execute(
                "SELECT CAST(name AS BLOB), recipe, imported, added FROM document WHERE row = ?",
                (row,),
            ).fetchone()
            name = readable(name)
            document = load(source, row)
        except (LibraryError, *UNREADABLE, TypeError):
            yield Fault(identity, _name(source, row) or identity[:12], _LOST, mendable=False)
            continue
        made = make(document, recipe)
        insert(target, document, made, imported=bool(imported), added=added)
        (new,) = target.execute("SELECT row FROM document WHERE id = ?", (identity,)).fetchone()
        if fault := inspect_document(target, new, identity, name):
            raise LibraryError(f"{name}: {fault.what}")


def _rows(source: sqlite3.Connection) -> dict[int, str]:
    """Return row and id of every document that the table or its index still knows."""
    rows: dict[int, str] = {}
    for scan in _SCANS:
        with contextlib.suppress(*UNREADABLE):
            for row, identity in source.execute(scan):
                rows.setdefault(row, str(identity))
    return rows


def _name(source: sqlite3.Connection, row: int) -> str:
    with contextlib.suppress(*UNREADABLE):
        found = source.execute(
            "SELECT CAST(name AS BLOB) FROM document WHERE row = ?", (row,)
        ).fetchone()
        return readable(found[0]) if found else ""
    return ""
