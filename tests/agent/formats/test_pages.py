"""Virtual pages cover any text once, are small, and end where lines do if they can."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from agent.document import Heading
from agent.formats.base import Piece
from agent.formats.pages import (
    PAGE_CHARACTERS,
    PAGE_LINES,
    by_headings,
    by_lines,
    clean,
    clean_with_places,
    cut,
    is_clean,
    join,
)

LINES = 3
CHARACTERS = 20
texts = st.text(alphabet="ab \n", max_size=200)


@given(texts)
@example("a" * 50)
@example("\n" * 50)
@example("a" * 19 + " " + "b" * 30)
def test_virtual_pages_cover_the_text_once_and_are_never_too_long(text):
    spans = list(cut(text, LINES, CHARACTERS))
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    for start, end in spans:
        assert 0 < end - start <= CHARACTERS
        assert text[start:end].removesuffix("\n").count("\n") < LINES


@given(texts)
def test_a_page_ends_inside_a_line_only_where_the_line_is_longer_than_a_page(text):
    for start, end in list(cut(text, LINES, CHARACTERS))[:-1]:
        if text[end - 1] != "\n":
            assert "\n" not in text[start:end]
            assert text[end - 1] == " " or " " not in text[start:end]
            assert "\n" not in text[start : start + CHARACTERS]


@given(texts)
def test_a_page_takes_as_many_lines_as_it_may(text):
    for start, end in list(cut(text, LINES, CHARACTERS))[:-1]:
        if text[end - 1] == "\n" and text.count("\n", start, end) < LINES:
            next_line = text[end:].partition("\n")[0]
            assert end - start + len(next_line) + 1 > CHARACTERS


def test_pages_of_a_text_are_called_by_its_lines():
    text = "short\n" * 61 + "x " * PAGE_CHARACTERS + "\nend"
    labels = [page.label for page in by_lines("made", text).pages]
    assert labels == ["lines 1-60", "line 61", "line 62", "line 62", "lines 62-63"]
    assert (PAGE_LINES, PAGE_CHARACTERS) == (60, 3_000)


def test_pages_are_called_by_the_heading_they_begin_under():
    text = "intro\n" * 60 + "\n\nOne\n" + "text\n" * 70
    headings = [Heading(1, "One", text.index("One"))]
    labels = [page.label for page in by_headings("made", text, headings).pages]
    assert labels == ["part 1", "One", "One"]


def test_pieces_are_joined_with_their_headings_moved_and_sorted():
    late, early = Heading(2, "late", 3), Heading(1, "early", 1)
    parsed = join("made", [Piece("one\n"), Piece("", "ii"), Piece("three\n", "x", (late, early))])
    assert parsed.text == "one\nthree\n"
    assert [(p.number, p.label, p.start, p.end) for p in parsed.pages] == [
        (1, "1", 0, 4), (2, "ii", 4, 4), (3, "x", 4, 10),
    ]  # fmt: skip
    assert parsed.headings == (Heading(1, "early", 5), Heading(2, "late", 7))


@given(st.text())
@example("a\r\nb\rc\n\td")
@example("\x00\x0b\x1f\x7f\ufeff\ufffe\uffff\ufdd0\ud800x")
def test_cleaning_leaves_nothing_unwanted_and_takes_nothing_else(text):
    cleaned = clean(text)
    assert is_clean(cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    wanted = [c for c in text if c.isalnum() or c in " \t\u2028\u200d"]
    assert [c for c in cleaned if c.isalnum() or c in " \t\u2028\u200d"] == wanted
    assert clean("a\r\nb\rc\n\td") == "a\nb\nc\n\td"


def test_controls_of_the_upper_half_are_dropped_and_its_line_end_is_one():
    assert clean("a\x80b\x84\x86c\x9fd\xa0e") == "abcd\xa0e"
    assert clean("a\x85b\r\x85c\r\r\x85d") == "a\nb\nc\n\nd"
    assert not is_clean("\x85")
    assert not is_clean("\x9b31m")


@given(st.text(alphabet="ab \r\n\x85\x00\x0b\ufeff\ud800\U0001f600", max_size=40))
def test_cleaning_tells_where_each_character_comes_from(text):
    cleaned, places = clean_with_places(text)
    assert cleaned == clean(text)
    assert len(places) == len(cleaned)
    assert places == sorted(set(places))
    assert all(
        text[at] == character or character == "\n"
        for at, character in zip(places, cleaned, strict=True)
    )
