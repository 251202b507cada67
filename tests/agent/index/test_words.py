"""Words as the index and the readers compare them."""

import pytest

from agent.index.words import guess_language, split_words, to_terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Café's naïve façade", ["the", "cafe", "s", "naive", "facade"]),
        ("3,000 and 1.5% of 12,345.67", ["3000", "and", "1.5", "of", "12345.67"]),
        ("U.S.A. and e.g. don’t", ["usa", "and", "eg", "don", "t"]),
        ("an exam-\nple, well-known", ["an", "example", "well", "known"]),
        ("_emphasis_ snake_case", ["emphasis", "snake", "case"]),
        ("ﬁne ＡＢＣ", ["fine", "abc"]),
        ("水道の漏れ", ["水道", "道の", "の漏", "漏れ"]),
        ("2024年", ["2024", "年"]),
        ("한국어는", ["한국", "국어", "어는"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שָׁלוֹם", ["שלום"]),
        ("العَرَبِيَّة", ["العربية"]),
        ("ёлка Й", ["елка", "и"]),
        ("", []),
        ("... — !", []),
    ],
)
def test_words_are_folded_runs_of_letters(text, expected):
    assert split_words(text) == expected


def test_thai_is_cut_into_pairs_that_overlap():
    words = split_words("ประเทศ")
    assert "".join(word[0] for word in words) + words[-1][1:] == "ประเทศ"


def test_english_is_stemmed_and_other_languages_are_not():
    english = "The pumps of the town were in need of repair and it was said that the town paid."
    german = "Die Pumpen der Stadt mussten repariert werden, und die Stadt hat dafür bezahlt."
    assert guess_language(english) == "en"
    assert guess_language(german) == ""
    assert to_terms(["pumping", "pumps", "1805", "was"], "en") == ["pump", "pump", "1805", "was"]
    assert to_terms(["pumpen"], "") == ["pumpen"]
