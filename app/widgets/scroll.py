"""Brings the newest question to the top of the window: an answer is often longer than that.

Streamlit itself only stays at the foot of a page, where the end of an answer is.
"""

from typing import Final

import streamlit as st

# Streamlit glides to the foot for about as long as the place is held here against it.
_SCRIPT: Final = """
export default function ({ parentElement }) {
  const place = parentElement.getRootNode().host ?? parentElement;
  const end = performance.now() + 700;
  let frame = 0;
  const hold = () => {
    place.scrollIntoView({ block: "start" });
    if (performance.now() < end) frame = requestAnimationFrame(hold);
  };
  hold();
  return () => cancelAnimationFrame(frame);
}
"""


def scroll_here(key: str) -> None:
    """Scroll to this place once for every new `key`."""
    st.components.v2.component("longread_scroll", js=_SCRIPT)(key=key, height=1)
