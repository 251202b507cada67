"""The reading map: each page in the best of its states, cited ones marked, and said in words."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agent import Answer, Citation, Coverage
from agent.coverage import DocumentCoverage, Stretch
from agent.entries import Entry
from agent.evidence import Usage
from app.page_map import CITED, STATES, map_pages
from app.turn import merge_runs

ENTRY = Entry("d", "a.pdf", "pdf", 9, 100, 0.0)


def answer(*stretches, cited=()):
    citations = tuple(
        Citation(n, document, "a.pdf", page, "", 0, 1, "q")
        for n, (document, page) in enumerate(cited, start=1)
    )
    covered = DocumentCoverage("d", "a.pdf", 9, stretches, ())
    other = DocumentCoverage("other", "b.pdf", 9, (Stretch(1, 9, "read"),), ())
    coverage = Coverage(documents=(covered, other))
    return Answer("q", "a", True, "r", "s", citations, 0, coverage, Usage(), 1.0)


def states(made):
    return [STATES[cell % CITED] for cell in made.cells]


def test_of_several_answers_a_page_has_the_best_of_its_states():
    first = answer(Stretch(1, 3, "read"), Stretch(4, 6, "failed"), Stretch(7, 9, "unread"))
    second = answer(Stretch(1, 4, "unread"), Stretch(5, 5, "read"), Stretch(6, 9, "partly"))
    assert states(map_pages(ENTRY, [first, second])) == [
        "read", "read", "read", "failed", "read", "partly", "partly", "partly", "partly",
    ]  # fmt: skip


def test_cited_pages_of_this_document_are_marked():
    made = map_pages(
        ENTRY, [answer(Stretch(1, 9, "read"), cited=[("d", 2), ("other", 3), ("d", 99)])]
    )
    assert [at for at, cell in enumerate(made.cells, start=1) if cell >= CITED] == [2]
    assert made.said == "Reading map of a.pdf, 9 pages: 9 read, 1 cited"


def test_what_is_under_way_shows_where_it_has_read():
    made = map_pages(ENTRY, (), [("d", 2, 3), ("other", 5, 9), ("d", 8, 99)])
    assert [at for at, state in enumerate(states(made), start=1) if state == "read"] == [2, 3, 8, 9]
    assert map_pages(replace(ENTRY, pages=0), ()).cells == b""


@given(st.lists(st.tuples(st.sampled_from("de"), st.integers(1, 30), st.integers(0, 5))))
def test_merged_runs_hold_the_same_pages_and_never_touch(found):
    runs = [(document, first, first + more) for document, first, more in found]
    merged = merge_runs(runs)
    assert {(d, page) for d, a, b in merged for page in range(a, b + 1)} == {
        (d, page) for d, a, b in runs for page in range(a, b + 1)
    }
    assert all(
        before[0] < after[0] or before[2] + 1 < after[1] for before, after in pairwise(merged)
    )
