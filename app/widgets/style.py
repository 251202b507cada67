"""The look of what is read: one style sheet, beside this file."""

from pathlib import Path
from typing import Final

import streamlit as st

_SHEET: Final = Path(__file__).with_name("reading.css")


def put_style() -> None:
    """Put the style sheet into the page."""
    st.html(_SHEET)
