"""The page viewer: marks lead to pages, pages are turned, and it is closed."""

import pytest

from app.pages import Spot
from app.turn import SAMPLE
from app.widgets.marks import cite, spot_of
from tests.app.views.reading import drawn, plain
from tests.app.views.test_document import ask

QUESTION = "How many bookings were charged twice?"


@pytest.fixture
def answered(visit):
    """Return the page after the sample was asked."""
    return ask(visit(), QUESTION, report_pdf=SAMPLE.read_bytes())


def turns_of(page):
    (turns,) = [t for documents, t in page.session_state["conversations"].items() if documents]
    return turns


def click_mark(page, said):
    """Do what the click does that a page without a browser has no script for."""
    page.session_state["spot"] = spot_of(said, turns_of(page))
    return page.run()


def button(page, label):
    (found,) = [each for each in page.button if plain(each.label) == label]
    return found


def test_a_mark_opens_its_page_with_the_words_lit(answered):
    assert f'data-cite="{cite(0, 1)}"' in drawn(answered)
    page = click_mark(answered, cite(0, 1))
    assert drawn(page).count('class="lr-lit"') == 1
    assert 'alt="Page 10 of report.pdf, with these words marked: ' in drawn(page)
    assert "report.pdf, page 10 (label 7)" in plain(page.markdown[-1].value).replace("**", "")
    assert QUESTION in drawn(page)  # the conversation stands beside it


def test_pages_are_turned_and_the_viewer_is_closed(answered):
    page = click_mark(answered, cite(0, 1))
    page = button(page, "Next").click().run()
    assert "Page 11 of report.pdf" in drawn(page)
    assert "lr-lit" not in drawn(page)
    page = button(page, "Previous").click().run()
    assert "lr-lit" in drawn(page)
    page = button(page, "Close").click().run()
    assert "lr-sheet" not in drawn(page)
    assert QUESTION in drawn(page)


def test_at_the_ends_of_a_document_there_is_no_further_page(answered):
    page = click_mark(answered, cite(0, 1))
    spot = page.session_state["spot"]
    page.session_state["spot"] = Spot(spot.document, 1)
    assert button(page.run(), "Previous").disabled
    page.session_state["spot"] = Spot(spot.document, 16)
    assert button(page.run(), "Next").disabled


def test_a_summary_is_asked_for_and_its_sentences_open_their_pages(answered):
    answered.radio[0].set_value("paragraph")
    answered.text_input[0].set_value("for the crew")
    page = button(answered, "Sum it up").click().run()
    assert "Summary: a paragraph, for the crew" in drawn(page)
    assert turns_of(page)[-1].progress.answer.strategy == "summarize"
    assert f'data-cite="{cite(1, 1)}"' in drawn(page)
    page = click_mark(page, cite(1, 1))
    assert "lr-lit" in drawn(page)


def test_leaving_the_document_closes_it(answered):
    page = click_mark(answered, cite(0, 1))
    page = button(page, "← All documents").click().run()
    assert "lr-sheet" not in drawn(page)
    assert "spot" not in page.session_state


@pytest.mark.parametrize("said", ["", "0", "0-", "-1", "0-99", "9-1", "x-1", "0-1-1", "٣-1", "0-²"])
def test_what_is_no_mark_of_the_conversation_opens_nothing(answered, said):
    assert spot_of(said, turns_of(answered)) is None
    assert spot_of(cite(0, 2), turns_of(answered)).page == 11
