"""A document in a list: its name, which opens it, and how long it is."""

import streamlit as st

from agent.entries import Entry
from app import session, strings
from app.safe import to_markdown
from app.widgets.answer import draw_small


def draw_entry(entry: Entry) -> None:
    """Draw it, within a line that others may add to."""
    st.button(
        to_markdown(entry.name),
        key=f"open-{entry.id}",
        type="tertiary",
        on_click=session.show_documents,
        args=((entry.id,),),
    )
    draw_small(strings.size(entry.pages, entry.tokens))
