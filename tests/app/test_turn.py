"""A turn without a page: files are added, the question is asked, nothing is left lying about."""

import io
import os
import time
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import Library, LibraryError
from agent.readers.chat import ChatReader
from app import strings
from app.turn import CONTEXT_CHARACTERS, Submission, Wish, take_turn, text_after, text_before
from app.uploads import Upload, clear_leftovers, forget_uploads, keep_upload
from app.widgets.answer import answer_html, small_html, turn_html
from app.wire import Choice
from model.errors import WeightsError
from tests.agent.strategies.planted import Rule, model, planted
from tests.make import make_document

TEXT = b"The lighthouse at Skerry Point was lit for the first time on 3 May 1871.\n"
QUESTION = "When was the lighthouse at Skerry Point lit?"
QUOTING = Choice(None, "quoting", "no weights are here")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def library(home):
    return Library(home)


@pytest.fixture
def uploads(home):
    """Return a function that keeps files as the page does."""

    def keep(**files):
        return tuple(
            keep_upload(name.replace("_", "."), io.BytesIO(data), home)
            for name, data in files.items()
        )

    return keep


def last(library, submission, documents=()):
    *_, turn = take_turn(submission, documents, library, lambda: QUOTING)
    return turn


def test_a_file_and_a_question_become_an_answer_with_its_source(library, uploads):
    turn = last(library, Submission(f"  {QUESTION} ", uploads(notes_txt=TEXT)))
    (source,) = turn.sources
    assert turn.done
    assert turn.question == QUESTION
    assert turn.documents == (library.documents()[0].id,)
    assert source.citation.name == "notes.txt"
    assert "3 May 1871" in source.citation.quote
    assert source.before + source.citation.quote + source.after == TEXT.decode()
    assert "no weights are here" in turn.advice


def test_a_summary_is_a_turn_with_its_sources(library, uploads):
    added = last(library, Submission(uploads=uploads(notes_txt=TEXT)))
    wish = Wish("paragraph", "for sailors")
    turn = last(library, Submission(summary=wish), added.documents)
    assert turn.question == "Summary: a paragraph, for sailors"
    assert turn.progress.answer.strategy == "summarize"
    assert [source.citation.quote for source in turn.sources] == [TEXT.decode().strip()]
    assert turn.done


def test_a_summary_of_nothing_is_asked_for_calmly(library):
    turn = last(library, Submission(summary=Wish("page")))
    assert turn.notes == (strings.NOTHING_TO_ASK,)


def test_a_refused_file_costs_only_itself(library, uploads):
    files = uploads(broken_pdf=b"%PDF-1.7\nno more", notes_txt=TEXT)
    turn = last(library, Submission(QUESTION, files))
    assert [name for name, _ in turn.progress.refused] == ["broken.pdf"]
    assert turn.progress.answer.answered
    assert [entry.name for entry in library.documents()] == ["notes.txt"]


def test_files_join_the_documents_that_are_open_and_all_are_asked(library, uploads):
    first = last(library, Submission("", uploads(first_txt=b"The mill burned down in 1902.\n")))
    turn = last(library, Submission(QUESTION, uploads(second_txt=TEXT)), first.documents)
    assert turn.documents[0] == first.documents[0]
    assert [source.citation.name for source in turn.sources] == ["second.txt"]
    assert turn.progress.answer.coverage.tokens_total == library.tokens(turn.documents)


def test_only_the_last_turn_is_done(library, uploads):
    turns = list(take_turn(Submission(QUESTION, uploads(a_txt=TEXT)), (), library, lambda: QUOTING))
    assert [turn.done for turn in turns] == [False] * (len(turns) - 1) + [True]
    assert strings.CHOOSING in [turn.progress.stage for turn in turns]


@pytest.mark.parametrize(
    ("submission", "note"),
    [(Submission("  \n"), strings.BLANK), (Submission(QUESTION), strings.NOTHING_TO_ASK)],
)
def test_what_cannot_be_asked_is_said_in_one_sentence(library, submission, note):
    turn = last(library, submission)
    assert (turn.notes, turn.error, turn.documents) == ((note,), "", ())


