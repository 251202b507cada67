"""Step 3: vectors, notes on pages, names of attached files, what OCR and models have read."""

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
CREATE TABLE recognised (
    document TEXT NOT NULL,         -- its id: pages are recognised before the document is whole
    page INTEGER NOT NULL,
    picture BLOB NOT NULL,          -- SHA-256 of what the engine was given
    engine TEXT NOT NULL,
    result TEXT,                    -- JSON; none if the engine could not read it
    at REAL NOT NULL,               -- seconds since 1970
    PRIMARY KEY (document, page)
);
CREATE INDEX recognised_picture ON recognised (picture, engine);
CREATE TABLE reading (
    key BLOB PRIMARY KEY,           -- SHA-256 of reader, act, question and texts
    result TEXT NOT NULL            -- JSON
) WITHOUT ROWID;
CREATE TABLE reading_document (
    key BLOB NOT NULL REFERENCES reading ON DELETE CASCADE,
    document TEXT NOT NULL,         -- whose words may stand in the result
    PRIMARY KEY (key, document)
) WITHOUT ROWID;
CREATE INDEX reading_document_document ON reading_document (document);
CREATE TABLE pace (
    reader TEXT PRIMARY KEY,
    tokens INTEGER NOT NULL,        -- of documents, in the latest run that read some
    seconds REAL NOT NULL           -- that it took
) WITHOUT ROWID;
"""


def apply(connection: sqlite3.Connection) -> None:
    """Make the tables, empty: earlier versions parsed no notes, and made no vectors."""
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
