"""Step 3: vectors of passages, what is to be known of pages, and names of attached files."""

import sqlite3

_TABLES = """
CREATE TABLE passage_text (
    stamp INTEGER PRIMARY KEY AUTOINCREMENT,  -- only grows, so that changes are seen
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,             -- SHA-256 of the passage's text
    UNIQUE (document, number)
);
CREATE TABLE vector (
    stamp INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL,             -- of the text
    model TEXT NOT NULL,
    numbers BLOB NOT NULL,          -- a vector of length 1, float16
    digest BLOB NOT NULL,           -- BLAKE2b of hash, model and numbers
    UNIQUE (hash, model)
);
CREATE TABLE note (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL,
    page INTEGER NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
CREATE TABLE attachment (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
"""


def apply(connection: sqlite3.Connection) -> None:
    """Make the tables, empty: earlier versions parsed no notes, and made no vectors."""
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
