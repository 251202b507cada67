"""A conversation about one document or several: what is open, what was said, the box below."""

from collections.abc import Sequence

import streamlit as st

from agent.entries import Entry
from app import session, strings
from app.jobs.journal import Job
from app.page_map import map_pages
from app.pages import Spot
from app.safe import to_markdown
from app.shared import Visit
from app.suggest import suggested
from app.turn import Submission
from app.widgets.answer import draw_question, draw_small, draw_turn
from app.widgets.ask import draw_box
from app.widgets.filling import draw_filling
from app.widgets.marks import listen
from app.widgets.page import draw_page
from app.widgets.page_map import draw_map
from app.widgets.progress import follow_job
from app.widgets.save import draw_saving
from app.widgets.scroll import scroll_here
from app.widgets.settings import draw_settings
from app.widgets.summary import draw_summary_button


def draw(
    visit: Visit, opened: Sequence[Entry], unknown: Sequence[str], jobs: Sequence[Job]
) -> None:
    """Draw the view.

    Args:
        visit: who is here, and what is at hand.
        opened: the documents it is about; none yet if they come with a job.
        unknown: names in the address that fit no document.
        jobs: what was handed in about them, oldest first.
    """
    documents = tuple(entry.id for entry in opened)
    st.empty()  # takes the place of the home view at once; else it stays, greyed, until we are done
    with st.container():
        _draw_header(visit, opened, jobs)
        draw_filling(visit.journal, documents, live=True)
    for prefix in unknown:
        st.warning(to_markdown(strings.unknown_document(prefix)))
    draw_box(strings.ASK_ON)
    spot = session.opened_page(documents, jobs)
    _draw_maps(opened, jobs, spot)
    talk, beside = st.columns(2, gap="large") if spot else (st.container(), None)
    with talk:
        _draw_jobs(visit, jobs, opened, scrolls=spot is None)
    if spot and beside:
        with beside:
            scroll_here(f"page-{spot}", narrow_only=True)
            draw_page(visit.library, spot, named=len(opened) > 1)
    if opened and not any(job.turn.question for job in jobs):
        _draw_suggestions(visit, opened)


def _draw_maps(opened: Sequence[Entry], jobs: Sequence[Job], spot: Spot | None) -> None:
    """Draw the reading map of each document: of the last answer, or of all there are."""
    answers = [job.turn.progress.answer for job in jobs if job.turn.done]
    found = [answer for answer in answers if answer]
    if not found:
        return
    wide = strings.MAP_OF_ALL
    if len(found) > 1:
        choices = [strings.MAP_OF_ALL, strings.MAP_OF_LAST]
        wide = st.radio(
            strings.MAP, choices, key="map-of", horizontal=True, label_visibility="collapsed"
        )
    for entry in opened:
        if len(opened) > 1:
            draw_small(entry.name)
        page = spot.page if spot and spot.document == entry.id else 0
        made = map_pages(entry, found if wide == strings.MAP_OF_ALL else found[-1:])
        draw_map(made, page, f"map-{entry.id}")


def _draw_jobs(
    visit: Visit, jobs: Sequence[Job], opened: Sequence[Entry], *, scrolls: bool
) -> None:
    """Draw what was said and what is under way; `scrolls` to the last of it."""
    for job in jobs:
        is_last = job is jobs[-1]
        if is_last and job.turn.question and scrolls:
            # In a wide window the first answer needs no scrolling: what stands above it is seen.
            scroll_here(f"{job.state}-{job.number}", narrow_only=len(jobs) == 1)
        if job.state == "done":
            draw_turn(job.turn, number=job.number, with_advice=is_last)
        else:
            draw_question(job.turn.question)
            follow_job(visit, job.number, tuple(opened))
    if jobs:
        listen()


def _draw_header(visit: Visit, opened: Sequence[Entry], jobs: Sequence[Job]) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        leave = session.show_documents
        st.button(strings.ALL_DOCUMENTS, type="tertiary", on_click=leave, args=((),))
        with st.container(horizontal=True, width="content"):
            if opened:
                draw_summary_button()
            if answered := [job for job in jobs if job.turn.done and job.turn.progress.answer]:
                draw_saving(answered[-1].number)
            draw_settings(visit.settings)
    for entry in opened:
        st.subheader(to_markdown(entry.name), anchor=False)
        draw_small(strings.size(entry.pages, entry.tokens))


def _draw_suggestions(visit: Visit, opened: Sequence[Entry]) -> None:
    questions = list(suggested(visit.library, opened[0].id))
    if any(entry.name == strings.SAMPLE_NAME for entry in opened):
        questions = list(strings.SAMPLE_QUESTIONS)
    if not questions:
        return
    st.markdown(to_markdown(strings.SUGGESTIONS))
    for question in questions:
        st.button(
            to_markdown(question),
            key=f"suggest-{question}",
            on_click=session.submit,
            args=(Submission(question),),
        )
