"""How questions are read from now on, and who reads them: plain words, few of them."""

from typing import Final

import streamlit as st

from agent.budget import Budget
from app import session, strings
from app.safe import to_markdown
from app.settings import Settings
from app.widgets.answer import draw_small
from app.wire import choose_model, remote_host
from app.words import CHOSEN, LANGUAGES, current
from model.errors import ModelError

_OPEN, _WAY, _MINUTES, _TOKENS = "settings", "settings-way", "settings-minutes", "settings-tokens"
_LANGUAGE: Final = "settings-language"
_TEST: Final = "settings-needle"
_MOST_MINUTES: Final = 24 * 60
_MOST_TOKENS: Final = 1_000_000_000


def draw_settings(settings: Settings) -> None:
    """Draw the button that opens them; what is chosen counts for this tab."""
    with st.popover(strings.SETTINGS, type="tertiary", key=_OPEN, on_change=_stay):
        chosen = session.wishes()
        names = strings.WAYS
        ways = list(names)
        st.radio(
            strings.WAY,
            ways,
            ways.index(chosen.strategy),
            format_func=lambda way: to_markdown(names[way]),
            key=_WAY,
            on_change=_keep,
        )
        minutes = int((chosen.budget.seconds or 0) // 60)
        st.number_input(strings.MINUTES, 0, _MOST_MINUTES, minutes, key=_MINUTES, on_change=_keep)
        tokens = chosen.budget.tokens or 0
        st.number_input(
            strings.TOKENS, 0, _MOST_TOKENS, tokens, 10_000, key=_TOKENS, on_change=_keep
        )
        spoken = list(LANGUAGES)
        st.radio(
            strings.SPEAK,
            spoken,
            spoken.index(current()),
            format_func=LANGUAGES.__getitem__,
            key=_LANGUAGE,
            horizontal=True,
            on_change=_speak,
        )
        st.button(strings.NEEDLE, key=_TEST, on_click=session.show_needle)
        if st.session_state.get(_OPEN):  # finding out may ask a server
            _draw_reader(settings)


def _draw_reader(settings: Settings) -> None:
    try:
        chosen = choose_model(settings)
    except ModelError as error:
        st.error(to_markdown(str(error)))
        return
    draw_small(strings.reader(chosen.name, chosen.reason))
    if host := remote_host(settings):
        draw_small(strings.sent_to(host))
    draw_small(strings.HOW_TO_CHANGE_READER)


def _keep() -> None:
    state = st.session_state
    seconds, tokens = 60.0 * state[_MINUTES], int(state[_TOKENS])
    session.wish(str(state[_WAY]), Budget(tokens=tokens or None, seconds=seconds or None))


def _speak() -> None:
    st.session_state[CHOSEN] = st.session_state[_LANGUAGE]


def _stay() -> None:
    """Do nothing: told of, the run knows whether it is open."""
