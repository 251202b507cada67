"""How lines say the numbers of their pages, in many languages."""

import pytest

from agent.formats.page_number import at_ends, is_bare, is_named


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "- 5 -",
        "[5]",
        "5 / 20",
        "5 of 20",
        "page 5",
        "page: 5 of 20",
        "p.5",
        "s. 5",
        "seite 5 von 20",
        "página 5 de 20",
        "pág. 5",
        "стр. 5",
        "страница 5 из 20",
        "strona 5 z 20",
        "side 5 av 20",
        "sivu 5",
        "5. oldal",
        "sayfa 5",
        "trang 5",
        "halaman 5 dari 20",
        "หน้า 5",
        "صفحة ٥ من ٢٠",
        "5ページ",
        "第5页",
        "第5頁共20頁",
        "5 페이지",
        "5쪽",
    ],
)
def test_a_page_number_s_own_words_are_bare(line):
    assert is_bare(line)


@pytest.mark.parametrize(
    "line",
    [
        "question 5",
        "§ 5",
        "№ 5",
        "# 5",
        "$5",
        "5 %",
        "第5章",
        "homepage 5",
        "de 5",
        "f-5",
        "5 acme",
    ],
)
def test_other_words_and_signs_are_not(line):
    assert not is_bare(line)


@pytest.mark.parametrize(
    ("line", "place", "expected"),
    [
        ("report 2022, page 5 of 20", 1, True),
        ("report 2022, page 5 of 20", 0, False),
        ("report 2022, page 5 of 20", 2, False),
        ("bericht – seite 5", 0, True),
        ("港口报告 第5页共20页", 0, True),
        ("homepage 5", 0, False),
        ("question 5 (3 p)", 0, False),
    ],
)
def test_a_number_is_named_by_the_word_for_page_beside_it(line, place, expected):
    assert is_named(line, place) is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12 | 2022 annual report", [(0, "|")]),
        ("apple inc. | q3 2022 form 10-q | 5", [(3, "|")]),
        ("lesson | 5", [(0, "lesson")]),
        ("unit - 5", [(0, "unit")]),
        ("4 1.1. tides", [(0, "1.1.")]),
        ("5 tides in 2022", [(0, "tides"), (1, "in")]),
        ("5. tides", []),
        ("5", []),
        ("5 -", []),
        ("tides", []),
        ("", []),
    ],
)
def test_what_stands_beside_the_numbers_at_the_ends(line, expected):
    assert list(at_ends(line)) == expected
