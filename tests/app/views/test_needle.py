"""The needle test in the page: begun there, done by the worker, drawn as it comes."""

import json
import re
import time

import pytest

from agent.errors import ReaderError
from agent.evaluation.results import Results
from agent.evaluation.subject import ThroughAgent
from app.needle_turn import results_path, take_needle
from app.turn import NeedleWish
from app.wire import Choice
from app.words import LANGUAGES, words
from tests.app.views.conftest import OWNER
from tests.app.views.reading import drawn, plain, settled

QUOTING = Choice(None, "quoting", "nobody else is here")
WISH = NeedleWish("sweep", 8_000)


def test_the_test_is_reached_from_the_settings_and_left_again(look):
    page = look()
    page.button(key="settings-needle").click().run()
    assert page.title[0].value == "Needle test"
    assert "code counts what is found" in page.markdown[0].value
    assert page.query_params["view"] == "needle"
    page.button[0].click().run()
    assert page.title[0].value == "Longread"


def test_what_is_found_is_drawn_by_length_and_depth(visit, home):
    page = visit()
    page.query_params["view"] = "needle"
    page.run()
    page.selectbox(key="needle-most").select(8_000)
    page.selectbox(key="needle-way").select("sweep")
    next(b for b in page.button if b.label == "Start the test").click().run()
    html = drawn(settled(page))
    assert "quoting reader: Read every page (English; 20 needles)" in html
    assert re.findall(r'<th scope="col">(\w+)</th>', html) == ["Depth", "1k", "2k", "4k", "8k"]
    assert re.findall(r'<th scope="row">([\d %]+)</th>', html) == [
        "0 %", "25 %", "50 %", "75 %", "100 %",
    ]  # fmt: skip
    assert html.count('<td class="lr-heat-10">1/1</td>') == 20
    kept = json.loads(results_path(home, OWNER).read_text("utf-8"))["results"]
    assert len(kept) == 20
    assert not page.error


def test_another_person_sees_nothing_of_it(visit, home):
    for _ in take_needle(WISH, home, "somebody else", lambda: QUOTING):
        pass
    page = visit()
    page.query_params["view"] = "needle"
    assert "lr-heat" not in drawn(page.run())


def test_a_model_that_is_not_there_is_said(visit):
    page = visit()
    page.query_params["view"] = "needle"
    page.run()
    page.selectbox(key="needle-way").select("in-context")
    next(b for b in page.button if b.label == "Start the test").click().run()
    assert "in-context asks a language model alone" in plain(settled(page).error[0].value)


def test_a_test_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    asked = []
    ask = ThroughAgent.ask
    monkeypatch.setattr(
        ThroughAgent, "ask", lambda self, *given: asked.append(given) or ask(self, *given)
    )
    turns = take_needle(WISH, tmp_path, OWNER, lambda: QUOTING)
    for turn in turns:
        if turn.progress.done == 7:
            break
    turns.close()
    assert len(Results(results_path(tmp_path, OWNER))) == 7
    *_, last = take_needle(WISH, tmp_path, OWNER, lambda: QUOTING)
    assert last.done
    assert (last.progress.done, last.progress.total) == (20, 20)
    assert len(asked) == 20
    assert not results_path(tmp_path, OWNER).with_suffix(".library").exists()


def test_a_reader_that_fails_ends_the_test_with_its_sentence(tmp_path, monkeypatch):
    def fail(*_):
        raise ReaderError("the model is out of memory")
        yield

    monkeypatch.setattr(ThroughAgent, "ask", fail)
    *_, last = take_needle(WISH, tmp_path, OWNER, lambda: QUOTING)
    assert (last.done, last.error) == (True, "the model is out of memory")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_heat_map_says_who_read_and_how_many_needles(language):
    said = words(language)
    assert "20" in said.needle_title("quoting", said.MODEL_ALONE, "German", 20)
    assert "8,000" in said.tokens(8_000)


def test_while_the_test_runs_it_can_be_stopped(visit, monkeypatch):
    def slowly(*_):
        while True:
            time.sleep(0.01)
            yield

    monkeypatch.setattr(ThroughAgent, "ask", slowly)
    page = visit()
    page.query_params["view"] = "needle"
    page.run()
    next(b for b in page.button if b.label == "Start the test").click().run()
    stop = next(b for b in page.run().button if b.label == "Stop")
    stop.click().run()
    assert "lr-heat" not in drawn(settled(page))
