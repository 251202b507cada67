"""The first view: what this is, the box, the sample, and the documents that are here already."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from agent.entries import Entry
from app import session, strings
from app.jobs.journal import Job
from app.safe import to_markdown
from app.turn import Submission
from app.widgets.answer import draw_small, draw_turn
from app.widgets.ask import draw_box

_RECENT: Final = 8


def draw(
    entries: Sequence[Entry], unknown: Sequence[str], over: Job | None, remote_host: str
) -> None:
    """Draw the view.

    Args:
        entries: the library, newest first.
        unknown: names in the address that fit no document.
        over: what was handed in here and came to no document.
        remote_host: where what is read is sent to, empty for nowhere.
    """
    with st.container():  # in a container the box stays here instead of at the foot of the page
        st.title(strings.TITLE, anchor=False)
        st.markdown(to_markdown(strings.promise(remote_host)))
        draw_box(strings.DROP_AND_ASK)
        for prefix in unknown:
            st.warning(to_markdown(strings.unknown_document(prefix)))
        if over:
            draw_turn(over.turn, with_advice=False)
        st.button(strings.TRY_SAMPLE, on_click=session.submit, args=(Submission(sample=True),))
        if entries:
            _draw_library(entries)


def _draw_library(entries: Sequence[Entry]) -> None:
    st.header(strings.RECENT, anchor=False)
    with st.container(gap=None):
        for entry in entries[:_RECENT]:
            _draw_entry(entry)
    label = strings.all_documents(len(entries))
    st.button(label, type="tertiary", on_click=session.show_library)


def _draw_entry(entry: Entry) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"entry-{entry.id}"):
        st.button(
            to_markdown(entry.name),
            key=f"open-{entry.id}",
            type="tertiary",
            on_click=session.show_documents,
            args=((entry.id,),),
        )
        draw_small(strings.size(entry.pages, entry.tokens))
