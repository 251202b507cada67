"""Check a library, and make right what can be made right.

What was made from a text can be made from it again. The text itself cannot; where it differs from
its digest, the document is named. Each document is looked at in its own moment, so that others may
go on working.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent.errors import LibraryError
from agent.index.vectors import forget_unused, name_passages
from agent.inspection import FILE, Checking, Fault, inspect_document, inspect_file
from agent.rebuild import rebuild
from agent.recognised import forget_recognised
from agent.rows import insert_made, load, make, readable
from agent.store import Store


@dataclass(frozen=True, slots=True)
class Traces:
    """Nothing is wrong, but words of removed documents may still be in the file."""


def check(store: Store, *, repair: bool = False) -> Iterator[Checking | Fault | Traces]:
    """Check everything, and with `repair` make right what can be made right."""
    findings = inspect_file(store)
    sound = not findings
    if findings and repair:
        for event in rebuild(store, findings):
            yield event
            sound |= isinstance(event, Fault) and event.name == FILE and event.mended
    elif findings:
        yield Fault("", FILE, findings, mendable=True)
    try:
        yield from _check_documents(store, repair=repair)
        if repair and sound:
            _forget_unfinished(store)
        if not (repair and sound and store.wipe()) and store.has_traces():
            yield Traces()
    except LibraryError as error:
        if not findings:
            raise
        yield Fault("", FILE, f"cannot be read to its end ({error})", mendable=not repair)


def _check_documents(store: Store, *, repair: bool) -> Iterator[Checking | Fault]:
    with store.reading() as connection:
        rows = connection.execute(
            "SELECT row, id, CAST(name AS BLOB) FROM document ORDER BY row"
        ).fetchall()
    for done, (row, identity, said) in enumerate(rows):
        name = readable(said)
        yield Checking(name, done, len(rows))
        with store.reading() as connection:
            if not _is_there(connection, row, identity):
                continue  # removed since
            fault = inspect_document(connection, row, identity, name)
        if fault and fault.mendable and repair:
            fault = _mend(store, row, fault)
        if fault:
            yield fault
    yield Checking("", len(rows), len(rows))


def _forget_unfinished(store: Store) -> None:
    with store.writing() as connection:
        forget_recognised(connection)


def _is_there(connection: sqlite3.Connection, row: int, identity: str) -> bool:
    found = connection.execute("SELECT 1 FROM document WHERE row = ? AND id = ?", (row, identity))
    return found.fetchone() is not None


def _mend(store: Store, row: int, fault: Fault) -> Fault:
    """Make anew what was made from the text of one document."""
    try:
        with store.writing() as connection:
            if _is_there(connection, row, fault.id):
                _remake(connection, row)
    except LibraryError as error:
        return replace(fault, what=f"{fault.what}; it could not be mended ({error})")
    return replace(fault, mended=True)


def _remake(connection: sqlite3.Connection, row: int) -> None:
    document = load(connection, row)
    (recipe,) = connection.execute("SELECT recipe FROM document WHERE row = ?", (row,)).fetchone()
    made = make(document, recipe)
    connection.execute("DELETE FROM passage WHERE document = ?", (row,))
    connection.execute("DELETE FROM posting WHERE document = ?", (row,))
    connection.execute(
        "UPDATE document SET recipe = ?, language = ?, tokens = ?, pages = ?, passage_words = ?"
        " WHERE row = ?",
        (made.recipe, made.language, made.tokens, len(document.pages), made.postings.lengths, row),
    )
    insert_made(connection, row, made)
    if connection.execute("DELETE FROM passage_text WHERE document = ?", (row,)).rowcount:
        name_passages(connection, row)
        forget_unused(connection)  # the others are under the hash of their text, as before
