"""The one box: drop documents, ask, or both at once."""

from typing import Final

import streamlit as st
from streamlit.typing import ChatInputValue

from agent.formats import formats
from app import session
from app.turn import Submission
from app.uploads import Upload

_KEY: Final = "ask"
# Read as plain text, which has no endings of its own: these are the ones people drop.
_PLAIN_TEXT: Final = (".csv", ".json", ".log", ".rst", ".tex", ".xml")


def draw_box(placeholder: str) -> None:
    """Draw the box; what is handed in waits in the session for the run that it starts."""
    st.chat_input(
        placeholder,
        key=_KEY,
        accept_file="multiple",
        file_type=[*(suffix for format_ in formats() for suffix in format_.suffixes), *_PLAIN_TEXT],
        submit_mode="disable",
        on_submit=_hand_in,
    )


def _hand_in() -> None:
    value = st.session_state[_KEY]
    if isinstance(value, ChatInputValue):
        uploads = tuple(Upload(file.name, file) for file in value.files)
        session.submit(Submission(value.text, uploads))
