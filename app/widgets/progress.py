"""A job under way: what is being done, the answer as it is written, and a button that stops it."""

from typing import Final

import streamlit as st

from agent.entries import Entry
from app import strings
from app.jobs.journal import Job
from app.page_map import map_pages
from app.safe import to_markdown
from app.shared import Visit
from app.uploads import forget_uploads
from app.widgets.answer import answer_html
from app.widgets.page_map import draw_map

_REDRAW_SECONDS: Final = 0.4


@st.fragment(run_every=_REDRAW_SECONDS)
def follow_job(visit: Visit, number: int, opened: tuple[Entry, ...]) -> None:
    """Draw how far a job is, again and again; once it is done or about others, the whole page."""
    job = visit.journal.job(visit.owner, number)
    documents = tuple(entry.id for entry in opened)
    if job is None or job.state == "done" or job.documents != documents:
        st.rerun()
    for entry in opened:
        if any(document == entry.id for document, _, _ in job.turn.read):
            draw_map(map_pages(entry, (), job.turn.read), 0, f"live-{number}-{entry.id}")
    draw_status(visit, job)
    progress = job.turn.progress
    if progress.text.strip():
        st.html(answer_html(progress.text, job.turn.found))


def draw_status(visit: Visit, job: Job) -> None:
    """Draw what is being done, the steps so far folded, and the button that stops it."""
    with st.container(horizontal=True, vertical_alignment="top"):
        # Not as a context: at its end the status would be said to be complete.
        status = st.status(f":shimmer[{to_markdown(_label(visit, job))}]", type="compact")
        for step in job.turn.steps:
            status.markdown(to_markdown(strings.step(step)))
        st.button(
            strings.STOP,
            type="tertiary",
            on_click=_stop,
            args=(visit, job.number),
            disabled=job.stopping,
            key=f"stop-{job.number}",
        )


def _stop(visit: Visit, number: int) -> None:
    job = visit.journal.stop(visit.owner, number)
    if job and job.state == "done":  # no worker had begun it
        forget_uploads(job.submission.uploads)


def _label(visit: Visit, job: Job) -> str:
    if job.stopping:
        return strings.STOPPING
    if job.state == "waiting":
        return strings.waiting(visit.journal.place(job.number))
    return strings.stage(job.turn.progress)
