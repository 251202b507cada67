"""Parts cover what they are cut from exactly once, and shares add up."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.document import Heading
from agent.parts import Part, cut_parts, share
from tests.make import make_document

TEXT = [f"page {number} " for number in range(1, 10)] + ["page ten"]


def document(*headings):
    """Return ten pages of text with headings, each (level, title, page)."""
    starts = make_document(*TEXT).pages
    made = tuple(Heading(level, title, starts[page - 1].start) for level, title, page in headings)
    return make_document(*TEXT, headings=made)


def titles(made, most, first=1, last=10):
    pages = [page for page in made.pages if first <= page.number <= last]
    return [part.title for part in cut_parts(made, pages, most)]


BOOK = document(
    (1, "Book", 1), (2, "One", 2), (3, "a", 3), (3, "b", 4), (2, "Two", 6), (2, "Three", 9)
)


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (10, ["Book", "One", "a", "b", "Two", "Three"]),
        (5, ["Book", "One", "Two", "Three"]),
        (4, ["Book", "One", "Two", "Three"]),
        (2, ["Book – One", "Two – Three"]),
        (1, ["Book – Three"]),
    ],
)
def test_the_deepest_headings_that_are_not_too_many_are_the_parts(most, expected):
    assert titles(BOOK, most) == expected


def test_what_stands_before_the_first_heading_is_a_part_without_a_title():
    made = document((1, "One", 3), (1, "Two", 6))
    assert titles(made, 5) == ["", "One", "Two"]


def test_without_an_outline_the_parts_are_stretches_of_pages():
    assert titles(document(), 5) == [f"Pages {n}–{n + 1}" for n in range(1, 10, 2)]
    assert titles(document(), 99) == [
        "Page 1", "Pages 2–3", "Page 4", "Page 5", "Page 6", "Pages 7–8", "Page 9", "Page 10",
    ]  # fmt: skip
    assert titles(document(), 1) == [""]


def test_some_pages_are_parted_by_the_headings_on_them_alone():
    assert titles(BOOK, 10, 6, 10) == ["Two", "Three"]
    assert titles(BOOK, 10, 7, 8) == ["Page 7", "Page 8"]
    assert cut_parts(BOOK, BOOK.pages[6:7], 5) == [Part("", BOOK.pages[6].start, BOOK.pages[6].end)]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 10)), max_size=12),
    st.integers(1, 12),
    st.integers(1, 10),
    st.integers(1, 10),
)
def test_parts_follow_one_another_and_cover_the_pages(headings, most, one, other):
    first, last = sorted((one, other))
    placed = [(level, "h", page) for level, page in sorted(headings, key=lambda each: each[1])]
    made = document(*placed)
    pages = made.pages[first - 1 : last]
    parts = cut_parts(made, pages, most)
    assert 1 <= len(parts) <= most
    assert [part.start for part in parts] == [pages[0].start, *(part.end for part in parts[:-1])]
    assert parts[-1].end == pages[-1].end


@given(st.integers(0, 200), st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_shares_go_by_size_and_none_goes_without(total, sizes):
    shares = share(total, sizes)
    assert min(shares) >= 1
    assert sum(shares) == max(total, len(sizes)) or sum(sizes) == 0
    by_size = sorted(range(len(sizes)), key=lambda n: sizes[n])
    assert all(
        shares[small] <= shares[large] + (sizes[small] == sizes[large])
        for small, large in pairwise(by_size)
    )


def test_the_rest_goes_to_the_largest_remainders():
    assert share(10, [50, 30, 20]) == [5, 3, 2]
    assert share(2, [1, 1, 1]) == [1, 1, 1]
