"""Step 1: the first library: documents, pages, headings, passages and postings."""

import sqlite3

_TABLES = """
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


def apply(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty library."""
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
