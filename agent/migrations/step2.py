"""Step 2: digests of the texts, counts of pages, where a document came from, and chores left.

The table of documents is made anew rather than widened: what the list shows must stand before
`passage_words`, or reading a line of it would walk through that long value first.
"""

import sqlite3

from agent.digest import digest_rows

_TABLES = """
CREATE TABLE document_2 (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,        -- SHA-256 of the file's bytes
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    engine TEXT NOT NULL,
    recipe TEXT NOT NULL,           -- versions and settings of parsing, cutting, words, tokens
    language TEXT NOT NULL,         -- whose stemmer was used, empty for none
    tokens INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    added REAL NOT NULL,            -- seconds since 1970
    imported INTEGER NOT NULL,      -- 1: its text was read here from an export, not from its file
    digest TEXT NOT NULL,           -- of pages and headings, see agent/digest.py
    passage_words BLOB NOT NULL     -- words in each passage, uint32
);
INSERT INTO document_2 SELECT row, id, name, format, engine, recipe, language, tokens,
    (SELECT count(*) FROM page WHERE page.document = document.row), added, 0, '', passage_words
    FROM document;
DROP TABLE document;
ALTER TABLE document_2 RENAME TO document;
CREATE TABLE chore (name TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_PAGES = "SELECT number, label, start, end, text FROM page WHERE document = ? ORDER BY number"
_HEADINGS = "SELECT level, title, start FROM heading WHERE document = ? ORDER BY number"


def apply(connection: sqlite3.Connection) -> None:
    """Widen the table of documents and take the digest of each text as it is now."""
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    rows = connection.execute("SELECT row, id, format, engine FROM document").fetchall()
    for row, *head in rows:
        connection.execute(
            "UPDATE document SET digest = ? WHERE row = ?", (_digest(connection, row, head), row)
        )
    if rows:  # version 1 left the words of removed documents in the file
        connection.execute("INSERT INTO chore VALUES ('vacuum')")


def _digest(connection: sqlite3.Connection, row: int, head: list[str]) -> str:
    identity, form, engine = head
    try:
        return digest_rows(
            (identity, form, engine),
            connection.execute(_PAGES, (row,)),
            connection.execute(_HEADINGS, (row,)),
        )
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) != sqlite3.SQLITE_CORRUPT:
            raise
        return ""  # damaged already: no digest will match, and a check names it; the others go on
