"""A conversation about one document or several: what is open, what was said, the box below."""

from collections.abc import Sequence
from contextlib import closing

import streamlit as st

from agent.entries import Entry
from app import session, strings
from app.filling import Filler
from app.reader import shared_reader
from app.safe import to_markdown
from app.settings import Settings
from app.turn import Submission, Turn, take_turn
from app.widgets.answer import draw_question, draw_small, draw_turn
from app.widgets.ask import draw_box
from app.widgets.filling import draw_filling
from app.widgets.marks import listen
from app.widgets.page import draw_page
from app.widgets.progress import LiveTurn
from app.widgets.scroll import scroll_here
from app.widgets.summary import draw_summary_button


def draw(
    opened: Sequence[Entry],
    unknown: Sequence[str],
    submission: Submission | None,
    filler: Filler,
    settings: Settings,
) -> None:
    """Draw the view, and take up what was handed in.

    Args:
        opened: the documents it is about; none yet if they come with the submission.
        unknown: names in the address that fit no document.
        submission: what was handed in and is not answered yet.
        filler: where the documents are, and how far the search by meaning is.
        settings: say who reads.
    """
    documents = tuple(entry.id for entry in opened)
    turns = session.conversation(documents)
    if submission:
        # A turn without a question is a notice about files: said once, then out of the way.
        turns = tuple(turn for turn in turns if turn.question) if documents else ()
        session.keep(documents, turns)
    st.empty()  # takes the place of the home view at once; else it stays, greyed, until we are done
    with st.container():
        _draw_header(opened, live=submission is not None)
        draw_filling(filler, documents, live=submission is None)
    suggestions = st.empty()  # and this, filled or not, the place of the last run's suggestions
    for prefix in unknown:
        st.warning(to_markdown(strings.unknown_document(prefix)))
    draw_box(strings.ASK_ON)
    spot = session.opened_page(documents)
    talk, beside = st.columns(2, gap="large") if spot else (st.container(), None)
    with talk:
        _draw_turns(turns, live=submission is not None, scrolls=spot is None)
        if submission:
            _take_up(submission, documents, filler, settings)
    if spot and beside:
        with beside:
            scroll_here(f"page-{spot}", narrow_only=True)
            draw_page(filler.library, spot)
    if not submission and _is_new_sample(opened, turns):
        with suggestions.container():
            _draw_suggestions()


def _draw_turns(turns: Sequence[Turn], *, live: bool, scrolls: bool) -> None:
    """Draw what was said; `live` if another turn is coming, `scrolls` to the last answer."""
    for number, turn in enumerate(turns):
        if turn is turns[-1] and turn.question and scrolls and not live:
            scroll_here(f"answered-{number}")
        draw_turn(turn, number=number, with_advice=turn is turns[-1] and not live)
    if turns and not live:
        listen()


def _take_up(
    submission: Submission,
    documents: tuple[str, ...],
    filler: Filler,
    settings: Settings,
) -> None:
    """Run the turn, remembering it at every step, so that one that is stopped is not lost."""
    before = session.conversation(documents)
    kept = documents
    scroll_here(f"asked-{len(before)}")
    draw_question(submission.title)
    live = LiveTurn()
    steps = take_turn(submission, documents, filler.library, lambda: shared_reader(settings))
    with filler.answering(), closing(steps) as coming:
        for turn in coming:
            if turn.documents != kept:
                session.keep(kept, before)  # the talk goes on about more documents than before
                kept = turn.documents
                filler.want(kept)
            session.keep(kept, (*before, turn))
            session.show_documents(kept)
            live.show(turn)
    st.rerun()


def _draw_header(opened: Sequence[Entry], *, live: bool) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        leave = session.show_documents
        st.button(strings.ALL_DOCUMENTS, type="tertiary", on_click=leave, args=((),))
        if opened and not live:
            draw_summary_button()
    for entry in opened:
        st.subheader(to_markdown(entry.name), anchor=False)
        draw_small(strings.size(entry.pages, entry.tokens))


def _is_new_sample(opened: Sequence[Entry], turns: Sequence[Turn]) -> bool:
    """Whether the sample is open and nothing was asked yet."""
    sample = any(entry.name == strings.SAMPLE_NAME for entry in opened)
    return sample and not any(turn.question for turn in turns)


def _draw_suggestions() -> None:
    st.markdown(to_markdown(strings.SUGGESTIONS))
    for question in strings.SAMPLE_QUESTIONS:
        st.button(
            to_markdown(question),
            key=f"suggest-{question}",
            on_click=session.submit,
            args=(Submission(question),),
        )
