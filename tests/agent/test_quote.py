"""The quote gate: what counts as standing in the document, and what does not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.document import Span
from agent.quote import find_quote, find_quote_between, fold
from tests.make import make_document

TEXT = (
    "The Office spent 15 million on re-\nfitting the pumps in 2024; losses of −5 per cent and "
    "1,500,000 litres a day were “not un-\nusual”, said the ofﬁcer. ＡＢＣ値１２ was read. "
    "Das Maß ist voll: schön war es. 水の漏れは百万リットルに達した。"
)
DOCUMENT = make_document(TEXT[:60], TEXT[60:130], TEXT[130:])


@pytest.mark.parametrize(
    ("quote", "stands_as"),
    [
        ("The Office spent 15 million", "The Office spent 15 million"),
        ("the office SPENT  15\nmillion", "The Office spent 15 million"),
        ("refitting the pumps", "re-\nfitting the pumps"),
        ("re-fitting the pumps", "re-\nfitting the pumps"),
        ('were "not unusual", said', "were “not un-\nusual”, said"),
        ("said the officer", "said the ofﬁcer"),
        ("ABC値12 was read", "ＡＢＣ値１２ was read"),
        ("Das Mass ist voll", "Das Maß ist voll"),
        ("scho\u0308n war es", "schön war es"),
        ("漏れは百万", "漏れは百万"),
        ("“losses of -5 per cent”", "losses of −5 per cent"),
        ("1,500,000 litres", "1,500,000 litres"),
    ],
)
def test_a_quote_is_found_whatever_its_form(quote, stands_as):
    span = find_quote(quote, DOCUMENT)
    assert span is not None
    assert TEXT[span.start : span.end] == stands_as


@pytest.mark.parametrize(
    "quote",
    [
        "5 million on re-fitting",  # of 15 million
        "The Office spent 16 million",
        "The Office saved 15 million",
        "the pumps in 2025",
        "500,000 litres",  # of 1,500,000
        "5 per cent and 1,500,000",  # without its minus
        "1,500",  # of 1,500,000
        "fice spent",  # of Office
        "The Office spent ... the pumps",  # two places joined
        "schon war es",  # another word than schön
        "pumps the fitting",
        "ABC",  # too short to prove anything anywhere
        "   ",
        "",
        "''",
    ],
)
def test_altered_words_are_not_found(quote):
    assert find_quote(quote, DOCUMENT) is None


@pytest.mark.parametrize("quote", ["کار را قبلاً", "کار را قبلا"])
def test_an_optional_vowel_mark_on_the_last_letter_belongs_to_the_quote(quote):
    document = make_document("این کار را قبلاً کردند.")
    span = find_quote(quote, document)
    assert document.text[span.start : span.end] == "کار را قبلاً"


def test_a_quote_is_looked_for_only_between_the_given_places():
    document = make_document("Water is wet. ", "Again: water is wet. ")
    second = find_quote_between("water is wet", document, Span(document.id, 14, 35))
    assert second == Span(document.id, 21, 33)
    assert find_quote("water is wet", document) == Span(document.id, 0, 12)
    assert find_quote_between("again: water", document, Span(document.id, 0, 14)) is None


def test_a_quote_may_run_over_the_end_of_a_page():
    document = make_document("The bridge was opened ", "by Ida Korhonen in May.\n", "The end.")
    span = find_quote("opened by Ida Korhonen", document)
    assert span is not None
    assert document.text[span.start : span.end] == "opened by Ida Korhonen"
    assert document.page_at(span.start).number == 1


def test_a_false_start_inside_a_word_does_not_hide_the_true_place():
    document = make_document("A superheated room. ", "The heated room was full.")
    span = find_quote("heated room", document)
    assert span is not None
    assert span.start == document.text.index("heated room was")


WORDS = st.lists(st.text("abcdefgh", min_size=2, max_size=7), min_size=4, max_size=40)


@given(WORDS, st.data())
def test_every_run_of_words_is_found_where_it_stands(words, data):
    text = " ".join(words)
    document = make_document(text)
    first = data.draw(st.integers(0, len(words) - 3))
    last = data.draw(st.integers(first + 2, len(words)))
    quote = data.draw(st.sampled_from([" ", "\n", "  "])).join(words[first:last])
    span = find_quote(quote.upper(), document)
    assert span is not None
    assert fold(text[span.start : span.end]) == fold(quote)


@given(WORDS, st.data())
def test_a_run_with_one_word_changed_is_not_found(words, data):
    document = make_document(" ".join(words))
    first = data.draw(st.integers(0, len(words) - 3))
    changed = words[first : first + 3]
    changed[data.draw(st.integers(0, 2))] = data.draw(st.text("xyz", min_size=1, max_size=5))
    assume(fold("".join(changed)) not in fold(document.text))
    assert find_quote(" ".join(changed), document) is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        # numbers
        ("Revenue 1234", "Revenue 12 34 in all"),
        ("Revenue 12 34", "Revenue 1234 in all"),
        ("in 201920 and", "in 2019\n20 and later"),
        ("102 metres", "it was 10² metres away"),
        ("51 million", "it was 5¹ million"),
        ("15 items", "there were ①5 items"),
        ("2 cups of", "take ½ cups of flour"),
        ("5.2 million", "a result of –5.2 million"),
        ("$5.2 million", "a result of -$5.2 million"),
        (".5 million", "it was 1.5 million"),
        (",500,000 in", "it was 1,500,000 in all"),
        ("it grew to 1,", "it grew to 1,500 in all"),
        ("500 000 people", "for 1\u00a0500\u00a0000 people"),
        ("500 people", "for 1'500 people"),
        ("2 of it", "eat 1/2 of it"),
        ("30 hours", "at 12:30 hours"),
        ("it grew by 15", "it grew by 15% a year"),
        ("it grew by 15", "it grew by 15 % a year"),
        ("5 percent", "it was <5 percent"),
        # words
        ("that we won", "that we won't go"),
        ("the Board can", "the Board can’t go"),
        ("compliant with", "non-compliant with it"),
        ("lawful entry", "an un-\nlawful entry"),
        ("lawful entry", "an un\u00adlawful entry"),
        ("lawful entry", "an un\u200blawful entry"),
        ("they are un", "they are un-\nlawful"),
        ("they are well", "they are well-known"),
        ("notable at all", "not able at all"),
        ("we met in the caf", "we met in the cafe\u0301"),
        ("in the cafe\u0301", "in the cafe\u0301teria"),
        ("yo hablo bien", "yo habló bien"),
        ("ind the cost", "to ﬁnd the cost"),
        # other scripts
        ("यह भारत", "यह भारती है"),
        ("मेरा नाम क", "मेरा नाम का है"),
        ("대한민국가", "대한민국각"),
        ("לום עליכם", "שָׁלום עליכם"),
    ],
)
def test_what_says_something_else_is_not_found(quote, text):
    document = make_document(text)
    assert find_quote(quote, document) is None
    assert find_quote_between(quote, document, Span(document.id, 0, len(text))) is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("the example was", "the exam-\nple was"),
        ("he said then left", "he said—then left"),
        ("he said--then left", "he said—then left"),
        ("he said - then left", "he said — then left"),
        ("He said 'yes' to it", 'He said "yes" to it'),
        ("צה״ל מסר", 'צה"ל מסר'),
        ("השלום עליכם", "הַשָּׁלוֹם עֲלֵיכֶם"),
        ("العربية لغة", "العَرَبِيَّة لغة"),
        ("п'ять років", "п\u02bcять років"),
        ("pages 3-5 and 7", "pages 3–5 and 7"),
        ("- 5 apples", "- 5 apples"),
        ("5 apples", "\n- 5 apples"),
        ("the l'eau est", "the l’eau est"),
        ("74,250 88,600", "row 74,250 88,600 103,480"),
        ("in 2024.", "in 2024. Then"),
        ("北京市", "他住在北京市里"),
        ("the cost of 15%", "the cost of 15% a year"),
        ("10² metres", "10² metres"),
    ],
)
def test_what_says_the_same_is_found(quote, text):
    document = make_document(text)
    span = find_quote(quote, document)
    assert span is not None
    assert find_quote_between(quote, document, Span(document.id, 0, len(text))) == span


def test_a_word_broken_over_two_pages_is_found():
    document = make_document("This was an exam-\n", "ple of it.")
    span = find_quote("an example of it", document)
    assert span is not None
    assert document.text[span.start : span.end] == "an exam-\nple of it"


def test_a_short_quote_counts_only_where_it_is_claimed_to_stand():
    document = make_document("Yes. It rose 42% and yes, it fell.")
    assert find_quote("Yes", document) is None
    assert find_quote_between("Yes.", document, Span(document.id, 0, 10)) == Span(document.id, 0, 4)
    assert find_quote_between("42%", document, Span(document.id, 0, 34)) == Span(
        document.id, 13, 16
    )
    assert find_quote_between("...", document, Span(document.id, 0, 34)) is None


def test_many_false_starts_do_not_take_for_ever():
    pages = ["the quick brown fox " * 150] * 400 + ["an ick brown fox."]
    document = make_document(*pages)
    span = find_quote("ick brown fox", document)
    assert span is not None
    assert document.page_at(span.start).number == 401
    assert find_quote("a-" + "\n" * 50_000 + "1", document) is None
    assert find_quote("a" * 50, make_document("a" * 100_000)) is None
