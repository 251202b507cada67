"""The library's file: one SQLite database in WAL mode, with a versioned schema.

Everything of a document becomes visible in one transaction, so a reader meets a whole document or
none. `synchronous=FULL` keeps a committed document through a power cut.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from agent.errors import LibraryError

SCHEMA_VERSION = 1
_BUSY_SECONDS = 60.0  # how long to wait for another process that is writing
_SCHEMA = """
CREATE TABLE document (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,        -- SHA-256 of the file's bytes
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    engine TEXT NOT NULL,
    recipe TEXT NOT NULL,           -- versions and settings of parsing, cutting, words, tokens
    language TEXT NOT NULL,         -- whose stemmer was used, empty for none
    tokens INTEGER NOT NULL,
    passage_words BLOB NOT NULL,    -- words in each passage, uint32
    added REAL NOT NULL             -- seconds since 1970
);
CREATE TABLE page (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, label TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (document, number)
);
CREATE TABLE heading (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, level INTEGER NOT NULL, title TEXT NOT NULL, start INTEGER NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
CREATE TABLE passage (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    tokens INTEGER NOT NULL, heading_path TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
CREATE TABLE posting (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    term TEXT NOT NULL,
    passages BLOB NOT NULL,         -- numbers of the passages that hold the term, uint32
    counts BLOB NOT NULL,           -- how often, uint32
    PRIMARY KEY (document, term)
) WITHOUT ROWID;
"""


class Store:
    """Opens connections to the library's database; each is used by one thread and closed."""

    def __init__(self, home: Path) -> None:
        self._path = home / "library.db"
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{home}: the library folder cannot be made ({error.strerror}); "
                "set LONGREAD_HOME to a folder you may write to.",
            ) from error
        with self._connected() as connection:
            self._prepare(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection in a read transaction.

        All that is read is of one moment, so a document is there whole or not at all, whatever
        others write meanwhile.
        """
        with self._connected() as connection:
            connection.execute("BEGIN")
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a connection in a write transaction: all of it is kept, or nothing."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Open a connection; a transaction that is still open at the end is undone."""
        try:
            connection = sqlite3.connect(
                self._path,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
            finally:
                _end(connection)
        except sqlite3.Error as error:
            raise LibraryError(f"{self._path}: {_explain(error)}") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = _schema_version(connection)
        if version > SCHEMA_VERSION:
            raise LibraryError(
                f"{self._path}: this library was written by a newer Longread "
                f"(schema {version}, this one knows {SCHEMA_VERSION}); update Longread.",
            )
        if version == 0:
            _use_write_ahead_log(connection)
            connection.execute("BEGIN IMMEDIATE")
            if _schema_version(connection) == 0:  # another process may have been first
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")


def _end(connection: sqlite3.Connection) -> None:
    try:
        # After a failure such as a full disk SQLite may have undone the transaction by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    finally:
        connection.close()


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch the new file to WAL; SQLite does not wait for other openers here, so we do."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _is_busy(error: sqlite3.Error) -> bool:
    primary_code = error.sqlite_errorcode & 0xFF
    return primary_code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _explain(error: sqlite3.Error) -> str:
    """Return what is wrong and what to do, for the failures a person can act on."""
    match error.sqlite_errorname.split("_")[1] if hasattr(error, "sqlite_errorname") else "":
        case "FULL":
            return "the disk is full; free some space and run the same command again."
        case "BUSY" | "LOCKED":
            return "another Longread is writing to the library; try again when it is done."
        case "READONLY" | "CANTOPEN" | "PERM":
            return "the library cannot be written; check the rights of its folder."
        case "IOERR":
            return (
                "the disk would not read or write it; check that there is free space, that no "
                "limit on the size of files is set (`ulimit -f`) and that the disk is sound."
            )
        case "CORRUPT" | "NOTADB":
            return "the library file is damaged; move it away, then add the documents again."
    return f"the library failed ({error}); run `longread doctor`."
