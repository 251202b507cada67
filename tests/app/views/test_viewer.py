"""The page viewer: marks lead to pages, pages are turned, and it is closed."""

import re

import pytest

from app import strings
from app.jobs.journal import Journal
from app.pages import Spot
from app.session import spot_of
from app.turn import SAMPLE
from tests.app.views.conftest import OWNER
from tests.app.views.reading import ask, drawn, plain, settled

QUESTION = "How many bookings were charged twice?"


@pytest.fixture
def answered(visit):
    """Return the page after the sample was asked."""
    return ask(visit(), QUESTION, report_pdf=SAMPLE.read_bytes())


def jobs(home):
    """Return the numbers of the jobs, oldest first, and their turns."""
    found = [job for number in range(1, 9) if (job := Journal(home).job(OWNER, number))]
    return {job.number: job.turn for job in found}


def click_mark(page, said):
    """Do what the click does that a page without a browser has no script for."""
    page.query_params["cite"] = said
    page.session_state["spot"] = None
    return page.run()


def button(page, label):
    (found,) = [each for each in page.button if plain(each.label) == label]
    return found


def test_a_mark_opens_its_page_with_the_words_lit(answered):
    assert 'data-cite="1-1"' in drawn(answered)
    page = click_mark(answered, "1-1")
    assert drawn(page).count('class="lr-lit"') == 1
    assert 'alt="Page 10 of report.pdf, with these words marked: ' in drawn(page)
    assert plain(page.markdown[-1].value) == "**Page 10 (label 7)**"
    assert QUESTION in drawn(page)  # the conversation stands beside it


def test_pages_are_turned_and_the_viewer_is_closed(answered):
    page = click_mark(answered, "1-1")
    page = button(page, "Next").click().run()
    assert "Page 11 of report.pdf" in drawn(page)
    assert "lr-lit" not in drawn(page)
    page = button(page, "Previous").click().run()
    assert "lr-lit" in drawn(page)
    page = button(page, "Close").click().run()
    assert "lr-sheet" not in drawn(page)
    assert QUESTION in drawn(page)


def test_pages_are_shown_larger_and_as_before_again(answered):
    page = click_mark(answered, "1-1")
    widths = []
    for _ in range(4):
        widths += re.findall(r'lr-paper"(?: style="width:(\d+)%")?', drawn(page))
        page = button(page, strings.ZOOM).click().run()
    assert widths == ["", "150", "200", ""]
    assert "lr-lit" in drawn(page)


def test_at_the_ends_of_a_document_there_is_no_further_page(answered, home):
    page = click_mark(answered, "1-1")
    spot = spot_of("1-1", jobs(home))
    page.session_state["spot"] = Spot(spot.document, 1)
    assert button(page.run(), "Previous").disabled
    page.session_state["spot"] = Spot(spot.document, 16)
    assert button(page.run(), "Next").disabled


def test_a_summary_is_asked_for_and_its_sentences_open_their_pages(answered, home):
    answered.radio[0].set_value("paragraph")
    answered.text_input[0].set_value("for the crew")
    page = settled(button(answered, "Sum it up").click().run())
    assert "Summary: a paragraph, for the crew" in drawn(page)
    assert jobs(home)[2].progress.answer.strategy == "summarize"
    assert 'data-cite="2-1"' in drawn(page)
    page = click_mark(page, "2-1")
    assert "lr-lit" in drawn(page)


def test_leaving_the_document_closes_it(answered):
    page = click_mark(answered, "1-1")
    page = button(page, "← All documents").click().run()
    assert "lr-sheet" not in drawn(page)
    assert "spot" not in page.session_state


@pytest.mark.parametrize("said", ["", "1", "1-", "-1", "1-99", "9-1", "x-1", "1-1-1", "٣-1", "1-²"])
def test_what_is_no_mark_of_the_conversation_opens_nothing(answered, home, said):
    assert spot_of(said, jobs(home)) is None
    assert spot_of("1-2", jobs(home)).page == 11
    assert "lr-sheet" not in drawn(click_mark(answered, said))
