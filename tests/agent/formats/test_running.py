"""Lines at the edges of page after page are taken out, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.document import Note, Span
from agent.formats import parse
from agent.formats.running import MOST_LINES, count_running, cut_lines
from agent.page_view import boxes_of_span
from tests.agent.formats.make import make_pdf

BODY = [
    "The harbour silted up.",
    "Two boats sank at dawn.",
    "Nobody was hurt.",
    "It rained.",
    "Hm.",
]


def left(pages):
    counts = count_running(pages)
    return [cut_lines(page, *count)[1] for page, count in zip(pages, counts, strict=True)]


def paged(make):
    return [make(number, BODY[number % 5]) for number in range(1, 15)]


@pytest.mark.parametrize(
    ("top", "bottom"),
    [
        ("", "{n}"),
        ("", "Page {n} of 14"),
        ("", "- {n} -"),
        ("{n} | 2022 Annual Report", ""),
        ("", "\n\n{n}\n"),
        ("{n}", "{n}"),
    ],
)
def test_numbers_that_count_the_pages_go(top, bottom):
    pages = paged(
        lambda n, body: "\n".join([top.format(n=n), f"{body} {n * n}", bottom.format(n=n)]) + "\n"
    )
    assert left(pages) == [f"{BODY[n % 5]} {n * n}\n" for n in range(1, 15)]


def test_roman_numbers_count_too():
    numerals = "i ii iii iv v vi vii viii ix x xi xii xiii xiv".split()
    pages = paged(lambda n, body: f"{body} {n * n}\n{numerals[n - 1]}\n")
    assert left(pages) == [f"{BODY[n % 5]} {n * n}\n" for n in range(1, 15)]


def test_a_head_stays_on_the_first_page_that_has_it():
    pages = paged(lambda n, body: f"ACME HOLDINGS\n{body} {n * n}\n")
    first, *rest = left(pages)
    assert first == "ACME HOLDINGS\nTwo boats sank at dawn. 1\n"
    assert rest == [f"{BODY[n % 5]} {n * n}\n" for n in range(2, 15)]


def test_heads_that_alternate_go_each_after_its_first():
    heads = ("The Tide", "Ida Korhonen")
    pages = paged(lambda n, body: f"{heads[n % 2]}\n{body} {n * n}\n")
    assert [page.count("\n") for page in left(pages)] == [2, 2, *[1] * 12]


def test_rows_of_a_table_that_goes_on_stay():
    pages = paged(lambda n, body: f"Boats {n * 7} {n * 3}\n{body}\nNets {n * n} 12\n")
    assert left(pages) == pages


def test_lone_numbers_that_do_not_count_stay():
    pages = paged(lambda n, body: f"{body} {n * n}\n0\n")
    assert left(pages) == pages


def test_pages_that_are_all_alike_keep_what_they_say():
    pages = ["Page 1\n", "Page 2\n", "Page 3\n", "Page 4\n"]
    assert left(pages) == pages


def test_what_a_few_pages_end_with_stays():
    pages = paged(lambda n, body: f"{body} {n * n}\n" + "Date: April 27, 2023\n" * (n > 9))
    assert left(pages) == pages


def test_two_pages_prove_nothing():
    pages = [f"ACME\n{BODY[n]}\n{n}\n" for n in (1, 2)]
    assert left(pages) == pages


LINES = st.lists(st.sampled_from(["", "a", "12", "Head", "iv", "7 of 9"]), max_size=7)


@given(st.lists(LINES.map(lambda lines: "\n".join(lines).strip("\n") + "\n"), max_size=9))
def test_what_is_left_is_a_piece_of_the_page_and_says_where(pages):
    for page, (top, bottom) in zip(pages, count_running(pages), strict=True):
        assert 0 <= top <= MOST_LINES
        assert 0 <= bottom <= MOST_LINES
        start, text = cut_lines(page, top, bottom)
        assert page[start : start + len(text) - 1] == text[:-1]
        assert text.strip() or not page.strip()


def test_a_quote_on_a_page_without_its_head_is_still_located():
    pages = [
        [
            f"Harbour report {n}",
            f"On day {n * n} the tide was {n * 31}.",
            f"Nobody saw it at {n * 17}.",
            str(n),
        ]
        for n in range(1, 6)
    ]
    data = make_pdf(pages)
    document = parse(data, "a.pdf", lambda _done, _of: None)
    page = document.pages[3]
    text = document.text[page.start : page.end]
    assert text == "On day 16 the tide was 124.\nNobody saw it at 68.\n"
    assert Note(4, "running", 2, "Harbour report 4 4") in document.notes
    start = page.start + text.index("Nobody")
    found = boxes_of_span(data, document, Span(document.id, start, start + 6))
    whole = boxes_of_span(data, document, Span(document.id, page.start, page.start + 6))
    assert [len(boxes) for boxes in (found[4], whole[4])] == [1, 1]
    assert found[4][0][1] > whole[4][0][1]  # a line further down
