"""The library on disk: nothing twice, nothing half, nothing lost."""

import contextlib
import resource
import sqlite3
import threading

import pytest

from agent import library as library_module
from agent import store as store_module
from agent.entries import find_row
from agent.errors import DocumentError, LibraryError
from agent.events import Added, Indexing, Parsing, Refused
from agent.library import Library

REPORT = "The dam held in 1998.\n\n" + "It rained on day number {}. Nobody was hurt at all.\n" * 200


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text(REPORT.format(*range(200)), encoding="utf-8")
    return path


def contents(home):
    """Return everything the library holds, but for when it was added."""
    with sqlite3.connect(home / "library.db") as connection:
        tables = ("page", "heading", "passage", "posting")
        held = {
            t: connection.execute(f"SELECT * FROM {t} ORDER BY 1, 2").fetchall() for t in tables
        }
        held["document"] = connection.execute(
            "SELECT id, name, format, recipe, language, tokens, passage_words FROM document",
        ).fetchall()
    connection.close()
    return held


def test_a_document_comes_back_as_it_was_added(library, report):
    added = library.add(report)
    assert added.text == REPORT.format(*range(200))
    assert library.document(added.id) == added
    assert library.document(added.id[:8]) == added
    (entry,) = library.documents()
    assert (entry.id, entry.name, entry.pages) == (added.id, "report.txt", len(added.pages))
    assert entry.tokens == library.tokens([added.id])


def test_the_same_bytes_are_neither_parsed_nor_indexed_twice(library, report, tmp_path):
    first = list(library.adding(report))
    kinds = [type(event) for event in first]
    assert list(dict.fromkeys(kinds)) == [Parsing, Indexing, Added]
    indexing = [event for event in first if isinstance(event, Indexing)]
    assert (indexing[0].passage, indexing[-1].passage) == (0, indexing[-1].passages)
    assert indexing[-1].passages == len(library.passages(first[-1].id))
    assert first[-1].reused is False
    copy = tmp_path / "copy.txt"
    copy.write_bytes(report.read_bytes())
    before = contents(library.home)
    (again,) = library.adding(copy)
    assert again == Added(first[-1].id, "copy.txt", first[-1].pages, first[-1].tokens, reused=True)
    assert [entry.name for entry in library.documents()] == ["copy.txt"]
    after = contents(library.home)
    assert {t: after[t] for t in after if t != "document"} == {
        t: before[t] for t in before if t != "document"
    }


