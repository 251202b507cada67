"""The page beside the conversation: its picture with the quoted words lit, or its text."""

from typing import Final

import streamlit as st

from agent import Library
from agent.errors import ReadError
from app import session, strings
from app.pages import Shown, Spot, show
from app.safe import to_html, to_markdown
from app.widgets.answer import draw_small
from app.widgets.scroll import STACKED_PIXELS

# What is lit may stand far down the page: it is brought up once the picture is there. And the words
# that were clicked on have moved, for the conversation is narrower now: they are held in sight.
_SCRIPT: Final = """
export default function () {
  const end = performance.now() + 3000;
  const held = performance.now() + 900;
  const cited = document.documentElement.dataset.cited;
  delete document.documentElement.dataset.cited;
  let frame = 0, hold = 0;
  const keep = () => {
    const mark = document.querySelector(`.lr-answer button[data-cite="${cited}"]`);
    if (window.innerWidth > %d) mark?.scrollIntoView({ block: "center" });
    if (performance.now() < held) hold = requestAnimationFrame(keep);
  };
  if (/^[0-9]+-[0-9]+$/.test(cited)) keep();
  const look = () => {
    const lit = document.querySelector(".lr-sheet .lr-lit, .lr-sheet mark");
    const sheet = lit?.closest(".lr-sheet");
    const image = sheet?.querySelector("img");
    if (sheet && (!image || (image.complete && image.height))) {
      const way = lit.getBoundingClientRect().top - sheet.getBoundingClientRect().top;
      sheet.scrollTop += way - sheet.clientHeight / 3;
      const aside = lit.getBoundingClientRect().left - sheet.getBoundingClientRect().left;
      if (aside > sheet.clientWidth / 2) sheet.scrollLeft += aside - sheet.clientWidth / 4;
    } else if (performance.now() < end) frame = requestAnimationFrame(look);
  };
  look();
  return () => {
    cancelAnimationFrame(frame);
    cancelAnimationFrame(hold);
  };
}
"""


def draw_page(library: Library, spot: Spot, *, named: bool) -> None:
    """Draw the viewer: where one is, the ways to turn the page, the page.

    Args:
        library: where the document is.
        spot: what is shown.
        named: whether to say of which document, where several are open.
    """
    with st.container(key="viewer"):
        try:
            shown = show(library, spot)
        except ReadError as error:
            st.error(to_markdown(str(error)))
            return
        _draw_bar(spot, shown, named=named)
        if shown.note:
            draw_small(shown.note)
        st.html(page_html(shown, session.zoom()))
        st.components.v2.component("longread_light", js=_SCRIPT % STACKED_PIXELS)(
            key=f"light-{spot}-{session.zoom()}", height=1
        )


def page_html(shown: Shown, zoom: int = 100) -> str:
    """Return the page: the picture and what is lit on it, else its text with the quote marked.

    Args:
        shown: the page.
        zoom: how large, in percent of the width there is.
    """
    # It scrolls, so the keyboard must get there.
    region = f'tabindex="0" role="region" aria-label="{to_html(strings.SHEET)}"'
    if not shown.picture:
        mark = f"<mark>{to_html(shown.quote)}</mark>" if shown.quote else ""
        text = f"{to_html(shown.before)}{mark}{to_html(shown.after)}"
        size = _size("font-size", zoom)
        return f'<div class="lr-sheet lr-sheet-text" {region} dir="auto"{size}>{text}</div>'
    words = " ".join(shown.quote.split())
    alt = strings.picture_of(shown.name, shown.page.number, words if shown.boxes else "")
    lit = "".join(_lit_html(*box) for box in shown.boxes)
    image = f'<img src="{shown.picture}" alt="{to_html(alt)}">'
    paper = f'<div class="lr-paper"{_size("width", zoom)}>{image}{lit}</div>'
    return f'<div class="lr-sheet" {region}>{paper}</div>'


def _size(what: str, zoom: int) -> str:
    return "" if zoom == session.ZOOMS[0] else f' style="{what}:{zoom}%"'


def _lit_html(left: float, top: float, right: float, bottom: float) -> str:
    place = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    style = ";".join(f"{name}:{100 * share:.3f}%" for name, share in place.items())
    return f'<span class="lr-lit" style="{style}"></span>'


def _draw_bar(spot: Spot, shown: Shown, *, named: bool) -> None:
    where = to_markdown(strings.place(shown.page.number, shown.page.label))
    where = (
        f"**{to_markdown(shown.name)}**, {where}"
        if named
        else f"**{where[:1].upper()}{where[1:]}**"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(where)
        number = shown.page.number
        _button(strings.BEFORE, spot, number - 1, is_last=number == 1)
        _button(strings.NEXT, spot, number + 1, is_last=number == shown.pages)
        st.button(strings.ZOOM, type="tertiary", on_click=session.zoom_on)
        st.button(strings.CLOSE, type="tertiary", on_click=session.close_page)


def _button(label: str, spot: Spot, page: int, *, is_last: bool) -> None:
    turned = Spot(spot.document, page, spot.start, spot.end)
    st.button(label, type="tertiary", disabled=is_last, on_click=session.open_page, args=(turned,))
