"""What has changed on the disk is found, said, and made right where the text allows it."""

import contextlib
import functools
import random
import resource
import sqlite3

import pytest

from agent.check import Traces
from agent.document import Heading
from agent.errors import LibraryError
from agent.index.fill import fill
from agent.inspection import Checking, Fault
from agent.library import Library
from agent.rows import load
from model.scripted import HashedWords
from tests.agent.test_library import contents
from tests.make import make_document

OPENING = "The Kettle Lane pumping station opened in 1931.\n"
STATION = make_document(
    OPENING + "The river was low and the fields were dry that week.\n" * 120,
    "It was rebuilt by the engineer Ida Korhonen in 1974.\n" * 60,
    name="station.txt",
    headings=(Heading(1, "Opening", 0), Heading(2, "Later", len(OPENING))),
)
OTHERS = [
    make_document(
        *(f"Report {n}, page {p}. " + f"Nobody was hurt on day {n * p}.\n" * 40 for p in range(6)),
        name=f"report {n}.txt",
    )
    for n in range(5)
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the file of a library in which the station stands between other documents."""
    library = Library(tmp_path_factory.mktemp("made"))
    for document in (*OTHERS[:3], STATION, *OTHERS[3:]):
        library.keep(document)
    return (library.home / "library.db").read_bytes()


@pytest.fixture
def library(made, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "library.db").write_bytes(made)
    return Library(tmp_path / "home")


def faults(library, **options):
    return [event for event in library.check(**options) if isinstance(event, Fault)]


def damage(library, statement):
    with contextlib.closing(sqlite3.connect(library.home / "library.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        assert connection.execute(statement, {"id": STATION.id}).rowcount


HERE = "document = (SELECT row FROM document WHERE id = :id)"


def test_a_whole_library_has_no_faults_and_says_how_far_it_is(library):
    events = list(library.check())
    assert [(event.done, event.total) for event in events] == [(n, 6) for n in range(7)]
    assert [event.name for event in events[3:5]] == ["station.txt", "report 3.txt"]
    assert all(isinstance(event, Checking) for event in events)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE page SET text = replace(text, '1974', '1975') WHERE {HERE}",
        f"UPDATE page SET text = CAST(x'fffe' AS TEXT) WHERE {HERE}",
        f"UPDATE page SET text = x'00' WHERE {HERE}",
        f"UPDATE page SET label = 'v' WHERE {HERE}",
        f"UPDATE page SET end = end + 1 WHERE {HERE} AND number = 1",
        f"DELETE FROM page WHERE {HERE} AND number = 2",
        f"UPDATE heading SET start = 1 WHERE {HERE} AND level = 2",
        f"DELETE FROM heading WHERE {HERE}",
        "UPDATE document SET digest = '' WHERE id = :id",
        "UPDATE document SET format = 'pdf' WHERE id = :id",
    ],
)
def test_a_changed_text_is_never_served_and_named_as_lost(library, statement):
    damage(library, statement)
    with pytest.raises(LibraryError, match=r"station\.txt: its text .* damaged|file is damaged"):
        library.document(STATION.id)
    for repair in (False, True):
        (fault,) = faults(library, repair=repair)
        assert (fault.id, fault.name, fault.mended) == (STATION.id, "station.txt", False)
        assert "add its file again" in fault.what
    for other in OTHERS:
        assert library.document(other.id) == other
    library.keep(STATION)
    assert faults(library) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (f"UPDATE passage SET end = end - 1 WHERE {HERE} AND number = 0", "passages"),
        (f"UPDATE passage SET tokens = tokens + 1 WHERE {HERE} AND number = 1", "passages"),
        (f"UPDATE passage SET heading_path = 'Elsewhere' WHERE {HERE} AND number = 2", "passages"),
        (f"DELETE FROM passage WHERE {HERE} AND number = 3", "passages"),
        (f"DELETE FROM posting WHERE {HERE} AND term = 'korhonen'", "index"),
        (f"UPDATE posting SET term = 'ivanova' WHERE {HERE} AND term = 'korhonen'", "index"),
        (f"UPDATE posting SET passages = x'ffffff7f' WHERE {HERE} AND term = '1931'", "index"),
        (f"UPDATE posting SET passages = x'0000' WHERE {HERE} AND term = '1931'", "index"),
        (f"UPDATE posting SET counts = x'09000000' WHERE {HERE} AND term = '1931'", "index"),
        ("UPDATE document SET passage_words = x'01000000' WHERE id = :id", "counts"),
        ("UPDATE document SET tokens = 7 WHERE id = :id", "counts"),
        ("UPDATE document SET pages = 7 WHERE id = :id", "counts"),
        ("UPDATE document SET language = 'fi' WHERE id = :id", "counts"),
    ],
)
@pytest.mark.parametrize("recipe", ["present", "earlier"])
def test_what_was_made_of_a_text_is_made_anew(library, statement, named, recipe):
    if recipe == "earlier":
        damage(library, "UPDATE document SET recipe = 'formats 0, cut 0' WHERE id = :id")
        assert faults(library) == []
    before = contents(library.home)
    damage(library, statement)
    found = faults(library)
    if recipe == "earlier" and not found:
        assert (
            "tokens +" in statement
            or "heading_path" in statement
            or "term = 'iv" in statement
            or "'fi'" in statement
            or "counts = x" in statement  # more than the words there are is no contradiction
            or "DELETE FROM posting" in statement
        )
        return  # what an earlier version would have made there is not known
    (fault,) = found
    assert (fault.id, fault.mendable, fault.mended) == (STATION.id, True, False)
    assert named in fault.what or recipe == "earlier"
    (fault,) = faults(library, repair=True)
    assert fault.mended
    assert faults(library) == []
    if recipe == "present":
        assert contents(library.home) == before
    assert library.search("Korhonen", [STATION.id], 3)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE passage_text SET hash = x'00' WHERE {HERE} AND number = 1",
        f"UPDATE passage_text SET number = 99 WHERE {HERE} AND number = 1",
        f"DELETE FROM passage_text WHERE {HERE} AND number = 1",
    ],
)
def test_a_wrong_hash_of_a_passage_costs_no_vector_but_its_own(library, statement):
    embedder = HashedWords(16)
    list(fill(library._store, [STATION.id], embedder))
    damage(library, statement)
    (fault,) = faults(library)
    assert "hashes of passages" in fault.what
    (fault,) = faults(library, repair=True)
    assert fault.mended
    assert faults(library) == []
    before = len(embedder.embedded)
    steps = list(fill(library._store, [STATION.id], embedder))
    assert steps[-1].done == steps[-1].total
    assert len(embedder.embedded) - before <= 1


@pytest.mark.parametrize("message", [b"no such column: \xff", b"malformed"])
def test_damage_that_stands_in_the_message_about_it_is_a_sentence(library, monkeypatch, message):
    """SQLite names what it stumbled over; Python may be unable to read that."""

    class Damaged(sqlite3.Connection):
        def execute(self, statement, *values):
            if statement.startswith("PRAGMA user_version"):
                raise sqlite3.DatabaseError(message.decode())
            return super().execute(statement, *values)

    connect = functools.partial(sqlite3.connect, factory=Damaged)
    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(LibraryError, match="doctor --check"):
        library.documents()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE document SET name = CAST(x'ff41' AS TEXT) WHERE id = :id",
        (
            "INSERT INTO note SELECT row, 0, 1, 'hidden', 3, CAST(x'ff41' AS TEXT) FROM document"
            " WHERE id = :id"
        ),
    ],
)
def test_a_name_or_a_note_that_is_no_text_costs_nothing_but_itself(library, statement):
    damage(library, statement)
    assert {entry.id for entry in library.documents()} == {d.id for d in (STATION, *OTHERS)}
    document = library.document(STATION.id)
    assert document.text == STATION.text
    assert "\ufffdA" in document.name + "".join(note.text for note in document.notes)
    assert faults(library) == []


def test_an_index_that_names_a_document_that_is_not_there_is_a_sentence(library):
    with library._store.reading() as connection, pytest.raises(LibraryError, match="--repair"):
        load(connection, 99)


def test_a_search_in_a_damaged_index_says_so(library):
    damage(library, f"UPDATE posting SET passages = x'ffffff7f' WHERE {HERE} AND term = '1931'")
    with pytest.raises(LibraryError, match="index in the library is damaged"):
        library.search("1931", [STATION.id], 3)


def test_lines_of_no_document_are_found_and_swept_away(library):
    damage(library, "DELETE FROM document WHERE id = :id")
    (fault,) = faults(library)
    assert "lines of no document" in fault.what
    (fault,) = faults(library, repair=True)
    assert fault.mended
    assert faults(library) == []
    assert {entry.id for entry in library.documents()} == {other.id for other in OTHERS}


def test_traces_of_removed_documents_are_said_and_wiped_out(library):
    damage(library, "INSERT INTO chore SELECT 'vacuum' WHERE :id > ''")
    assert list(library.check())[-1] == Traces()
    assert Traces() not in library.check(repair=True)
    assert Traces() not in library.check()


def serves(library, document):
    """Return whether a document is served, and never another one in its place."""
    try:
        assert library.document(document.id) == document
        library.search("Korhonen nobody", [document.id], 5)
    except LibraryError:
        return False
    return True


def spoil(path, kind, random_):
    """Damage one place of the file beyond its first page, without which it is none."""
    held = bytearray(path.read_bytes())
    place = random_.randrange(1, len(held) // 4096) * 4096
    match kind:
        case "zeros":
            held[place : place + 4096] = bytes(4096)
        case "noise":
            held[place : place + 4096] = random_.randbytes(4096)
        case "torn":  # half of the page was written, the other half is another's
            held[place + 2048 : place + 4096] = held[4096 + 2048 : 8192]
        case "bit":
            held[place + random_.randrange(4096)] ^= 1 << random_.randrange(8)
        case "cut":
            del held[place:]
    path.write_bytes(held)


@pytest.mark.parametrize("kind", ["zeros", "noise", "torn", "bit", "cut"])
def test_whatever_happens_to_a_page_of_the_file_nothing_false_is_served(library, tmp_path, kind):
    random_ = random.Random(kind)  # the same each time
    sound = (library.home / "library.db").read_bytes()
    before = contents(library.home)
    found = saved = 0
    for turn in range(5):
        home = tmp_path / str(turn)
        home.mkdir()
        (home / "library.db").write_bytes(sound)
        spoil(home / "library.db", kind, random_)
        try:
            damaged = Library(home)
            wrong = faults(damaged)
        except LibraryError as error:
            said = str(error)
            wrong = None
        if wrong is None:
            found += 1
            assert "damaged" in said
            continue
        served = [serves(damaged, document) for document in (STATION, *OTHERS)]
        if not wrong:
            assert contents(home) == before
            assert all(served)
            continue
        found += 1
        mended = faults(damaged, repair=True)
        lost = {fault.id for fault in mended if not fault.mended}
        saved += "" not in lost
        for document in (STATION, *OTHERS):
            assert serves(damaged, document) or document.id in lost or "" in lost
        if "" not in lost:
            assert {fault.id for fault in faults(damaged)} <= lost
    assert found
    assert saved or kind == "cut"


@pytest.mark.parametrize(
    ("limit", "said", "kept"),
    [(40_000, "is as it was", True), (175_000, "saved, but not tidied up yet", False)],
)
def test_a_disk_that_is_full_while_saving_loses_nothing(library, limit, said, kept):
    damage(library, "DELETE FROM document WHERE id = :id")
    before = contents(library.home)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        (fault,) = faults(library, repair=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not fault.mended
    assert said in fault.what
    assert "the disk would not" in fault.what
    assert (contents(library.home) == before) is kept
    assert all(serves(library, other) for other in OTHERS)
    (fault,) = faults(library, repair=True)
    assert fault.mended
    assert faults(library) == []


def test_what_is_removed_while_the_check_runs_is_no_fault(library):
    events = library.check()
    assert next(events).done == 0
    library.remove(STATION.id)
    assert not [event for event in events if isinstance(event, Fault)]
