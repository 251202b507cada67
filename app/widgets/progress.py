"""A turn while it runs: one line that says what is being done, and the answer as it is written."""

import time
from typing import Final

import streamlit as st

from app import strings
from app.safe import to_markdown
from app.turn import Turn
from app.widgets.answer import answer_html

_REDRAW_SECONDS: Final = 0.1  # more often, and a document of a thousand pages floods the browser


class LiveTurn:
    """Draws the same place again and again while a turn comes along."""

    def __init__(self) -> None:
        with st.container(horizontal=True, vertical_alignment="top"):
            self._status = st.status(_busy(strings.WORKING), type="compact")
            # A click starts another run of the page; that ends this one, and with it the turn.
            st.button(strings.STOP, type="tertiary")
        self._text = st.empty()
        self._stage = ""
        self._drawn_at = 0.0

    def show(self, turn: Turn) -> None:
        """Draw how far the turn has come, unless that was done just now."""
        now, progress = time.monotonic(), turn.progress
        if progress.stage == self._stage and now < self._drawn_at + _REDRAW_SECONDS:
            return
        if progress.stage != self._stage:
            self._status.markdown(to_markdown(progress.stage))
        self._stage, self._drawn_at = progress.stage, now
        self._status.update(label=_busy(strings.stage(progress)))
        if progress.text.strip():
            self._text.html(answer_html(progress.text, len(progress.evidence)))


def _busy(label: str) -> str:
    return f":shimmer[{to_markdown(label)}]"
