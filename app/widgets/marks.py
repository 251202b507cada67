"""The marks in answers open the page they stand for: clicks on them come to Python through here."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app import session
from app.pages import Spot
from app.turn import Turn

_KEY: Final = "marks"
# Buttons with `data-cite` are those that `widgets.answer` has drawn; they stand outside of this.
_SCRIPT: Final = """
export default function ({ setTriggerValue }) {
  const open = (event) => {
    const mark = event.target.closest?.("button[data-cite]");
    if (!mark) return;
    document.documentElement.dataset.cited = mark.dataset.cite;  // `widgets.page` goes back to it
    setTriggerValue("cite", mark.dataset.cite);
  };
  document.addEventListener("click", open);
  return () => document.removeEventListener("click", open);
}
"""


def listen() -> None:
    """Open the page of a mark that is clicked on."""
    listener = st.components.v2.component("longread_marks", js=_SCRIPT)
    listener(key=_KEY, height=1, on_cite_change=_open)


def cite(turn: int, number: int) -> str:
    """Return what a mark says when it is clicked on."""
    return f"{turn}-{number}"


def spot_of(said: str, turns: Sequence[Turn]) -> Spot | None:
    """Return where a mark leads; None if it says nothing that is there."""
    turn, _, number = said.partition("-")
    if not (turn.isdecimal() and number.isdecimal() and int(turn) < len(turns)):
        return None
    for source in turns[int(turn)].sources:
        if source.citation.n == int(number):
            c = source.citation
            return Spot(c.document, c.page, c.start, c.end)
    return None


def _open() -> None:
    said = str(getattr(st.session_state[_KEY], "cite", "") or "")
    spot = spot_of(said, session.shown_conversation())
    if spot:
        session.open_page(spot)