def test_a_draft_that_was_stopped_is_shown_with_its_sources_and_said_to_be_no_answer(library):
    document = planted()
    library.keep(document)
    rule = Rule(marks=False)
    choice = Choice(ChatReader(model(rule), window_tokens=900), "scripted", "")
    asked = Submission("In which colour was gate 13 painted?")
    with closing(take_turn(asked, (document.id,), library, lambda: choice)) as coming:
        turn = next(turn for turn in coming if turn.progress.answer)
    assert not turn.done
    assert "Gate 13 was painted green." in [source.citation.quote for source in turn.sources]
    drawn = turn_html(turn, with_advice=False)
    assert "Gate 13 was painted green." in drawn
    assert 'class="lr-sources"' in drawn
    assert drawn.endswith(small_html(strings.STOPPED))
    assert not turn_html(replace(turn, done=True), with_advice=False).endswith(
        small_html(strings.STOPPED)
    )
    half = replace(turn, progress=replace(turn.progress, text="So far"))
    assert turn_html(half, with_advice=False) == answer_html("So far", 0) + small_html(
        strings.STOPPED
    )


def test_a_model_that_cannot_be_had_is_said_in_one_sentence_and_the_file_is_kept(library, uploads):
    def fail():
        raise WeightsError("the folder x holds no weights")

    *_, turn = take_turn(Submission(QUESTION, uploads(a_txt=TEXT)), (), library, fail)
    assert (turn.error, turn.done) == ("the folder x holds no weights", True)
    assert turn.documents == (library.documents()[0].id,)


def test_pages_without_text_are_said(library, uploads):
    turn = last(library, Submission("", uploads(gap_txt=b"One.\f\fThree.\f")))
    assert turn.notes == (strings.empty_pages("gap.txt", (2,)),)


def test_a_name_is_shown_and_never_used_as_a_path(library, tmp_path):
    name = "../../outside/evil.txt"
    turn = last(library, Submission("", (keep_upload(name, io.BytesIO(TEXT), library.home),)))
    assert library.document(turn.documents[0]).name == name
    assert not list(tmp_path.rglob("*evil*"))


def test_an_upload_leaves_memory_and_in_the_end_the_disk(home):
    content = io.BytesIO(TEXT)
    upload = keep_upload("a.txt", content, home)
    assert content.getvalue() == b""
    assert upload.path.read_bytes() == TEXT
    forget_uploads([upload, upload])
    assert list(home.iterdir()) == []


def test_an_upload_that_cannot_be_kept_is_said_in_one_sentence(tmp_path):
    (tmp_path / "home").write_text("no folder")
    content = io.BytesIO(TEXT)
    with pytest.raises(LibraryError, match=r"^a\.txt could not be kept in .*drop it again\.$"):
        keep_upload("a.txt", content, tmp_path / "home")
    assert content.getvalue() == b""


def test_only_old_leftovers_are_cleared(tmp_path):
    for name in ("upload-old", "upload-new", "upload-waiting", "kept"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(TEXT)
    two_days_ago = time.time() - 2 * 24 * 3600
    for name in ("upload-old", "upload-waiting", "kept"):
        os.utime(tmp_path / name, (two_days_ago, two_days_ago))
    clear_leftovers(tmp_path, [Upload("a.txt", tmp_path / "upload-waiting" / "file")])
    assert {path.name for path in tmp_path.iterdir()} == {"upload-new", "upload-waiting", "kept"}


@given(
    pages=st.lists(st.text("ab \n", min_size=1, max_size=900), min_size=1, max_size=3),
    data=st.data(),
)
def test_a_quote_stands_between_words_of_its_own_page(pages, data):
    document = make_document(*pages)
    start = data.draw(st.integers(0, len(document.text) - 1))
    end = data.draw(st.integers(start + 1, len(document.text)))
    before, after = text_before(document, start), text_after(document, end)
    first, final = document.page_at(start), document.page_at(end - 1)
    assert document.text[first.start : start].endswith(before.removeprefix("… "))
    assert document.text[end : final.end].startswith(after.removesuffix(" …"))
    assert before.startswith("… ") == (start - first.start > CONTEXT_CHARACTERS)
    assert after.endswith(" …") == (final.end - end > CONTEXT_CHARACTERS)
    assert max(len(before), len(after)) <= CONTEXT_CHARACTERS + 2
