"""All documents: found, opened together, renamed, and deleted without a trace."""

from pathlib import Path

import pytest

from agent import Library
from app import identity, strings
from app.jobs.journal import Journal
from tests.app.views.conftest import OWNER
from tests.app.views.reading import ask, drawn, plain

MILL = b"The mill burned down in 1902.\n"
DAM = b"The dam was finished in 1911.\n"


@pytest.fixture
def page(visit):
    """Return the library of somebody who has dropped two documents."""
    ask(visit(), "When did the mill burn down?", mill_txt=MILL)
    ask(visit(), "", dam_txt=DAM)
    return _library(visit)


def _library(visit):
    page = visit()
    return _button(page, strings.all_documents(2)).click().run()


def _button(page, label):
    (found,) = [each for each in page.button if plain(each.label) == label]
    return found


def _names(page):
    return [plain(each.label) for each in page.button if "txt" in each.label]


def _of(page, name):
    """Return the id of a document by its name."""
    (found,) = [each for each in page.button if plain(each.label) == name]
    return found.key.removeprefix("open-")


def test_documents_are_found_by_name(page):
    assert _names(page) == ["dam.txt", "mill.txt"]
    assert _names(page.text_input(key="library-filter").set_value(" MILL").run()) == ["mill.txt"]


def test_those_that_are_chosen_are_asked_together(page):
    for name in ("mill.txt", "dam.txt"):
        page.checkbox(key=f"choose-{_of(page, name)}").check().run()
    page = _button(page, "Ask these 2 together").click().run()
    assert [plain(each.value) for each in page.subheader] == ["dam.txt", "mill.txt"]
    page = ask(page, "What was finished in 1911?")
    assert "<mark>The dam was finished in 1911.</mark>" in drawn(page)


def test_a_name_is_ours_alone(page, home, visit, monkeypatch):
    document = _of(page, "mill.txt")
    page.text_input(key=f"name-{document}").set_value(" The *mill*\u202e ").run()
    page = page.button(key=f"rename-{document}").click().run()
    assert "The *mill*u202e" in [plain(each.label) for each in page.button]  # \\u202e, escaped
    assert {entry.name for entry in Library(home).documents()} == {"mill.txt", "dam.txt"}
    monkeypatch.setattr(identity, "current", lambda _settings: "another")
    Journal(home).owners.own("another", document, "theirs.txt")
    assert _names(visit()) == ["theirs.txt"]


def test_a_deleted_document_leaves_nothing_behind(page, home):
    document = _of(page, "mill.txt")
    page = page.button(key=f"delete-{document}").click().run()
    assert _names(page) == ["dam.txt"]
    assert [entry.name for entry in Library(home).documents()] == ["dam.txt"]
    assert Journal(home).conversation(OWNER, (document,)) == []
    for path in filter(Path.is_file, home.rglob("*")):
        assert b"burned down" not in path.read_bytes(), path.name


def test_what_somebody_else_has_too_is_deleted_for_ourselves_alone(page, home):
    document = _of(page, "mill.txt")
    Journal(home).owners.own("another", document, "theirs.txt")
    page = page.button(key=f"delete-{document}").click().run()
    assert _names(page) == ["dam.txt"]
    assert Library(home).document(document)


def test_many_documents_come_in_portions(look, home, tmp_path):
    library = Library(home)
    for number in range(30):
        (tmp_path / f"{number:02}.txt").write_text(f"Text number {number}.", encoding="utf-8")
        library.add(tmp_path / f"{number:02}.txt")
    page = _button(look(), strings.all_documents(30)).click().run()
    assert len(_names(page)) == 25
    assert len(_names(_button(page, strings.SHOW_MORE).click().run())) == 30
