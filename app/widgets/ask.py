"""The one box: drop documents, ask, or both at once."""

from typing import Final

import streamlit as st
from streamlit.typing import ChatInputValue

from agent import LibraryError
from agent.formats import formats
from app import session
from app.settings import load_settings
from app.turn import Submission
from app.uploads import Upload, forget_uploads, keep_upload

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
    if not isinstance(value, ChatInputValue):
        return
    home = load_settings().home
    uploads: list[Upload] = []
    try:
        uploads += (keep_upload(file.name, file, home) for file in value.files)
    except LibraryError as error:
        forget_uploads(uploads)
        session.fail(str(error))
    else:
        session.submit(Submission(value.text, tuple(uploads)))
