"""The marks in answers open the page they stand for: clicks on them come to Python through here."""

from typing import Final

import streamlit as st

from app import session

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


def _open() -> None:
    said = str(getattr(st.session_state[_KEY], "cite", "") or "")
    if said:
        session.cite(said)
