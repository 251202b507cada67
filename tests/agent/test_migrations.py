"""Libraries of every earlier version open, whole, as if this version had made them.

`libraries/versionN.sql` is the library of version N as its own code wrote it: `iterdump` of
SQLite after two documents were added and a third was removed, with the version before it.
"""

import os
import re
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from agent import migrations
from agent import store as store_module
from agent.errors import LibraryError
from agent.library import Library
from agent.migrations import SCHEMA_VERSION

LIBRARIES = Path(__file__).parent / "libraries"
STATION = "f345dfd6404889c39c968a7c9cf0d13dfcb1c25c84d98939ee563fac25c23582"
REPORT = "de56dc39423a2fc9720ba20acabb12132504a62afd856abdf8ba7bcb0e91ed1c"
DIGESTS = {
    STATION: "6d301e4aebbadef204b89594a55148950f4a851c7d0aa65c2bb0e7466e37ca3a",
    REPORT: "d2d350a6d28d99842932433c05b0197f5ad66ca8fb5ba9d85ecf5c3addb9c9bc",
}


def put_away(version, home):
    """Lay down a library as version `version` of Longread left it."""
    home.mkdir()
    with sqlite3.connect(home / "library.db") as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((LIBRARIES / f"version{version}.sql").read_text("utf-8"))
    connection.close()
    return home


def dump(home):
    with sqlite3.connect(home / "library.db") as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        lines = list(connection.iterdump())
    connection.close()
    return version, lines


@pytest.fixture(params=range(1, SCHEMA_VERSION))
def earlier(request, tmp_path):
    return put_away(request.param, tmp_path / "home")


def test_an_earlier_library_opens_with_all_that_was_in_it(earlier):
    library = Library(earlier)
    assert [(e.id, e.name, e.pages, e.added) for e in library.documents()] == [
        (REPORT, "отчёт.txt", 4, 1700000002.0),
        (STATION, "station.md", 2, 1700000000.25),
    ]
    text = library.document(STATION).text
    assert text.startswith("# The station\n\nThe Kettle Lane pumping station opened in 1931.")
    assert [h.title for h in library.document(STATION).headings] == ["The station", "Rebuilding"]
    (hit, *_) = library.search("engineer rebuilt", [STATION], 3)
    assert "Ida Korhonen in 1974" in text[hit.passage.span.start : hit.passage.span.end]
    assert "“no one was hurt” 👍" in library.document(REPORT).text


def test_its_texts_have_the_digests_they_had_then(earlier):
    Library(earlier)
    with sqlite3.connect(earlier / "library.db") as connection:
        assert dict(connection.execute("SELECT id, digest FROM document")) == DIGESTS
    connection.close()


def test_an_earlier_library_becomes_what_a_new_one_is(earlier, tmp_path):
    Library(earlier)
    Library(tmp_path / "new")
    schemas = []
    for home in (earlier, tmp_path / "new"):
        version, lines = dump(home)
        schemas.append((version, [line for line in lines if line.startswith("CREATE")]))
    assert schemas[0] == schemas[1]
    assert schemas[0][0] == SCHEMA_VERSION


def test_what_was_put_away_as_the_present_version_is_the_present_version(tmp_path):
    """Fails for whoever adds a step before the library of this version is put away."""
    home = put_away(SCHEMA_VERSION, tmp_path / "home")
    before = dump(home)
    assert before[0] == SCHEMA_VERSION
    assert len(Library(home).documents()) == 2
    assert dump(home) == before


def test_after_a_failure_in_a_step_the_earlier_library_is_whole(earlier, monkeypatch):
    def fail(connection):
        connection.execute("DROP TABLE posting")
        raise sqlite3.OperationalError("no more")

    before = dump(earlier)
    monkeypatch.setattr(migrations, "_STEPS", (*migrations._STEPS, fail))
    for module in (migrations, store_module):
        monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    with pytest.raises(LibraryError, match="no more"):
        Library(earlier)
    assert dump(earlier) == before


def test_several_that_open_an_earlier_library_at_once_migrate_it_once(earlier):
    failures = []

    def open_it():
        try:
            assert len(Library(earlier).documents()) == 2
        except Exception as error:  # noqa: BLE001  # a thread must hand its failure over
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert dump(earlier)[0] == SCHEMA_VERSION


def test_a_document_that_is_damaged_already_does_not_keep_the_others_from_opening(tmp_path):
    home = put_away(1, tmp_path / "home")
    with sqlite3.connect(home / "library.db") as connection:
        connection.execute("UPDATE page SET text = CAST(x'ff00fe' AS TEXT) WHERE document = 1")
    connection.close()
    library = Library(home)
    assert "年度報告" in library.document(REPORT).text
    assert len(library.documents()) == 2


def test_a_library_that_a_newer_version_took_over_is_refused_while_it_is_open(tmp_path):
    library = Library(tmp_path)
    with sqlite3.connect(tmp_path / "library.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for use in (library.documents, lambda: library.remove("abcd")):
        with pytest.raises(LibraryError, match=re.escape("newer Longread (schema 99")):
            use()
    (tmp_path / "library.db").unlink()
    with pytest.raises(LibraryError, match="moved or replaced"):
        library.documents()


def test_an_open_of_the_present_version_writes_nothing(tmp_path):
    Library(tmp_path)
    os.utime(tmp_path / "library.db", (0, 0))
    began = time.time()
    Library(tmp_path).documents()
    assert (tmp_path / "library.db").stat().st_mtime < began - 1000
