"""All documents: found by name, opened alone or together, renamed, deleted."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from agent import ReadError
from agent.entries import Entry
from agent.names import printable
from app import session, strings
from app.safe import to_markdown
from app.shared import Visit
from app.widgets.answer import draw_small
from app.widgets.entry import draw_entry

_AT_ONCE: Final = 25
_NAME_CHARACTERS: Final = 200
_FILTER, _SHOWN = "library-filter", "library-shown"


def draw(visit: Visit, entries: Sequence[Entry]) -> None:
    """Draw the view; `entries` are what this person may see, newest first."""
    st.button(strings.BACK, type="tertiary", on_click=session.show_documents, args=((),))
    st.title(strings.LIBRARY, anchor=False)
    wanted = str(st.text_input(strings.FILTER, key=_FILTER) or "").strip().casefold()
    found = [entry for entry in entries if wanted in entry.name.casefold()]
    draw_small(strings.documents(len(found)))
    place = st.empty()  # of what can be done with those that are chosen
    shown = found[: int(st.session_state.get(_SHOWN, _AT_ONCE))]
    with st.container(gap=None):
        chosen = [entry for entry in shown if _draw_entry(visit, entry)]
    if len(found) > len(shown):
        st.button(strings.SHOW_MORE, type="tertiary", on_click=_show_more, args=(len(shown),))
    if chosen:
        together = tuple(entry.id for entry in chosen)
        label = strings.ask_together(len(chosen))
        place.button(label, type="primary", on_click=session.show_documents, args=(together,))


def _draw_entry(visit: Visit, entry: Entry) -> bool:
    """Draw the line of a document; return whether it is chosen."""
    with st.container(horizontal=True, vertical_alignment="center"):
        label = to_markdown(strings.choose(entry.name))
        key = f"choose-{entry.id}"
        chosen = st.checkbox(label, key=key, label_visibility="collapsed")
        draw_entry(entry)
        with st.popover(strings.CHANGE, type="tertiary", key=f"change-{entry.id}"):
            _draw_changes(visit, entry)
    return chosen


def _draw_changes(visit: Visit, entry: Entry) -> None:
    key = f"name-{entry.id}"
    st.text_input(strings.NAME, entry.name, _NAME_CHARACTERS, key=key)
    st.button(strings.RENAME, key=f"rename-{entry.id}", on_click=_rename, args=(visit, entry))
    st.markdown(to_markdown(strings.WHAT_DELETING_DOES))
    st.button(strings.DELETE, key=f"delete-{entry.id}", on_click=_delete, args=(visit, entry))


def _rename(visit: Visit, entry: Entry) -> None:
    name = printable(str(st.session_state[f"name-{entry.id}"] or "").strip())
    if name:
        visit.journal.owners.call(visit.owner, entry.id, name)


def _delete(visit: Visit, entry: Entry) -> None:
    """Remove what this person asked about a document, and the document if it is nobody else's."""
    try:
        visit.journal.forget(entry.id, visit.owner)
        if visit.journal.owners.disown(visit.owner, entry.id):
            visit.library.remove(entry.id)
    except ReadError as error:
        session.fail(str(error))


def _show_more(shown: int) -> None:
    st.session_state[_SHOWN] = shown + _AT_ONCE
