"""What an OCR engine recognised in pictures of pages, kept in the library's file.

A run that was stopped goes on where it was, the same picture in another file is not read again, and
quotes get their boxes from here. What was recognised in a document goes when the document does.
"""

import hashlib
import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from agent.ocr import Recognised, Word

_UNFINISHED_SECONDS: Final = 24 * 3600.0  # for so long a reading that was stopped may be taken up
_OF_PICTURE: Final = "SELECT result FROM recognised WHERE picture = ? AND engine = ?"
_OF_PAGE: Final = "SELECT result FROM recognised WHERE document = ? AND page = ?"


class Database(Protocol):
    """Where it is kept: `agent.store.Store`."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection in a read transaction."""
        ...

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a connection in a write transaction: all of it is kept, or nothing."""
        ...


class RecognisedPages:
    """Finds and keeps what was recognised; each call is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, picture: bytes, engine: str) -> Recognised | None:
        """Return what this engine recognised in this picture, whatever document holds it."""
        with self._database.reading() as connection:
            rows = connection.execute(_OF_PICTURE, (_hash(picture), engine)).fetchall()
        return next(filter(None, (_unpack(result) for (result,) in rows)), None)

    def keep(
        self, document: str, page: int, picture: bytes, engine: str, result: Recognised | None
    ) -> None:
        """Keep what was recognised on a page, or with None that the engine could not read it.

        Raises:
            LibraryError: if it cannot be kept.
        """
        kept = None if result is None else _pack(result)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO recognised VALUES (?, ?, ?, ?, ?, ?)",
                (document, page, _hash(picture), engine, kept, time.time()),
            )

    def of_page(self, document: str, page: int) -> Recognised | None:
        """Return what was recognised on a page, None if nothing is kept."""
        with self._database.reading() as connection:
            row = connection.execute(_OF_PAGE, (document, page)).fetchone()
        return _unpack(row[0]) if row else None

    def tried(self, document: str, engine: str) -> set[int]:
        """Return the numbers of the pages that this engine has tried, with success or without."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT page FROM recognised WHERE document = ? AND engine = ?", (document, engine)
            )
            return {page for (page,) in rows}


def forget_recognised(connection: sqlite3.Connection, documents: Sequence[str] = ()) -> None:
    """Delete what was recognised in these documents, and in files that were never read whole."""
    connection.executemany("DELETE FROM recognised WHERE document = ?", ((d,) for d in documents))
    connection.execute(
        "DELETE FROM recognised WHERE at < ? AND document NOT IN (SELECT id FROM document)",
        (time.time() - _UNFINISHED_SECONDS,),
    )


def _hash(picture: bytes) -> bytes:
    return hashlib.sha256(picture).digest()


def _pack(result: Recognised) -> str:
    words = [[w.start, w.end, w.line, *w.box] for w in result.words]
    return json.dumps({"text": result.text, "words": words}, ensure_ascii=False)


def _unpack(kept: str | None) -> Recognised | None:
    """Return what was kept, or None if there is none or it is damaged: then it is made again."""
    try:
        value = json.loads(kept or "null")
        return Recognised(str(value["text"]), tuple(map(_word, value["words"])))
    except (ValueError, KeyError, TypeError):
        return None


def _word(row: Any) -> Word:
    start, end, line, *sides = row
    left, top, right, bottom = map(float, sides)
    return Word(int(start), int(end), int(line), (left, top, right, bottom))
