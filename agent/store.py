"""The library's file: one SQLite database in WAL mode, with a versioned schema.

Everything of a document becomes visible in one transaction, so a reader meets a whole document or
none. `synchronous=FULL` keeps a committed document through a power cut; `secure_delete` and
`Store.wipe` leave no word of a removed one in the file.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from agent.errors import LibraryError
from agent.migrations import SCHEMA_VERSION, migrate, version_of

# What reading a damaged file may raise: SQLite names in its message what it stumbled over, and
# Python fails to read that as UTF-8.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)

_BUSY_SECONDS = 60.0  # how long to wait for another process that is writing
_CHECKPOINT_SECONDS = 1.0  # how long to wait for readers before the log can be emptied


class Store:
    """Opens connections to the library's database; each is used by one thread and closed."""

    def __init__(self, home: Path) -> None:
        self.path = home / "library.db"
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
            self._refuse_other_versions(connection)
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a connection in a write transaction: all of it is kept, or nothing."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._refuse_other_versions(connection)
            yield connection
            connection.execute("COMMIT")

    def wipe(self) -> bool:
        """Write the file anew without what removed documents left between the living rows.

        `secure_delete` overwrites what is deleted, but not the copies that SQLite leaves behind
        when it moves rows from page to page; nor does it touch the write-ahead log. The chore that
        the removal wrote down is crossed out only when both are done, so a kill does not forget it.

        Returns:
            Whether that is done; it is not while others read an earlier state of the library.
        """
        with self._connected() as connection:
            self._refuse_other_versions(connection)
            connection.execute("VACUUM")
            connection.execute(f"PRAGMA busy_timeout = {int(1000 * _CHECKPOINT_SECONDS)}")
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                connection.execute("DELETE FROM chore WHERE name = 'vacuum'")
            return not busy

    def has_traces(self) -> bool:
        """Return whether `wipe` is due."""
        with self.reading() as connection:
            return connection.execute("SELECT 1 FROM chore").fetchone() is not None

    @contextlib.contextmanager
    def rebuilding(self) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
        """Open a connection to the library as it is, and one to the empty one that replaces it.

        The second is in a write transaction, which keeps other writers waiting, and has struck the
        old tables off the list without touching their pages, which may be damaged. They become
        unused pages of the file, which `wipe` gives back.
        """
        with self._connected() as target, self._connected() as source:
            target.execute("PRAGMA foreign_keys = OFF")
            target.execute("BEGIN IMMEDIATE")
            source.execute("BEGIN")
            self._refuse_other_versions(source)
            target.execute("PRAGMA writable_schema = ON")
            target.execute("DELETE FROM sqlite_schema")
            target.execute("PRAGMA writable_schema = RESET")  # forgets what it has read of them
            target.execute("PRAGMA user_version = 0")
            migrate(target)
            target.execute("INSERT INTO chore VALUES ('vacuum')")
            yield source, target
            target.execute("COMMIT")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Open a connection; a transaction that is still open at the end is undone."""
        try:
            connection = _open(self.path)
            try:
                yield connection
            finally:
                _end(connection)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise LibraryError(f"{self.path}: {_explain(error)}") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Bring a new or an earlier library to the present version, whole or not at all."""
        version = version_of(connection)
        if version == 0:
            _use_write_ahead_log(connection)
        if version < SCHEMA_VERSION:
            connection.execute("PRAGMA foreign_keys = OFF")  # has no effect within a transaction
            connection.execute("BEGIN IMMEDIATE")
            if version_of(connection) < SCHEMA_VERSION:  # another process may have been first
                migrate(connection)
            connection.execute("COMMIT")
        self._refuse_other_versions(connection)

    def _refuse_other_versions(self, connection: sqlite3.Connection) -> None:
        """Refuse what a newer Longread wrote, even if it came while this one was running."""
        version = version_of(connection)
        if version > SCHEMA_VERSION:
            raise LibraryError(
                f"{self.path}: this library was written by a newer Longread "
                f"(schema {version}, this one knows {SCHEMA_VERSION}); update Longread.",
            )
        if version < SCHEMA_VERSION:
            raise LibraryError(
                f"{self.path}: the library was moved or replaced while it was open; "
                "start the command again.",
            )


def _open(path: Path) -> sqlite3.Connection:
    """Open a connection, even where the disk has no room at all.

    The processes that share a write-ahead log meet in a file of 32 kB beside it. Where the disk is
    too full for that one, a library could not even be read; a process alone does without it.
    """
    try:
        return _configured(path, "PRAGMA locking_mode = NORMAL", _BUSY_SECONDS)
    except sqlite3.OperationalError as error:
        if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_IOERR_SHM"):
            raise
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:  # two that want it alone would wait for each other, so none waits with a lock in hand
            connection = _configured(path, "PRAGMA locking_mode = EXCLUSIVE", 0)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return connection


def _configured(path: Path, locking: str, wait: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(locking)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        version_of(connection)  # touches the file: what keeps it from being read shows here
    except (sqlite3.Error, UnicodeDecodeError):
        connection.close()
        raise
    return connection


def _end(connection: sqlite3.Connection) -> None:
    try:
        # After a failure such as a full disk SQLite may have undone the transaction by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    finally:
        connection.close()


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


def _explain(error: sqlite3.Error | UnicodeDecodeError) -> str:
    """Return what is wrong and what to do, for the failures a person can act on."""
    match _kind(error):
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
        case "CORRUPT":
            return "the library file is damaged; `longread doctor --check` says what is lost."
        case "NOTADB":
            return "the library file is damaged; move it away, then add the documents again."
    return f"the library failed ({error}); run `longread doctor --check`."


def _kind(error: sqlite3.Error | UnicodeDecodeError) -> str:
    """Return SQLite's name for what went wrong, such as FULL, or "" if it has none."""
    if isinstance(error, UnicodeDecodeError):
        return "CORRUPT"
    if hasattr(error, "sqlite_errorname"):
        return error.sqlite_errorname.split("_")[1]
    # Said by Python's own module, which has no code for it: the bytes of a text are no text.
    return "CORRUPT" if "Could not decode" in str(error) else ""
