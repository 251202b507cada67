"""The one box: drop documents, ask, or both at once."""

from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.typing import ChatInputValue

from agent import LibraryError
from agent.formats import formats
from app import identity, quota, session
from app.settings import load_limits, load_settings
from app.shared import shared_journal, shared_library
from app.turn import Submission
from app.uploads import Upload, empty, forget_uploads, keep_upload

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
    uploads: list[Upload] = []
    try:
        _check_room(value.files)
        uploads += (keep_upload(file.name, file, load_settings().home) for file in value.files)
    except LibraryError as error:
        forget_uploads(uploads)
        for file in value.files:
            empty(file)
        session.fail(str(error))
    else:
        session.submit(Submission(value.text, tuple(uploads)))


def _check_room(files: Sequence[UploadedFile]) -> None:
    """Raise LibraryError where a person, or everybody, has uploaded enough."""
    if not files:
        return
    settings = load_settings()
    owner, size = identity.current(settings), sum(file.size for file in files)
    library, journal = shared_library(settings), shared_journal(settings)
    if said := quota.refusal(library, journal, owner, size, load_limits()):
        raise LibraryError(said)
