"""The first view: what this is, the box, the sample, and the documents that are here already."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from agent.entries import Entry
from app import session, strings
from app.jobs.journal import Job
from app.safe import to_markdown
from app.settings import Settings
from app.turn import Submission
from app.widgets.answer import draw_turn
from app.widgets.ask import draw_box
from app.widgets.entry import draw_entry
from app.widgets.settings import draw_settings
from app.wire import remote_host

_RECENT: Final = 8


def draw(
    settings: Settings, entries: Sequence[Entry], unknown: Sequence[str], over: Job | None
) -> None:
    """Draw the view.

    Args:
        settings: say who reads.
        entries: the library, newest first.
        unknown: names in the address that fit no document.
        over: what was handed in here and came to no document.
    """
    with st.container():  # in a container the box stays here instead of at the foot of the page
        st.title(strings.TITLE, anchor=False)
        st.markdown(to_markdown(strings.promise(remote_host(settings))))
        draw_box(strings.DROP_AND_ASK)
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            sample = Submission(sample=True)
            st.button(strings.TRY_SAMPLE, on_click=session.submit, args=(sample,))
            draw_settings(settings)
        for prefix in unknown:
            st.warning(to_markdown(strings.unknown_document(prefix)))
        if over:
            draw_turn(over.turn, with_advice=False)
        if entries:
            _draw_library(entries)


def _draw_library(entries: Sequence[Entry]) -> None:
    st.header(strings.RECENT, anchor=False)
    with st.container(gap=None):
        for entry in entries[:_RECENT]:
            line = st.container(
                horizontal=True, vertical_alignment="center", key=f"entry-{entry.id}"
            )
            with line:
                draw_entry(entry)
    label = strings.all_documents(len(entries))
    st.button(label, type="tertiary", on_click=session.show_library)
