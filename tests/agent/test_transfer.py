"""Documents move to another library in one file, of which nothing is believed."""

import contextlib
import hashlib
import json
import sqlite3
import zipfile

import pytest

from agent import rows as rows_module
from agent.document import Heading
from agent.errors import DocumentError, LibraryError
from agent.events import Refused
from agent.inspection import Fault
from agent.library import Library
from tests.agent.test_library import contents
from tests.make import make_document

DOCUMENTS = [
    make_document(
        "The Kettle Lane pumping station opened in 1931.\n" * 40,
        "",
        "Плотина выдержала. “No one was hurt” 👍 年度報告\n" * 30,
        name="station.txt",
        headings=(Heading(1, "Opening", 0), Heading(2, "Later", 1000), Heading(1, "End", 2000)),
    ),
    make_document("The dam held in 1998.", name="dam.txt"),
]
STATION, DAM = DOCUMENTS


@pytest.fixture
def here(tmp_path):
    library = Library(tmp_path / "here")
    for document in DOCUMENTS:
        library.keep(document)
    return library


@pytest.fixture
def there(tmp_path):
    return Library(tmp_path / "there")


@pytest.fixture
def file(here, tmp_path):
    path = tmp_path / "all.longread"
    assert [(e.name, e.done, e.total) for e in here.exporting(path)] == [
        ("station.txt", 1, 2), ("dam.txt", 2, 2),
    ]  # fmt: skip
    return path


