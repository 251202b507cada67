"""Text from tokens: whole characters only, and nothing of a stop word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers.convert_slow_tokenizer import bytes_to_unicode

from model.text import TextStream, byte_of_letter, decode_letters


def run(pieces, stop=()):
    stream = TextStream(stop)
    given_out = [stream.push(piece) for piece in pieces]
    return [*given_out, stream.finish()], stream.stopped


def cut_by_the_book(text, stop):
    """The text before the first stop word to be complete."""
    for end in range(len(text) + 1):
        ending = [len(word) for word in stop if word and text[:end].endswith(word)]
        if ending:
            return text[: end - max(ending)], True
    return text, False


def test_a_character_is_given_out_when_its_last_byte_is_there():
    assert run([b"\xe6", b"\x96", b"\x87a"]) == (["", "", "文a", ""], False)


def test_half_a_character_at_the_end_becomes_a_replacement_character():
    assert run([b"a\xe6\x96"]) == (["a", "\ufffd"], False)


def test_a_stop_word_that_spans_tokens_leaves_no_part_of_itself():
    assert run([b"yes", b" EN", b"D", b" more"], ["END"]) == (["yes", " ", "", "", ""], True)


def test_what_only_looked_like_a_stop_word_is_given_out():
    assert run([b"E", b"NT", b"EN"], ["END"]) == (["", "ENT", "", "EN"], False)


def test_an_empty_stop_word_stops_nothing():
    assert run([b"ab"], [""]) == (["ab", ""], False)


@given(
    st.lists(st.text("ab", max_size=4), max_size=12),
    st.lists(st.text("ab", max_size=4), max_size=3),
)
def test_stop_words_cut_the_same_place_however_tokens_cut_the_text(pieces, stop):
    given_out, stopped = run([piece.encode() for piece in pieces], stop)
    assert ("".join(given_out), stopped) == cut_by_the_book("".join(pieces), stop)


@given(st.lists(st.binary(max_size=5), max_size=10))
def test_any_bytes_come_out_as_python_decodes_them_whole(pieces):
    given_out, _ = run(pieces)
    assert "".join(given_out) == b"".join(pieces).decode("utf-8", "replace")


@pytest.mark.parametrize("byte", range(256))
def test_letters_of_bytes_are_those_of_transformers(byte):
    assert byte_of_letter()[bytes_to_unicode()[byte]] == byte


def test_letters_are_decoded_in_order():
    assert decode_letters("ĠdÃ©jÃł") == " déjà".encode()
