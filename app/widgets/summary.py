"""What to sum up, and how: a length, and what it is for."""

from typing import Final

import streamlit as st

from app import session, strings
from app.safe import to_markdown
from app.turn import Submission, Wish

_CHOICE, _LENGTH, _FOCUS = "summary-choice", "summary-length", "summary-focus"
_FOCUS_CHARACTERS: Final = 300


def draw_summary_button() -> None:
    """Draw the button that opens the choice; what is chosen is handed in like a question."""
    with st.popover(strings.SUMMARISE, type="tertiary", key=_CHOICE, on_change=_stay):
        names = strings.LENGTH_NAMES
        st.radio(
            strings.SUMMARY_LENGTH,
            list(names),
            format_func=lambda length: to_markdown(names[length]),
            key=_LENGTH,
            index=1,
        )
        st.text_input(
            strings.SUMMARY_FOCUS,
            placeholder=strings.SUMMARY_FOCUS_EXAMPLE,
            max_chars=_FOCUS_CHARACTERS,
            key=_FOCUS,
        )
        st.button(strings.SUMMARISE_NOW, type="primary", on_click=_hand_in)


def _stay() -> None:
    """Do nothing: told of, the choice can be closed from here."""


def _hand_in() -> None:
    st.session_state[_CHOICE] = False
    focus = str(st.session_state[_FOCUS] or "").strip()
    session.submit(Submission(summary=Wish(str(st.session_state[_LENGTH]), focus)))