def members(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(file, parts, **options):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return file


def lines_of(file, document):
    return members(file)[f"{document.id}.jsonl"].decode().splitlines()


def with_lines(file, lines):
    """Put `lines` in place of the station's, and list it alone."""
    head = json.dumps({"kind": "longread library", "version": 1, "documents": [STATION.id]})
    content = "".join(line + "\n" for line in lines)
    return pack(file, [("longread.json", head), (f"{STATION.id}.jsonl", content)])


def changed(line, change):
    value = json.loads(line)
    change(value)
    return json.dumps(value)


def test_what_is_exported_is_imported_as_it_was_and_only_once(here, there, file, monkeypatch):
    def refuse(*_):
        raise AssertionError("is made again")

    with monkeypatch.context() as patch:  # the same recipe: nothing is cut or indexed anew
        patch.setattr(rows_module, "cut_passages", refuse)
        patch.setattr(rows_module, "Indexer", refuse)
        events = list(there.importing(file))
    assert [(e.name, e.reused) for e in events] == [("station.txt", False), ("dam.txt", False)]
    assert events[0].empty_pages == (2,)
    assert contents(there.home) == contents(here.home)
    assert there.documents() == here.documents()
    assert [there.document(d.id) for d in DOCUMENTS] == DOCUMENTS
    assert list(there.check())[-1].done == 2
    assert not [event for event in there.check() if isinstance(event, Fault)]
    assert [event.reused for event in there.importing(file)] == [True, True]
    assert contents(there.home) == contents(here.home)


def test_the_same_documents_give_the_same_file(here, file, tmp_path):
    list(here.exporting(tmp_path / "again"))
    assert (tmp_path / "again").read_bytes() == file.read_bytes()


def test_chosen_documents_are_exported_alone(here, there, tmp_path):
    list(here.exporting(tmp_path / "one", [DAM.id[:9], DAM.id]))
    assert [event.name for event in there.importing(tmp_path / "one")] == ["dam.txt"]
    with pytest.raises(LibraryError, match="no document has the id 'ffff'"):
        here.exporting(tmp_path / "two", ["ffff"])
    with pytest.raises(LibraryError, match="one: is there already"):
        list(here.exporting(tmp_path / "one"))


def test_another_recipe_is_made_anew_from_the_text(here, there, file):
    lines = lines_of(file, STATION)
    lines[0] = changed(lines[0], lambda head: head.update(recipe="formats 0, cut 0, words 0"))
    (event,) = there.importing(with_lines(file, lines))
    assert event.reused is False
    with contextlib.closing(sqlite3.connect(there.home / "library.db")) as connection:
        (recipe,) = connection.execute("SELECT recipe FROM document").fetchone()
    assert recipe == f"formats 0, {rows_module.INDEX_RECIPE}"
    assert not [event for event in there.check() if isinstance(event, Fault)]
    here.remove(DAM.id)
    after, before = contents(there.home), contents(here.home)
    assert {t: after[t] for t in after if t != "document"} == {
        t: before[t] for t in before if t != "document"
    }


def test_an_imported_text_never_stands_for_the_file_itself(there, tmp_path):
    """Somebody else's export may say of your file's id what it likes; your file is parsed."""
    real = tmp_path / "real.txt"
    real.write_text("The dam broke.", encoding="utf-8")
    identity = hashlib.sha256(real.read_bytes()).hexdigest()
    lie = make_document("The dam held.", name="real.txt")
    forger = Library(tmp_path / "forger")
    forger.keep(type(lie)(identity, lie.name, "text", lie.engine, lie.text, lie.pages))
    list(forger.exporting(tmp_path / "lie.longread"))
    list(there.importing(tmp_path / "lie.longread"))
    assert there.document(identity).text == "The dam held."
    assert there.add(real).text == "The dam broke."
    (event,) = there.importing(tmp_path / "lie.longread")
    assert event.reused
    assert there.document(identity).text == "The dam broke."


def test_a_damaged_document_is_not_exported_and_the_others_are(here, there, tmp_path):
    with contextlib.closing(sqlite3.connect(here.home / "library.db")) as connection, connection:
        connection.execute("UPDATE page SET text = replace(text, '1931', '1932')")
    refused, exported = here.exporting(tmp_path / "rest")
    assert isinstance(refused, Refused)
    assert "damaged" in refused.reason
    assert exported.name == "dam.txt"
    assert [event.name for event in there.importing(tmp_path / "rest")] == ["dam.txt"]


def test_an_export_that_fails_leaves_nothing_behind(here, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(LibraryError, match=r"none.x: cannot be written \(No such file"):
        list(here.exporting(tmp_path / "none" / "x"))
    stopped = here.exporting(tmp_path / "folder" / "x")
    next(stopped)
    stopped.close()
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "does not exist|cannot be read \\(No such file"),
        (b"", "was not written by"),
        (b"PK\x03\x04 and so on", "was not written by"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_a_sentence(there, tmp_path, content, reason):
    path = tmp_path / "x\x1b.longread"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DocumentError, match=reason) as caught:
        list(there.importing(path))
    assert "\x1b" not in str(caught.value)


HEAD = {"kind": "longread library", "version": 1, "documents": []}


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [("longread.json", "[]")],
        [("longread.json", "{")],
        [("longread.json", "[" * 100_000)],
        [("longread.json", json.dumps(HEAD | {"kind": "other"}))],
        [("longread.json", json.dumps(HEAD | {"documents": None}))],
        [("longread.json", json.dumps(HEAD | {"documents": ["../../etc/passwd"]}))],
        [("longread.json", json.dumps(HEAD | {"documents": ["a" * 64]}))],
        [("longread.json", json.dumps(HEAD)), ("../../../tmp/evil", "x")],
        [("longread.json", json.dumps(HEAD)), ("/etc/evil", "x")],
    ],
)
def test_a_zip_of_another_kind_is_refused_and_nothing_is_unpacked(there, tmp_path, parts):
    path = pack(tmp_path / "x", parts)
    before = {p for p in tmp_path.rglob("*") if "there" not in p.parts}
    with pytest.raises(DocumentError, match="was not written by `longread export`"):
        list(there.importing(path))
    assert {p for p in tmp_path.rglob("*") if "there" not in p.parts} == before


def test_a_file_of_a_newer_version_is_refused(there, tmp_path):
    path = pack(tmp_path / "x", [("longread.json", json.dumps(HEAD | {"version": 2}))])
    with pytest.raises(DocumentError, match=r"newer Longread \(version 2\)"):
        list(there.importing(path))


PAGES, HEADINGS = slice(1, 4), slice(4, 7)


def edit(place, change):
    """Return a function that changes one line of the station."""

    def apply(lines):
        lines[place] = changed(lines[place], change)

    return apply


