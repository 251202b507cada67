"""Every reading that was done, kept in the library under a hash of all that went into it.

So no reading can be stale: another text, question, prompt or model is another key. A run that was
killed goes on where it was, and the same question asked again costs no call of the model.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

_THERE = "SELECT count(*) FROM document WHERE id = ?"


class Database(Protocol):
    """Where they are kept: `agent.store.Store`."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection in a read transaction."""
        ...

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection in a write transaction: all of it is kept, or nothing."""
        ...


class Readings:
    """Finds and keeps readings; each call is a transaction of its own, from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: bytes) -> Any:
        """Return the result kept under `key`, None if there is none or it is damaged."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT result FROM reading WHERE key = ?", (key,)).fetchone()
        try:
            return json.loads(row[0]) if row else None
        except (ValueError, TypeError):
            return None

    def keep(self, key: bytes, documents: Iterable[str], result: Any) -> None:
        """Keep a result, which goes when one of `documents` is removed.

        If one of them was removed meanwhile nothing is kept: no word of it may be left.
        """
        named = set(documents)
        with self._database.writing() as connection:
            if not all(connection.execute(_THERE, (each,)).fetchone()[0] for each in named):
                return
            packed = json.dumps(result, ensure_ascii=False)
            connection.execute("INSERT OR REPLACE INTO reading VALUES (?, ?)", (key, packed))
            connection.executemany(
                "INSERT OR IGNORE INTO reading_document VALUES (?, ?)",
                ((key, each) for each in named),
            )

    def keep_pace(self, reader: str, tokens: int, seconds: float) -> None:
        """Keep how long this reader took on this machine."""
        with self._database.writing() as connection:
            line = (reader, tokens, seconds)
            connection.execute("INSERT OR REPLACE INTO pace VALUES (?, ?, ?)", line)

    def tokens_per_second(self, reader: str) -> float | None:
        """Return how fast this reader was on this machine the last time, None if never."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT tokens / max(seconds, 0.001) FROM pace WHERE reader = ?", (reader,)
            ).fetchone()
        return float(row[0]) if row else None


def key_of(reader: str, act: str, question: str, texts: Sequence[str]) -> bytes:
    """Return the key of a reading: a hash of all that its result hangs on."""
    packed = json.dumps([reader, act, question, list(texts)], ensure_ascii=True)
    return hashlib.sha256(packed.encode()).digest()


def forget_readings(connection: sqlite3.Connection, documents: Sequence[str]) -> None:
    """Delete every reading in which words of these documents may stand."""
    connection.executemany(
        "DELETE FROM reading WHERE key IN (SELECT key FROM reading_document WHERE document = ?)",
        ((each,) for each in documents),
    )
