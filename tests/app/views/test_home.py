"""The first view: the promise, the box, the sample, the library, and what cannot be asked."""

import re

import pytest
from pypdf import PdfReader

from agent import Library
from app import identity, strings
from app.turn import SAMPLE
from tests.app.views.reading import ask, plain, settled


def button(page, label):
    (found,) = [each for each in page.button if plain(each.label) == label]
    return found


def warnings(page):
    return [plain(each.value) for each in page.warning]


def test_the_sample_is_one_click_away_and_stays_open_after_a_refresh(visit, home):
    page = visit()
    assert page.title[0].value == "Longread"
    button(page, f"Try the sample report, {len(PdfReader(SAMPLE).pages)} pages").click().run()
    settled(page)
    identity = Library(home).documents()[0].id
    assert page.query_params["doc"] == identity[:12]
    again = visit(page.query_params["doc"])
    for shown in (page, again):
        assert not shown.exception
        assert strings.SAMPLE_NAME in plain(shown.subheader[0].value)
        assert {*strings.SAMPLE_QUESTIONS} < {plain(b.label) for b in shown.button}


def test_a_document_of_the_library_is_opened_by_its_name_and_left_again(visit, home, tmp_path):
    path = tmp_path / "a_b*c*.txt"
    path.write_text("The mill burned down in 1902.\n", encoding="utf-8")
    identity = Library(home).add(path).id
    page = visit()
    button(page, "a_b*c*.txt").click().run()
    assert page.query_params["doc"] == identity[:12]
    assert plain(page.subheader[0].value) == "a_b*c*.txt"
    button(page, strings.ALL_DOCUMENTS).click().run()
    assert "doc" not in page.query_params
    assert page.title[0].value == "Longread"


def test_no_more_than_eight_documents_are_shown_at_once_and_all_are_a_click_away(
    look, home, tmp_path
):
    library = Library(home)
    for number in range(10):
        (tmp_path / f"{number}.txt").write_text(f"Text number {number}.", encoding="utf-8")
        library.add(tmp_path / f"{number}.txt")
    page = look()
    names = [plain(each.label) for each in page.button if "txt" in each.label]
    assert names == [f"{number}.txt" for number in range(9, 1, -1)]
    page = button(page, strings.all_documents(10)).click().run()
    names = [plain(each.label) for each in page.button if "txt" in each.label]
    assert names == [f"{number}.txt" for number in range(9, -1, -1)]


def test_a_link_to_a_document_that_is_gone_says_so(visit):
    page = visit("ffff*")
    assert warnings(page) == [strings.unknown_document("ffff*")]
    assert page.title[0].value == "Longread"


@pytest.mark.parametrize(
    ("question", "note"), [("   ", strings.BLANK), ("Who?", strings.NOTHING_TO_ASK)]
)
def test_what_cannot_be_asked_is_said_calmly_and_once(visit, question, note):
    page = ask(visit(), question)
    assert warnings(page) == [note]
    assert not page.error
    assert warnings(ask(page, "", a_txt=b"The mill burned down in 1902.")) == []


def test_a_library_that_cannot_be_used_is_one_sentence(look, home):
    home.write_text("a file where the library's folder should be", encoding="utf-8")
    page = look()
    (error,) = page.error
    assert re.search(
        r"library folder cannot be made.*set LONGREAD HOME",
        plain(error.value).replace("_", " "),
    )
    assert not page.exception
    assert not page.chat_input


def test_behind_a_proxy_that_names_nobody_nothing_is_shown(look, home, monkeypatch, tmp_path):
    path = tmp_path / "mill.txt"
    path.write_text("The mill burned down in 1902.\n", encoding="utf-8")
    Library(home).add(path)
    monkeypatch.setenv("LONGREAD_USER_HEADER", "X-User")
    page = look()
    assert [plain(button.label) for button in page.button if "mill" in button.label] == []
    monkeypatch.setattr(identity, "current", lambda _settings: "")
    page = look()
    assert plain(page.error[0].value) == strings.NOBODY
    assert not page.button


def test_who_has_uploaded_enough_is_told_so_and_nothing_is_taken(visit, home, monkeypatch):
    monkeypatch.setenv("LONGREAD_PERSON_MB", "1")
    page = visit()
    box = page.chat_input[0]
    box.upload("mill.txt", b"The mill burned down in 1902. " * 40_000)
    page = box.set_value("When did it burn?").run()
    (said,) = page.error
    assert plain(said.value) == strings.no_room_for_you(1.2, 0, 1)
    assert Library(home).documents() == []
    assert not list(home.glob("upload-*"))
