"""Settings: how to read, what may be spent, and who reads; they count from then on."""

import pytest

from agent.budget import Budget
from app import strings
from app.jobs.journal import Journal
from app.turn import Submission
from app.words import words
from tests.app.views.conftest import OWNER
from tests.app.views.reading import ask, drawn, plain

MILL = b"The mill burned down in 1902.\n"


def test_what_is_chosen_counts_for_what_is_asked_then(visit, home):
    page = ask(visit(), "When?", mill_txt=MILL)
    page.radio(key="settings-way").set_value("sweep").run()
    page.number_input(key="settings-minutes").set_value(3).run()
    page.number_input(key="settings-tokens").set_value(50_000).run()
    page = ask(page, "When did the mill burn down?")
    first, second = (Journal(home).job(OWNER, number) for number in (1, 2))
    assert first.submission.budget == Submission().budget
    assert (second.submission.strategy, second.turn.progress.answer.strategy) == ("sweep", "sweep")
    assert second.submission.budget == Budget(tokens=50_000, seconds=180.0)
    page = next(b for b in page.button if plain(b.label) == strings.ALL_DOCUMENTS).click().run()
    assert page.radio(key="settings-way").value == "sweep"  # on another view too
    assert page.number_input(key="settings-minutes").value == 3


def test_who_reads_is_found_out_once_it_is_asked_for(visit):
    page = visit()
    assert "Reads:" not in drawn(page)
    page.session_state["settings"] = True
    assert "Reads: quoting. You asked for the quoting reader" in drawn(page.run())


@pytest.mark.usefixtures("home")
def test_a_model_that_cannot_be_had_is_said_there(look, monkeypatch):
    monkeypatch.setenv("LONGREAD_MODEL", "/no/such/folder")
    page = look()
    page.session_state["settings"] = True
    (error,) = page.run().error
    assert "/no/such/folder" in plain(error.value)


def test_the_page_speaks_the_language_that_is_chosen(visit, home):
    page = ask(visit(), "When did the mill burn down?", mill_txt=MILL)
    page = page.radio(key="settings-language").set_value("zh").run()
    assert "← 全部文档" in [plain(button.label) for button in page.button]
    assert "摘引阅读器" in drawn(page)
    page = ask(page, "  ")
    assert [plain(each.value) for each in page.warning] == [words("zh").BLANK]  # by the worker
    assert Journal(home).job(OWNER, 2).submission.language == "zh"


def test_the_browsers_own_language_is_spoken_at_first(look, monkeypatch):
    monkeypatch.setattr("app.words._nearest", lambda _locale: "zh")
    assert "把文档拖到这里并提问" in [box.placeholder for box in look().chat_input]
