"""A conversation: question, answer, the quote in its place; and what can go otherwise."""

import html
import re

import pytest
from pypdf import PdfReader

from agent import Library
from app import strings
from app.jobs.journal import Journal
from app.settings import load_settings
from app.turn import SAMPLE
from tests.app.views.reading import ask, drawn, plain, settled

EXPECTED = {
    "Who asked that the opening of Gangway be put off?": "Ragnhild Osk and Benedict Thole",
    "How many bookings were charged twice?": "11,482 bookings were charged twice",
    "When will Godwit be delivered?": "She is to be delivered in May 2027",
}
NOTES = b"# Notes\n\nThe lighthouse at Skerry Point was lit for the first time on 3 May 1871.\n"
QUESTION = "When was the lighthouse at Skerry Point lit?"
CREW = b"Captain Osk left the ship in May.\n\nThe cook stayed.\n\nCaptain Thole came.\n"
HOSTILE = (
    b"The treasure of Skerry Point <img src=http://evil.test/a.png> lies "
    b"![x](http://evil.test/b.png) under :red[rock] [1] [click](http://evil.test/).\n"
)


def one_line(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def quotes(page):
    return [one_line(quote) for quote in re.findall(r"<mark>(.*?)</mark>", drawn(page), re.DOTALL)]


def places(page):
    return [one_line(place) for place in re.findall(r'<p class="lr-place">(.*?)</p>', drawn(page))]


def place_in_pdf(words):
    """Return where pypdf finds `words` in the sample, as the page should say it."""
    reader = PdfReader(SAMPLE)
    texts = [" ".join(page.extract_text().split()) for page in reader.pages]
    (number,) = [n for n, text in enumerate(texts) if words in text]
    return f"page {number + 1} (label {reader.page_labels[number]})"


def test_every_suggested_question_is_answered_by_the_right_words_and_page(visit):
    page = visit()
    settled(page.button[0].click().run())
    assert tuple(EXPECTED) == strings.SAMPLE_QUESTIONS
    for number, (question, words) in enumerate(EXPECTED.items()):
        suggestions = [b for b in page.button if plain(b.label) == question]
        assert len(suggestions) == (number == 0)  # they go once something was asked
        page = settled(suggestions[0].click().run()) if suggestions else ask(page, question)
        answer = drawn(page).split('<h2 class="lr-question"')[-1]
        assert not page.exception
        assert question in one_line(answer)
        assert words in one_line(re.findall(r"<mark>(.*?)</mark>", answer, re.DOTALL)[0])
        place = re.findall(r'<p class="lr-place">(.*?)</p>', answer)[0]
        assert one_line(place) == f"1 {strings.SAMPLE_NAME}, {place_in_pdf(words)}"
        assert "no language model wrote this answer" in one_line(answer)
    assert drawn(page).count("you asked for the quoting reader") == 1  # under the last answer alone


def test_a_question_that_has_no_answer_gets_one_that_says_so(visit):
    page = ask(visit(), "Who won the football cup?", notes_md=NOTES)
    assert "Nothing in the passages read answers this question" in one_line(drawn(page))
    assert (quotes(page), list(page.error), list(page.warning)) == ([], [], [])
    assert re.search(
        r"Read 1 of 1 page \(\d+ of \d+ tokens\); 0 quotes dropped", one_line(drawn(page))
    )


def test_a_bad_file_is_named_and_the_good_one_answers(visit, home):
    page = ask(visit(), QUESTION, broken_pdf=b"%PDF-1.7\nno more", notes_md=NOTES)
    (warning,) = page.warning
    assert plain(warning.value).startswith("broken.pdf is damaged")
    assert quotes(page) == [
        "The lighthouse at Skerry Point was lit for the first time on 3 May 1871."
    ]
    assert places(page) == ["1 notes.md, page 1 (lines 1-3)"]
    assert "3 May 1871.” 1" in one_line(drawn(page))
    assert page.query_params["doc"] == Library(home).documents()[0].id[:12]
    assert not list(home.glob("upload-*"))


def test_a_dropped_file_joins_the_conversation(visit, home):
    page = ask(visit(), QUESTION, notes_md=NOTES)
    page = ask(page, "When did the mill burn down?", mill_txt=b"The mill burned down in 1902.\n")
    newest, oldest = Library(home).documents()
    assert page.query_params["doc"] == [oldest.id[:12], newest.id[:12]]
    assert [plain(each.value) for each in page.subheader] == ["notes.md", "mill.txt"]
    assert [place.split(",")[0] for place in places(page)] == ["1 notes.md", "1 mill.txt"]


def test_a_file_without_a_question_is_opened_and_waits(visit):
    page = ask(visit(), "", notes_md=NOTES)
    assert plain(page.subheader[0].value) == "notes.md"
    assert drawn(page) == '<p class="lr-facts">1 page, 26 tokens</p>'
    assert plain(ask(page, "   ").warning[0].value) == strings.BLANK


def test_what_a_document_says_is_never_markup(visit):
    page = ask(visit(), "Where lies the treasure of Skerry Point?", hostile_txt=HOSTILE)
    assert quotes(page) == [" ".join(HOSTILE.decode().split())]
    links = re.findall(r'<a href="([^"]*)" download>', drawn(page))
    assert [link.split(".")[1] for link in links] == ["md", "json", "html"]  # of our own
    tags = set(re.findall(r"<(\w+)", drawn(page))) - {"a"}
    assert drawn(page).count("<a ") == len(links)
    assert tags <= {"h2", "div", "p", "span", "ol", "li", "blockquote", "mark", "code", "button"}
    assert "http://evil.test" not in "".join(each.value for each in page.markdown)


@pytest.mark.usefixtures("home")  # its settings come before ours, ours before the worker's
def test_a_model_that_cannot_be_reached_is_one_sentence_and_the_document_stays(
    monkeypatch, request
):
    monkeypatch.setenv("LONGREAD_MODEL", "http://127.0.0.1:9/v1")
    page = ask(request.getfixturevalue("visit")(), QUESTION, notes_md=NOTES)
    (error,) = page.error
    assert "127.0.0.1:9" in plain(error.value)
    assert "Traceback" not in error.value
    assert not page.exception
    assert plain(page.subheader[0].value) == "notes.md"


@pytest.mark.parametrize("prefix", ["", "short"])
def test_an_address_opens_the_documents_it_names_and_says_what_it_cannot(
    visit, home, tmp_path, prefix
):
    (tmp_path / "notes.md").write_bytes(NOTES)
    identity = Library(home).add(tmp_path / "notes.md").id
    page = visit(identity[:8].upper() if prefix else identity, "ffff")
    assert plain(page.subheader[0].value) == "notes.md"
    assert [plain(each.value) for each in page.warning] == [strings.unknown_document("ffff")]


def test_a_file_that_waits_for_the_worker_is_seen_to_wait_and_can_be_stopped(look, home):
    page = look()
    page.chat_input[0].upload("notes.md", NOTES)
    page = page.chat_input[0].set_value(QUESTION).run()
    assert not page.exception
    assert page.query_params["job"] == "1"
    assert QUESTION in one_line(drawn(page))
    assert strings.WAITING in page.status[0].label
    again = look()  # another tab knows of no job yet
    assert again.title[0].value == "Longread"
    (stop,) = [each for each in page.button if each.label == strings.STOP]
    page = stop.click().run()
    assert page.title[0].value == "Longread"
    assert strings.STOPPED in drawn(page)
    assert not Library(home).documents()


def test_a_list_of_everything_is_a_table_with_places_and_a_file(visit):
    page = ask(visit(), "List all captains", crew_txt=CREW)
    said = drawn(page)
    rows = re.findall(r"<tr><td>(\d+)</td><td dir=\"auto\">(.*?)</td>", said)
    assert [number for number, _ in rows] == ["1", "2"]
    assert '<button type="button" class="lr-mark" data-cite="1-1"' in said
    assert '<q dir="auto">Captain Osk left the ship in May.</q>' in said
    assert '<a href="export/1.csv" download>' in said
    assert "lr-sources" not in said


def test_what_is_asked_while_a_document_is_added_waits_for_it(look):
    page = look()
    next(b for b in page.button if b.label.startswith("Try the sample")).click().run()
    page.chat_input[0].set_value("How many bookings were charged twice?").run()
    added, asked = Journal(load_settings().home).open_jobs()
    assert (added.submission.sample, added.submission.after) == (True, 0)
    assert asked.submission.after == added.number
    assert "How many bookings were charged twice?" in drawn(page)
