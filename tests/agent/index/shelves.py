"""Indexes over small documents, in a database in memory with the library's own schema."""

import sqlite3

from agent.index.keyword import KeywordIndex
from agent.index.postings import Indexer
from agent.migrations import migrate


def open_connection(*documents, language=""):
    """Return a database of documents given as lists of passage texts, each a page of its own."""
    connection = sqlite3.connect(":memory:")
    migrate(connection)
    for row, texts in enumerate(documents, start=1):
        indexer = Indexer(language)
        indexer.add(texts)
        postings = indexer.postings()
        connection.execute(
            "INSERT INTO document (row, id, name, format, engine, recipe, language, tokens, pages,"
            " added, imported, digest, passage_words)"
            " VALUES (?, ?, '', '', '', '', ?, 0, ?, 0, 0, '', ?)",
            (row, f"d{row}", language, len(texts), postings.lengths),
        )
        connection.executemany(
            "INSERT INTO posting VALUES (?, ?, ?, ?)",
            ((row, *line) for line in postings.rows),
        )
        start = 0
        for number, text in enumerate(texts):
            end = start + len(text)
            page = row, number + 1, str(number + 1), start, end, text
            connection.execute("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?)", page)
            passage = row, number, start, end, 10
            connection.execute("INSERT INTO passage VALUES (?, ?, ?, ?, ?, '')", passage)
            start = end
    return connection


def open_index(*documents, language="", pages=None):
    connection = open_connection(*documents, language=language)
    return KeywordIndex(connection, range(1, len(documents) + 1), pages)


def numbers(hits):
    return [hit.passage.number for hit in hits]