def test_a_run_stopped_while_it_indexes_leaves_no_document(library, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("".join(f"The dam of {n} held for {n + 7} years.\n" for n in range(30_000)))
    adding = library.adding(path)
    while not (isinstance(event := next(adding), Indexing) and event.passage):
        pass
    assert event.passage < event.passages
    adding.close()
    assert library.documents() == []
    assert library.add(path).id == library.documents()[0].id


def test_an_edited_file_is_another_document(library, report):
    first = library.add(report)
    report.write_text("The dam broke.", encoding="utf-8")
    second = library.add(report)
    assert second.id != first.id
    assert second.text == "The dam broke."
    assert library.document(first.id).text == first.text


def test_another_recipe_makes_the_document_anew(library, report, monkeypatch):
    first = library.add(report)
    monkeypatch.setattr(library_module, "RECIPE", "another")
    events = list(library.adding(report))
    assert events[-1].reused is False
    assert [entry.id for entry in library.documents()] == [first.id]


def test_search_finds_the_words_and_only_in_the_documents_asked(library, report, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("A dam of another kind, in another valley.", encoding="utf-8")
    mine, others = library.add(report), library.add(other)
    (hit, *_) = library.search("Which dam held?", [mine.id], 5)
    assert "The dam held in 1998." in mine.text[hit.passage.span.start : hit.passage.span.end]
    assert {h.passage.span.document for h in library.search("dam", [mine.id], 50)} == {mine.id}
    both = {h.passage.span.document for h in library.search("dam", [mine.id, others.id], 50)}
    assert both == {mine.id, others.id}


def test_a_search_does_not_change_with_what_else_the_library_holds(library, report, tmp_path):
    mine = library.add(report)
    before = library.search("rained on day 7", [mine.id], 10)
    for n in range(3):
        other = tmp_path / f"{n}.txt"
        other.write_text("day seven rained " * (n + 5), encoding="utf-8")
        library.add(other)
    assert library.search("rained on day 7", [mine.id], 10) == before


def test_remove_removes_everything_of_a_document(library, report):
    identity = library.add(report).id
    assert library.remove(identity[:10]) == "report.txt"
    assert all(not rows for rows in contents(library.home).values())
    with pytest.raises(LibraryError, match="no document has the id"):
        library.document(identity)
    with pytest.raises(LibraryError, match="no document has the id"):
        library.remove("")


def test_one_bad_file_does_not_stop_the_others(library, report, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.touch()
    events = list(library.add_all([empty, tmp_path / "missing.pdf", report]))
    refused = [event.name for event in events if isinstance(event, Refused)]
    assert refused == ["empty.txt", "missing.pdf"]
    assert [entry.name for entry in library.documents()] == ["report.txt"]
    with pytest.raises(DocumentError, match=r"missing\.pdf: "):
        library.add(tmp_path / "missing.pdf")


def test_a_library_of_a_newer_version_is_refused(library):
    with sqlite3.connect(library.home / "library.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="written by a newer Longread"):
        Library(library.home)


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LibraryError, match="LONGREAD_HOME"):
        Library(tmp_path / "file" / "home")


def test_a_damaged_library_is_said_so(tmp_path):
    (tmp_path / "library.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LibraryError, match="damaged"):
        Library(tmp_path)


def test_two_at_once_add_the_same_file_once(tmp_path, report):
    failures = []

    def add():
        try:
            Library(tmp_path / "home").add(report)
        except Exception as error:  # noqa: BLE001  # a thread must hand its failure over
            failures.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    alone = Library(tmp_path / "alone")
    alone.add(report)
    assert contents(tmp_path / "home") == contents(tmp_path / "alone")


def test_what_is_being_read_stays_whole_while_another_removes_it(library, report):
    identity = library.add(report).id
    whole = contents(library.home)["page"]
    with library._store.reading() as connection:
        row = find_row(connection, identity)
        assert Library(library.home).remove(identity) == "report.txt"
        pages = connection.execute("SELECT * FROM page WHERE document = ? ORDER BY 2", (row,))
        assert pages.fetchall() == whole
    with pytest.raises(LibraryError, match="no document has the id"):
        library.document(identity)


def test_readers_meet_a_whole_document_or_none_while_another_writes(library, report):
    document = library.add(report)
    writer = Library(library.home)
    done = threading.Event()
    met = []

    def read():
        while not done.is_set():
            try:
                found = library.document(document.id)
                met.append("whole" if found == document else "half")
                library.search("dam", [document.id], 5)
                library.tokens([document.id])
            except LibraryError as error:
                met.append("none" if "no document has the id" in str(error) else str(error))
            except Exception as error:  # noqa: BLE001  # a thread must hand its failure over
                met.append(repr(error))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(12):
        writer.remove(document.id)
        writer.keep(document)
    done.set()
    for reader in readers:
        reader.join()
    assert {"whole"} <= set(met) <= {"whole", "none"}


def test_a_transaction_that_sqlite_has_undone_is_explained_by_what_went_wrong(library, report):
    identity = library.add(report).id

    def write():
        with library._store.writing() as connection:
            connection.execute("DELETE FROM page")
            connection.execute(
                "INSERT OR ROLLBACK INTO document SELECT 8, id, name, format, engine, recipe,"
                " language, tokens, pages, added, imported, digest, passage_words FROM document"
            )

    with pytest.raises(LibraryError, match="UNIQUE constraint failed"):
        write()
    assert library.document(identity).text == REPORT.format(*range(200))


def test_a_library_that_cannot_be_written_is_said_so_at_once(tmp_path, monkeypatch):
    def wait(seconds):
        raise AssertionError(f"waits {seconds} seconds")

    monkeypatch.setattr(store_module.time, "sleep", wait)
    (tmp_path / "library.db").touch()
    with (
        contextlib.closing(
            sqlite3.connect(f"file:{tmp_path}/library.db?mode=ro", uri=True)
        ) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        store_module._use_write_ahead_log(connection)


def test_a_disk_that_does_not_take_the_document_is_said_so(library, report):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (library.home / "library.db").stat().st_size // 2
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(LibraryError, match=r"library\.db: the disk .*free.* space"):
            library.add(report)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert library.documents() == []
    assert library.add(report).name == "report.txt"


def test_an_entry_is_found_by_the_beginning_of_its_id(library, report):
    identity = library.add(report).id
    assert [library.entry(identity[:6].upper())] == library.documents()
    for unknown in ("", "_", "%", "\udcff", "g" + identity):
        with pytest.raises(LibraryError, match="no document has the id"):
            library.entry(unknown)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a\x1b[31mb\n\x9bc\x7f.txt", r"a\x1b[31mb\n\x9bc\x7f.txt"),
        ("bad\udcff.txt", r"bad\udcff.txt"),
        ("x\u202etxt.exe", r"x\u202etxt.exe"),
        ("Ежегодный отчёт – 年度報告 👍.txt", "Ежегодный отчёт – 年度報告 👍.txt"),
    ],
)
def test_a_name_is_kept_so_that_it_can_be_shown_as_it_is(library, tmp_path, name, kept):
    path = tmp_path / name
    path.write_bytes(b"The dam held.")
    assert library.add(path).name == kept
    assert library.add(path, name).name == kept
    assert [entry.name for entry in library.documents()] == [kept]
    path.write_bytes(b"")
    (refused,) = library.add_all([path])
    assert refused.name == kept


def test_a_home_of_nobody_is_said_so():
    with pytest.raises(LibraryError, match=r"~nouser/x: .*LONGREAD_HOME"):
        Library("~nouser/x")


def test_somebody_may_call_documents_otherwise(library, report, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("The mill burned down.", encoding="utf-8")
    identity, rest = library.add(report).id, library.add(other).id
    mine = library.called({identity: "mine.pdf"})
    assert mine.document(identity).name == mine.entry(identity).name == "mine.pdf"
    assert {entry.id: entry.name for entry in mine.documents()} == {
        identity: "mine.pdf",
        rest: "other.txt",
    }
    assert library.document(identity).name == "report.txt"
