"""Ways to keep a conversation."""

import streamlit as st

from app import strings
from app.widgets.table import save_html


def draw_saving(number: int) -> None:
    """Draw the button that offers the conversation up to a job as files."""
    with st.popover(strings.SAVE, type="tertiary"):
        kinds = strings.SAVE_AS.items()
        links = (save_html(f"export/{number}.{kind}", label) for kind, label in kinds)
        st.html("".join(links))
