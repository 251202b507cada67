"""Brings the newest question to the top of the window: an answer is often longer than that.

Streamlit itself only stays at the foot of a page, where the end of an answer is.
"""

from typing import Final

import streamlit as st

# Streamlit glides to the foot for less long than the place is held here against it.
STACKED_PIXELS: Final = 640  # wide or less: Streamlit's own measure
_SCRIPT: Final = """
export default function ({ parentElement, data }) {
  if (data.narrow_only && window.innerWidth > %d) return;
  const place = parentElement.getRootNode().host ?? parentElement;
  const end = performance.now() + 1500;
  let frame = 0;
  const hold = () => {
    place.scrollIntoView({ block: "start" });
    if (performance.now() < end) frame = requestAnimationFrame(hold);
  };
  const leave = () => cancelAnimationFrame(frame);
  // Whoever moves by themselves is not held.
  const moves = ["wheel", "touchmove", "keydown", "pointerdown"];
  for (const move of moves) window.addEventListener(move, leave, { once: true, passive: true });
  hold();
  return () => {
    leave();
    for (const move of moves) window.removeEventListener(move, leave);
  };
}
"""


def scroll_here(key: str, *, narrow_only: bool = False) -> None:
    """Scroll to this place once for every new `key`; `narrow_only` where columns stand stacked."""
    component = st.components.v2.component("longread_scroll", js=_SCRIPT % STACKED_PIXELS)
    component(key=key, height=1, data={"narrow_only": narrow_only})
