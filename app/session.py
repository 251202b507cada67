"""What one browser tab remembers: its conversations, and in its address which documents are open.

The address holds the documents, so that a refresh, a bookmark and the Back button find them again.
"""

from collections.abc import Sequence

import streamlit as st

from agent.entries import Entry
from app.pages import Spot
from app.turn import Submission, Turn

_ADDRESS_KEY = "doc"
_ID_CHARACTERS = 12  # of an id in the address: as many as `longread list` shows
_CONVERSATIONS = "conversations"
_PENDING = "pending"
_OPENED = "opened"
_SPOT = "spot"


def open_documents(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return the documents that the address names, and the names in it that fit none or several."""
    found: dict[str, Entry] = {}
    unknown = []
    for prefix in filter(None, st.query_params.get_all(_ADDRESS_KEY)):
        fitting = [entry for entry in entries if entry.id.startswith(prefix.lower())]
        if len(fitting) == 1:
            found[fitting[0].id] = fitting[0]
        else:
            unknown.append(prefix)
    return tuple(found.values()), tuple(unknown)


def show_documents(documents: Sequence[str]) -> None:
    """Put these ids into the address: the documents open from now on."""
    prefixes = [identity[:_ID_CHARACTERS] for identity in documents]
    if prefixes != st.query_params.get_all(_ADDRESS_KEY):
        close_page()
        st.query_params.from_dict({_ADDRESS_KEY: prefixes} if prefixes else {})


def has_opened(documents: Sequence[str]) -> bool:
    """Return whether these are others than in the run of the page before, or it is the first."""
    before = st.session_state.get(_OPENED)
    st.session_state[_OPENED] = tuple(documents)
    return before != tuple(documents)


def conversation(documents: Sequence[str]) -> tuple[Turn, ...]:
    """Return the turns about exactly these documents, oldest first."""
    turns: tuple[Turn, ...] = _conversations().get(tuple(documents), ())
    return turns


def keep(documents: Sequence[str], turns: Sequence[Turn]) -> None:
    """Remember `turns` as the conversation about these documents."""
    _conversations()[tuple(documents)] = tuple(turns)


def shown_conversation() -> tuple[Turn, ...]:
    """Return the turns that were on the page when something on it was clicked on."""
    return conversation(st.session_state.get(_OPENED, ()))


def open_page(spot: Spot) -> None:
    """Show a page beside the conversation from the coming run on."""
    st.session_state[_SPOT] = spot


def close_page() -> None:
    """Show the conversation alone again."""
    st.session_state.pop(_SPOT, None)


def shows_page() -> bool:
    """Whether a page is shown beside the conversation, which takes a wide window."""
    return _SPOT in st.session_state and bool(st.query_params.get_all(_ADDRESS_KEY))


def opened_page(documents: Sequence[str]) -> Spot | None:
    """Return what is shown beside the conversation about these documents, if anything is."""
    spot: Spot | None = st.session_state.get(_SPOT)
    return spot if spot and spot.document in documents else None


def submit(submission: Submission) -> None:
    """Hand something in: the coming run of the page takes it up."""
    st.session_state[_PENDING] = submission


def take_submission() -> Submission | None:
    """Return what was handed in and is not taken up yet, once."""
    submission: Submission | None = st.session_state.pop(_PENDING, None)
    return submission


def _conversations() -> dict[tuple[str, ...], tuple[Turn, ...]]:
    conversations: dict[tuple[str, ...], tuple[Turn, ...]] = st.session_state.setdefault(
        _CONVERSATIONS,
        {},
    )
    return conversations
