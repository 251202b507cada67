"""The journal's file: one SQLite database beside the library's.

Of its own, because the library's is locked for a second while a long document is written, and every
word of an answer would wait for that.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent import LibraryError

FILE_NAME: Final = "journal.db"

_BUSY_SECONDS: Final = 30
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    documents TEXT NOT NULL,
    submission BLOB NOT NULL,
    turn BLOB NOT NULL,
    state TEXT NOT NULL,
    stopping INTEGER NOT NULL DEFAULT 0,
    worker TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    made REAL NOT NULL,
    begun REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS job_of ON job (owner, documents);
CREATE INDEX IF NOT EXISTS job_open ON job (state) WHERE state != 'done';
CREATE TABLE IF NOT EXISTS worker (name TEXT PRIMARY KEY, heard REAL NOT NULL);
CREATE TABLE IF NOT EXISTS owned (
    owner TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (owner, document)
);
CREATE TABLE IF NOT EXISTS called (
    owner TEXT NOT NULL, document TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (owner, document)
);
CREATE TABLE IF NOT EXISTS meaning (
    documents TEXT PRIMARY KEY, is_new INTEGER NOT NULL, state BLOB NOT NULL
);
"""


class JournalFile:
    """Opens connections, each of them used by one thread and closed.

    Raises:
        LibraryError: if the file cannot be used, or a newer Longread wrote it.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE_NAME
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{home}: the library folder cannot be made ({error.strerror}); "
                "set LONGREAD_HOME to a folder you may write to."
            ) from error
        with self.reading() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with self.writing() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise LibraryError(f"{self.path}: a newer Longread wrote it; start that one.")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection, which is closed at the end."""
        try:
            with contextlib.closing(
                sqlite3.connect(self.path, _BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA secure_delete = ON")
                yield connection
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise LibraryError(f"{self.path}: {_advice(error)}") from error

    @contextlib.contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a write transaction: all of it is kept, or, where something fails, nothing.

        Args:
            durable: whether it must outlive a power cut from its end on; what comes several times a
                second may be lost with it, and is made again.
        """
        with self.reading() as connection:
            if durable:
                connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


def _advice(error: sqlite3.Error | UnicodeDecodeError) -> str:
    """Return what is wrong and what to do."""
    name = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return (
            "the page's journal is damaged; move it away and start the page again: the "
            "conversations in it are lost, the documents are not."
        )
    return f"{error}; free some space or check the rights of that folder."
