"""Words as the index and the readers compare them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.index.terms import indexed_terms, loose_terms
from agent.index.words import fold, indexed_pieces, split_pieces, split_units, split_words, to_terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Café's naïve façade", ["the", "café", "s", "naïve", "façade"]),
        ("3,000 and 1.5% of 12,345.67", ["3000", "and", "1.5", "of", "12345.67"]),
        ("U.S.A. and e.g. don’t", ["usa", "and", "eg", "don", "t"]),
        ("an exam-\nple, well-known", ["an", "example", "well", "known"]),
        ("_emphasis_ snake_case", ["emphasis", "snake", "case"]),
        ("ﬁne ＡＢＣ Straße", ["fine", "abc", "strasse"]),
        ("水道の漏れ", ["水道", "道の", "の漏", "漏れ"]),
        ("2024年", ["2024", "年"]),
        ("한국어는", ["한국", "국어", "어는"]),
        ("हिन्दी में है।", ["हिन्दी", "में", "है"]),
        ("שָׁלוֹם", ["שלום"]),
        ("العَرَبِيَّة كـــتاب ١٩٩٨", ["العربية", "كتاب", "1998"]),
        ("İstanbul", ["istanbul"]),
        ("ประเทศน้ำ", ["ปร", "ระ", "ะเท", "เทศ", "ศน้ำ"]),
        ("ខ្មែរ", ["ខ្មែរ"]),
        ("မြန်မာစာ", ["မြန်", "န်မာ", "မာစာ"]),
        ("", []),
        ("... — !", []),
    ],
)
def test_words_are_folded_runs_of_letters(text, expected):
    assert split_words(text) == expected


@pytest.mark.parametrize(
    ("word", "same"),
    [
        ("café", "cafe"), ("Łódź", "lodz"), ("ёлка", "елка"), ("Ørsted", "orsted"),
        ("أحمد", "احمد"), ("مدرسة", "مدرسه"), ("على", "علي"), ("کتاب", "كتاب"), ("ہے", "هے"),
        ("ısı", "isi"), ("Hà", "ha"),
    ],
)  # fmt: skip
def test_words_that_are_typed_for_each_other_are_one_term(word, same):
    assert to_terms(split_words(word), "") == to_terms(split_words(same), "")


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "pumping pumps"), ("de", "Häuser Hauses"), ("fr", "réparations réparation"),
        ("es", "canciones canción"), ("pt", "casas casa"), ("it", "libri libro"),
        ("nl", "huizen huis"), ("ru", "книгами книги"), ("cs", "městech město"),
        ("pl", "domami domach"), ("tr", "evlerde evler"), ("id", "membaca dibaca"),
        ("hi", "किताबें किताब"), ("fa", "کتاب‌ها کتاب"), ("ar", "المدارس مدارس"),
    ],
)  # fmt: skip
def test_forms_of_a_word_share_a_stem(language, forms):
    one, other = forms.split()
    assert to_terms(split_words(one), language)[:1] == to_terms(split_words(other), language)


def test_names_and_numbers_are_not_stemmed():
    assert to_terms(["1805", "was", "b747s"], "en") == ["1805", "was", "b747s"]
    assert to_terms(["pumpen"], "") == ["pumpen"]


def test_a_word_is_indexed_in_its_loose_form_and_as_written():
    assert indexed_terms("pumps", "en") == ("pump", "=pumps")
    assert indexed_terms("pump", "en") == ("pump",)
    assert indexed_terms("café", "") == ("cafe", "=café")
    assert indexed_terms("wasser", "de") == ("wass", "asse", "sser", "=wasser")
    assert indexed_terms("水道", "") == ("水道",)
    assert loose_terms("ab", "de") == ("ab",)


def test_single_letters_and_korean_words_stand_beside_the_pairs():
    assert split_pieces("水道") == [("水道", False), ("水", True), ("道", True)]
    assert split_pieces("한국어") == [("한국", False), ("국어", False), ("=한국어", True)]


@given(st.text(alphabet="ก้ำเแ ໂກ່ ខ្មែ៉រ မြန်္စ 水が゙한ẹ́ a1.,=", max_size=40))
def test_no_piece_begins_with_a_mark_and_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
    assert all(unit == unit.strip() and unit for unit in split_units(text))
    assert [w for w, side in split_pieces(text) if not side] == split_words(text)
    assert sorted(w for w, _ in split_pieces(text)) == sorted(indexed_pieces(text))
