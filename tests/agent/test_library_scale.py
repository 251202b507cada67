"""What is asked of one document does not read through the others."""

import functools
import sqlite3

import pytest

from agent import store as store_module
from agent.library import Library
from tests.make import make_document

MINE = make_document("The dam held in 1998.", "Nobody was hurt.", name="mine.txt")
OTHERS = [make_document(f"The dam of day {n} broke.", name=f"{n}.txt") for n in range(20)]


class Recorded(sqlite3.Connection):
    statements: set[str] = set()  # noqa: RUF012  # one for all connections, on purpose

    def execute(self, statement, *arguments):
        self.statements.add(statement)
        return super().execute(statement, *arguments)

    def executemany(self, statement, *arguments):
        self.statements.add(statement)
        return super().executemany(statement, *arguments)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Return a library of 21 documents, and a function that does something and plans it."""
    connect = functools.partial(sqlite3.connect, factory=Recorded)
    monkeypatch.setattr(store_module.sqlite3, "connect", connect)
    library = Library(tmp_path)
    for document in (*OTHERS[:10], MINE, *OTHERS[10:]):
        library.keep(document)

    def plans(work):
        Recorded.statements.clear()
        work(library)
        with library._store.reading() as connection:
            return [
                (statement, detail)
                for statement in sorted(Recorded.statements)
                if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))
                for *_, detail in connection.execute(
                    f"EXPLAIN QUERY PLAN {statement}", [None] * holes(statement)
                )
            ]

    return plans


def holes(statement):
    return 1 if "?1" in statement else statement.count("?")


@pytest.mark.parametrize(
    "work",
    [
        lambda library: library.keep(make_document("A new dam.", name="new.txt")),
        lambda library: library.keep(MINE),
        lambda library: library.search("dam hurt", [MINE.id, OTHERS[3].id], 5),
        lambda library: library.document(MINE.id[:9]),
        lambda library: library.entry(MINE.id[:9]),
        lambda library: library.tokens([MINE.id]),
    ],
)
def test_no_statement_scans_a_table(recorded, work):
    planned = recorded(work)
    assert planned
    assert [plan for plan in planned if plan[1].startswith("SCAN")] == []


def test_the_list_reads_each_document_once_and_nothing_else(recorded):
    planned = [detail for _, detail in recorded(Library.documents)]
    assert planned == ["SCAN document", "USE TEMP B-TREE FOR ORDER BY"]
