"""What one browser tab remembers, most of it in its address, and what it hands in.

The address holds the documents that are open, the job that is followed and the source that is
shown, so that a refresh, a bookmark, a link and the Back button find them again.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from agent import Budget, LibraryError
from agent.entries import Entry
from app import identity
from app.jobs.journal import Job, Journal
from app.pages import Spot
from app.settings import load_settings
from app.shared import shared_journal
from app.turn import Submission, Turn
from app.words import current

_DOCUMENT, _JOB, _CITED, _VIEW = "doc", "job", "cite", "view"
_LIBRARY, _NEEDLE = "library", "needle"
_ID_CHARACTERS = 12  # of an id in the address: as many as `longread list` shows
_OPENED = "opened"
_SPOT = "spot"
_FAILURE = "failure"
_WISHES = "wishes"
_ZOOM = "zoom"
ZOOMS = (100, 150, 200)  # percent of the width there is


def open_documents(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return the documents that the address names, and the names in it that fit none or several."""
    found: dict[str, Entry] = {}
    unknown = []
    for prefix in filter(None, st.query_params.get_all(_DOCUMENT)):
        fitting = [entry for entry in entries if entry.id.startswith(prefix.lower())]
        if len(fitting) == 1:
            found[fitting[0].id] = fitting[0]
        else:
            unknown.append(prefix)
    return tuple(found.values()), tuple(unknown)


def show_documents(documents: Sequence[str]) -> None:
    """Put these ids into the address: the documents open from now on."""
    close_page()
    st.query_params.from_dict({_DOCUMENT: _prefixes(documents)} if documents else {})


def show_library() -> None:
    """Show all documents from the coming run on."""
    close_page()
    st.query_params.from_dict({_VIEW: _LIBRARY})


def shows_library() -> bool:
    """Whether all documents are shown."""
    return st.query_params.get(_VIEW) == _LIBRARY


def show_needle() -> None:
    """Show the needle test from the coming run on."""
    close_page()
    st.query_params.from_dict({_VIEW: _NEEDLE})


def shows_needle() -> bool:
    """Whether the needle test is shown."""
    return st.query_params.get(_VIEW) == _NEEDLE


def has_opened(documents: Sequence[str]) -> bool:
    """Return whether these are others than in the run of the page before, or it is the first."""
    before = st.session_state.get(_OPENED)
    st.session_state[_OPENED] = tuple(documents)
    return before != tuple(documents)


def submit(submission: Submission) -> None:
    """Hand something in about the documents that are open, and follow what comes of it."""
    documents: tuple[str, ...] = st.session_state.get(_OPENED, ())
    wished = wishes()
    submission = replace(
        submission,
        strategy=wished.strategy,
        budget=wished.budget,
        language=current(),
        after=_followed(),
    )
    try:
        settings = load_settings()
        owner = identity.current(settings)
        number = shared_journal(settings).submit(owner, documents, submission)
    except LibraryError as error:
        fail(str(error))
    else:
        st.query_params[_JOB] = str(number)


def follow(journal: Journal, owner: str) -> Job | None:
    """Return the job that the address names, and go where it has come to.

    One that is done is followed no longer, unless it is about no document: then nothing else would
    show what came of it.
    """
    said = st.query_params.get(_JOB, "")
    job = journal.job(owner, _followed())
    if said and (job is None or (job.state == "done" and job.documents)):
        del st.query_params[_JOB]
    if job and job.documents and _prefixes(job.documents) != st.query_params.get_all(_DOCUMENT):
        close_page()
        st.query_params[_DOCUMENT] = _prefixes(job.documents)
    return job


def _followed() -> int:
    """Return the number of the job that the address names, 0 if it names none."""
    said = st.query_params.get(_JOB, "")
    return int(said) if said.isdecimal() and len(said) < 16 else 0  # noqa: PLR2004 - as SQLite's


def wish(strategy: str, budget: Budget) -> None:
    """Have what is handed in from now on be read this way, and spend no more than this."""
    st.session_state[_WISHES] = Submission(strategy=strategy, budget=budget)


def wishes() -> Submission:
    """Return how what is handed in is to be read: an empty submission that says it."""
    wished: Submission = st.session_state.get(_WISHES, Submission())
    return wished


def fail(sentence: str) -> None:
    """Say in the coming run of the page what could not be done."""
    st.session_state[_FAILURE] = sentence


def take_failure() -> str:
    """Return what could not be done, once."""
    return str(st.session_state.pop(_FAILURE, ""))


def cite(said: str) -> None:
    """Show the source that a mark stands for: "7-2", the second of job 7."""
    st.query_params[_CITED] = said
    st.session_state.pop(_SPOT, None)


def open_page(spot: Spot) -> None:
    """Show a page beside the conversation from the coming run on."""
    st.session_state[_SPOT] = spot
    st.query_params.pop(_CITED, None)


def close_page() -> None:
    """Show the conversation alone again."""
    st.session_state.pop(_SPOT, None)
    st.query_params.pop(_CITED, None)


def zoom() -> int:
    """Return how large pages are shown, in percent of the width there is."""
    return int(st.session_state.get(_ZOOM, ZOOMS[0]))


def zoom_on() -> None:
    """Show pages in the next size, after the largest in the first again."""
    st.session_state[_ZOOM] = ZOOMS[(ZOOMS.index(zoom()) + 1) % len(ZOOMS)]


def shows_page() -> bool:
    """Whether a page is shown beside the conversation, which takes a wide window."""
    named = _SPOT in st.session_state or _CITED in st.query_params
    return named and bool(st.query_params.get_all(_DOCUMENT))


def opened_page(documents: Sequence[str], jobs: Sequence[Job]) -> Spot | None:
    """Return what is shown beside the conversation of these jobs, if anything is."""
    spot: Spot | None = st.session_state.get(_SPOT)
    spot = spot or spot_of(st.query_params.get(_CITED, ""), {job.number: job.turn for job in jobs})
    return spot if spot and spot.document in documents else None


def spot_of(said: str, turns: dict[int, Turn]) -> Spot | None:
    """Return where a mark leads, given turns by their numbers; None if it leads nowhere."""
    turn, _, number = said.partition("-")
    if not (turn.isdecimal() and number.isdecimal() and int(turn) in turns):
        return None
    for source in turns[int(turn)].sources:
        if source.citation.n == int(number):
            c = source.citation
            return Spot(c.document, c.page, c.start, c.end)
    return None


def _prefixes(documents: Sequence[str]) -> list[str]:
    return [identity[:_ID_CHARACTERS] for identity in documents]
