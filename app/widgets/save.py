"""Ways to keep a conversation."""

import streamlit as st

from app import strings
from app.widgets.table import save_html


def draw_saving(number: int) -> None:
    """Draw the button that offers the conversation up to a job as files."""
    with st.popover(strings.SAVE, type="tertiary"):
        links = (save_html(f"export/{number}.{kind}", label) for kind, label in _LINKS)
        st.html("".join(links))


_LINKS = tuple(strings.SAVE_AS.items())
