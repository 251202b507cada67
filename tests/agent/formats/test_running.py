"""Lines at the edges of page after page are taken out, and nothing else is."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.document import Note, Span
from agent.formats import parse
from agent.formats.page_number import NUMBER, is_bare
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
        ("{n} / 14", ""),
        ("", "\n\n{n}\n"),
        ("", "Seite {n} von 14"),
        ("Стр. {n} из 14", ""),
        ("", "第 {n} 页 共 14 页"),
        ("", "{n}ページ"),
        ("صفحة {n}", ""),
        ("", "หน้า {n}"),
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


@pytest.mark.parametrize(("dotless", "count"), [("ı", 0), ("ıv", 0), ("İ", 0), ("I", 1)])
def test_letters_of_other_alphabets_are_no_roman_numerals(dotless, count):
    pages = [f"{dotless}\n{BODY[0]}\n", f"ii\n{BODY[1]}\n", f"iii\n{BODY[2]}\n"]
    assert count_running(pages)[0] == (count, 0)


@pytest.mark.parametrize(
    "head",
    [
        "Apple Inc. | Q3 2022 Form 10-Q | {n}",
        "{n} | 2022 Annual Report",
        "{n} • The Tides of the North",
        "Harbour report, page {n}",
        "Case 1:20-cv-00123 Document 45 Filed 03/04/21 Page {n} of 14",
        "Hafenbericht – Seite {n} von 14 – Entwurf",
        "港口报告 第{n}页",
    ],
)
def test_heads_with_the_number_of_their_page_go_but_for_the_first(head):
    pages = paged(lambda n, body: f"{head.format(n=n)}\n{body} {n * n}\n")
    assert left(pages) == [pages[0], *(f"{BODY[n % 5]} {n * n}\n" for n in range(2, 15))]


def test_page_numbers_may_begin_after_pages_without_any():
    pages = paged(lambda n, body: f"{body} {n * n}\n{f'Tides | of 2022 | {n - 3}' * (n > 3)}\n")
    assert [page.count("\n") for page in left(pages)] == [1, 1, 1, 2, *[1] * 10]


COUNTS_CONTENT = [
    "Question {n}",
    "Question {n} of 14",
    "QUESTION - {n}",
    "Lesson | {n}",
    "Chapter {n}",
    "Chapter {n}: the tide",
    "§ {n}",
    "№ {n}",
    "{n} §",
    "Article {n}",
    "{n}. Kapitel",
    "第{n}章",
    "Part A of the final exam in navigation, question {n}",
    "Invoice No. 100{n:02}",
    "Invoice | Acme Ltd | 100{n:02}",
    "Budget 20{n:02}",
    "20{n:02}",
]


@pytest.mark.parametrize("foot", ["", "{n}", "Page {n} of 14"])
@pytest.mark.parametrize("head", COUNTS_CONTENT)
def test_numbers_that_may_count_something_else_stay(head, foot):
    pages = paged(
        lambda n, body: f"{head.format(n=n)}\n{body} {n * n}\n{foot.format(n=n)}".strip() + "\n"
    )
    assert left(pages) == [f"{head.format(n=n)}\n{BODY[n % 5]} {n * n}\n" for n in range(1, 15)]


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=9), st.integers(-1, 99))
def test_no_single_word_before_a_number_is_taken_for_a_head(word, offset):
    assume(not is_bare(f"{word} 5".casefold()))
    pages = paged(lambda n, body: f"{word} {n + offset}\n{body} {n * n}\n")
    assert left(pages) == pages


def test_a_year_in_a_long_document_may_be_the_number_of_a_page():
    pages = [f"{BODY[n % 5]} {n * n}\n{n}\n" for n in range(1, 1951)]
    assert left(pages)[1900:] == [f"{BODY[n % 5]} {n * n}\n" for n in range(1901, 1951)]


def test_a_number_that_goes_on_when_its_words_change_is_that_of_the_page():
    heads = ["{n} 1.1. Tides"] * 7 + ["{n} 1.2. Ebbs"] * 3 + ["{n} 1.3. Floods"] * 8
    pages = [f"{head.format(n=n)}\n{BODY[n % 5]} {n * n}\n" for n, head in enumerate(heads, 1)]
    kept = [n for n, page in enumerate(left(pages), 1) if page.count("\n") == 2]
    assert kept == [1, 8, 11]


def test_heads_with_numbers_at_the_outer_ends_of_left_and_right_pages_go():
    heads = ("{n} The Tide", "Ida Korhonen {n}")
    pages = paged(lambda n, body: f"{heads[n % 2].format(n=n)}\n{body} {n * n}\n")
    assert [page.count("\n") for page in left(pages)] == [2, 2, *[1] * 12]


def test_questions_that_are_counted_through_all_parts_stay():
    pages = paged(lambda n, body: f"Part {'AB'[n > 7]}: Question {n}\n{body} {n * n}\n")
    assert left(pages) == pages


def test_puzzles_stay_on_pages_that_have_their_number_elsewhere():
    kinds = ["Easy", "Hard"]
    pages = paged(lambda n, body: f"{kinds[n > 7]} {n}\n{body} {n * n}\n{n}\n")
    assert [page.split("\n")[0] for page in left(pages)] == [
        f"{kinds[n > 7]} {n}" for n in range(1, 15)
    ]


def test_days_of_the_week_stay():
    days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
    pages = [f"{days[n % 7]} {n}\n{BODY[n % 5]} {n * n}\n" for n in range(1, 32)]
    assert left(pages) == pages


def test_lots_that_mostly_take_a_page_stay_where_one_takes_two():
    pages = paged(lambda n, body: f"Auction | Lot | {n - (n > 7)}\n{body} {n * n}\n")
    assert left(pages) == pages


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


LINES = st.lists(
    st.sampled_from(["", "a", "12", "Head", "iv", "7 of 9", "7 | The Tide", "Tide 7", "7 " * 150]),
    max_size=7,
)


@given(st.lists(LINES.map(lambda lines: "\n".join(lines).strip("\n") + "\n"), max_size=9))
def test_what_is_left_is_a_piece_of_the_page_and_says_where(pages):
    for page, (top, bottom) in zip(pages, count_running(pages), strict=True):
        assert 0 <= top <= MOST_LINES
        assert 0 <= bottom <= MOST_LINES
        start, text = cut_lines(page, top, bottom)
        assert page[start : start + len(text) - 1] == text[:-1]
        assert text.strip() or not page.strip()


HEADS = st.sampled_from(
    [
        "{n}",
        "Page {n}",
        "Acme",
        "Acme {n}",
        "The Tide {n}",
        "{n} | The Tide",
        "Acme, page {n}",
        "2 §",
    ]
)


@given(st.lists(st.tuples(HEADS, st.integers(-1, 1)), min_size=3, max_size=40), st.booleans())
def test_no_word_is_lost_but_those_of_page_numbers(heads, at_top):
    pages = [
        "\n".join([head.format(n=n + drift), BODY[n % 5]][:: 1 if at_top else -1]) + "\n"
        for n, (head, drift) in enumerate(heads, 1)
    ]
    kept = set()
    for page, text in zip(pages, left(pages), strict=True):
        kept |= {NUMBER.sub("#", line.casefold()) for line in text.splitlines()}
        out = {line.casefold() for line in page.splitlines()} - set(text.casefold().splitlines())
        assert {NUMBER.sub("#", line) for line in out if not is_bare(line)} <= kept


def test_a_quote_on_a_page_without_its_head_is_still_located():
    pages = [
        [
            f"Harbour report, page {n}",
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
    assert Note(4, "running", 2, "Harbour report, page 4 4") in document.notes
    start = page.start + text.index("Nobody")
    found = boxes_of_span(data, document, Span(document.id, start, start + 6))
    whole = boxes_of_span(data, document, Span(document.id, page.start, page.start + 6))
    assert [len(boxes) for boxes in (found[4], whole[4])] == [1, 1]
    assert found[4][0][1] > whole[4][0][1]  # a line further down
