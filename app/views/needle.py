"""The needle test of the reader in use: what is found, by length and depth, as it comes."""

from collections.abc import Iterable
from typing import Final

import streamlit as st

from agent import ReadError
from agent.evaluation.results import Results
from agent.evaluation.subject import IN_CONTEXT
from agent.evaluation.trial import Result
from agent.evaluation.wording import languages, load_wording
from app import session, strings
from app.grid import grids
from app.jobs.journal import Job
from app.needle_turn import results_path
from app.safe import to_markdown
from app.shared import Visit
from app.turn import NeedleWish, Submission
from app.widgets.answer import draw_notices
from app.widgets.heat_map import heat_html
from app.widgets.progress import draw_status

_LENGTHS: Final = (8_000, 32_000, 128_000, 1_024_000)
_WAY, _MOST, _LANGUAGE = "needle-way", "needle-most", "needle-language"
_REDRAW_SECONDS: Final = 0.8


def draw(visit: Visit, followed: Job | None) -> None:
    """Draw the view; `followed` is what was handed in last."""
    st.button(strings.BACK, type="tertiary", on_click=session.show_documents, args=((),))
    st.title(strings.NEEDLE, anchor=False)
    st.markdown(to_markdown(strings.NEEDLE_WHAT))
    _draw_form()
    test = followed if followed and followed.submission.needle else None
    if test and test.state != "done":
        _follow(visit, test.number)
        return
    if test:
        draw_notices(test.turn)
    _draw_results(visit)


def _draw_form() -> None:
    names = _ways()
    st.selectbox(strings.WAY, list(names), format_func=names.__getitem__, key=_WAY)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(strings.NEEDLE_MOST, _LENGTHS, 1, format_func=strings.tokens, key=_MOST)
        codes = languages()
        st.selectbox(strings.SPEAK, codes, codes.index("en"), format_func=_language, key=_LANGUAGE)
        st.button(strings.NEEDLE_START, type="primary", on_click=_start)


def _ways() -> dict[str, str]:
    """Return the ways of reading that can be tried, each as it is called here."""
    tried = {way: strings.WAYS[way] for way in ("retrieve", "sweep", "auto")}
    return {**tried, IN_CONTEXT: strings.MODEL_ALONE}


def _language(code: str) -> str:
    return load_wording(code).language


def _start() -> None:
    state = st.session_state
    wish = NeedleWish(str(state[_WAY]), int(state[_MOST]), str(state[_LANGUAGE]))
    session.submit(Submission(needle=wish))


@st.fragment(run_every=_REDRAW_SECONDS)
def _follow(visit: Visit, number: int) -> None:
    """Draw how far the test is, and what was found so far; once it is done, the whole page."""
    job = visit.journal.job(visit.owner, number)
    if job is None or job.state == "done":
        st.rerun()
    draw_status(visit, job)
    _draw_results(visit)


def _draw_results(visit: Visit) -> None:
    try:
        results = list(Results(results_path(visit.settings.home, visit.owner)))
    except ReadError as error:
        st.error(to_markdown(str(error)))
        return
    if maps := "".join(_maps(results)):
        st.html(maps)


def _maps(results: Iterable[Result]) -> Iterable[str]:
    """Yield a heat map for each reader, way and language, the latest first."""
    for grid in reversed(grids(result for result in results if not result.failure)):
        trial = grid.results[0].trial
        way = _ways()[trial.strategy]
        language = _language(trial.language)
        title = strings.needle_title(trial.model, way, language, len(grid.results))
        yield heat_html(grid, title)