def move(lines):
    lines[1], lines[3] = lines[3], lines[1]


def posting(lines):
    return next(n for n, line in enumerate(lines) if line.startswith('["1931"'))


def put(position, value):
    return lambda row: row.__setitem__(position, value)


@pytest.mark.parametrize(
    "change",
    [
        edit(0, lambda head: head.update(id="a" * 64)),
        edit(0, lambda head: head.update(digest="a" * 64)),
        edit(0, lambda head: head.update(pages=2)),
        edit(0, lambda head: head.update(pages=-1)),
        edit(0, lambda head: head.update(pages=True)),
        edit(0, lambda head: head.update(postings=10**9)),
        edit(0, lambda head: head.update(passages=1)),
        edit(0, lambda head: head.update(name=7)),
        edit(0, lambda head: head.update(name="\ud800")),
        edit(0, lambda head: head.update(recipe="x" * 10_000)),
        edit(0, lambda head: head.update(added=float("nan"))),
        edit(0, lambda head: head.update(added="yesterday")),
        edit(0, lambda head: head.clear()),
        edit(1, put(1, "Another text.")),
        edit(1, put(0, "another label")),
        edit(1, put(1, "\x00")),
        edit(1, lambda row: row.append(1)),
        edit(4, put(0, 10**9)),
        edit(4, put(2, 10**9)),
        edit(7, put(0, 1)),
        edit(7, put(1, 10**12)),
        edit(7, put(1, -1)),
        edit(7, put(0, 1.5)),
        move,
        lambda lines: lines.append("[]"),
        lambda lines: lines.pop(),
        lambda lines: edit(posting(lines), put(1, "////fw=="))(lines),
        lambda lines: edit(posting(lines), put(1, "AAA="))(lines),
        lambda lines: edit(posting(lines), put(1, "no base64"))(lines),
        lambda lines: edit(posting(lines), put(2, "AAAAAA=="))(lines),
        lambda lines: edit(posting(lines), put(0, "zzz"))(lines),
        lambda lines: edit(posting(lines), put(0, "1931\ud800"))(lines),
        lambda lines: lines.__setitem__(1, "[" * 100_000),
    ],
)
def test_a_changed_document_is_refused_and_the_library_stays_as_it_was(there, file, change):
    lines = lines_of(file, STATION)
    change(lines)
    (event,) = there.importing(with_lines(file, lines))
    assert isinstance(event, Refused)
    assert event.reason.startswith(f"the document {STATION.id[:12]} in it is damaged")
    assert event.reason.count("\n") == 0
    assert there.documents() == []


def test_any_byte_of_a_file_may_be_damaged(there, file):
    whole = file.read_bytes()
    outcomes = set()
    for place in range(0, len(whole), 61):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            refused = sum(isinstance(event, Refused) for event in there.importing(file))
        except DocumentError:
            refused = 3
        outcomes.add(refused)
        for entry in there.documents():
            document = there.document(entry.id)
            assert (document.text, entry.id) in {(d.text, d.id) for d in DOCUMENTS}
    assert {1, 3} <= outcomes


def test_a_bomb_is_stopped_while_it_unpacks(there, file):
    bomb = "[" + " " * 40_000_000
    (event,) = there.importing(with_lines(file, [lines_of(file, STATION)[0], bomb]))
    assert "as a zip bomb does" in event.reason
    titles = [json.dumps([1 + n % 90, "x" * 50_000, n]) for n in range(90)]
    head = changed(lines_of(file, STATION)[0], lambda h: h.update(headings=90, pages=1))
    text = json.dumps(["", "The dam held. " * 100_000])
    (event,) = there.importing(with_lines(file, [head, text, *titles]))
    assert "headings that are too long" in event.reason


def test_a_name_is_made_safe_to_show(there, file):
    lines = lines_of(file, STATION)
    lines[0] = changed(lines[0], lambda head: head.update(name="../\x1b[2Jx\u202etxt"))
    (event,) = there.importing(with_lines(file, lines))
    assert event.name == r"../\x1b[2Jx\u202etxt"
