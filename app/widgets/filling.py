"""How far the search by meaning is: one quiet line, there only while vectors are made."""

from typing import Final

import streamlit as st

from app import strings
from app.filling import Documents, Meaning
from app.jobs.journal import Journal
from app.safe import to_markdown
from app.widgets.answer import draw_small

_REDRAW_SECONDS: Final = 1.0  # a batch takes about as long


def draw_filling(journal: Journal, documents: Documents, *, live: bool) -> None:
    """Draw the line, if there is something to say.

    Args:
        journal: says how far they are.
        documents: whose vectors they are.
        live: whether to draw it again by itself; a run that answers a question redraws nothing.
    """
    meaning = journal.meanings.meaning(documents)
    if live and meaning.pending:
        _redraw(journal, documents)
    else:
        _draw(meaning)


@st.fragment(run_every=_REDRAW_SECONDS)
def _redraw(journal: Journal, documents: Documents) -> None:
    meaning = journal.meanings.meaning(documents)
    if not meaning.pending:
        st.rerun()  # a run of the whole page is what ends the clock of this piece
    _draw(meaning)


def _draw(meaning: Meaning) -> None:
    if meaning.failure:
        st.warning(to_markdown(strings.no_meaning(meaning.failure)))
    elif meaning.done < meaning.total:
        draw_small(strings.filling(meaning.done, meaning.total))
