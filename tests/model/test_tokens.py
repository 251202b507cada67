"""Counts of Qwen2 tokens, against a textbook BPE over the same vocabulary file."""

import base64
import hashlib
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

import model
from model.tokens import VOCABULARY_ID, VOCABULARY_SHA256, count_tokens, qwen2_encoding
from tests.tiny import WORD_PATTERN

VOCABULARY = Path(model.__file__).parent / "vocabulary" / "qwen2.tiktoken"


@cache
def ranks():
    lines = (line.split() for line in VOCABULARY.read_text("ascii").splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in lines}


def count_by_the_book(text):
    """Merge the adjacent pair of lowest rank until none is in the vocabulary; count the parts."""
    total = 0
    for word in regex.findall(WORD_PATTERN, unicodedata.normalize("NFC", text)):
        parts = [bytes([byte]) for byte in word.encode()]
        while True:
            known = [
                (ranks()[left + right], place)
                for place, (left, right) in enumerate(pairwise(parts))
                if left + right in ranks()
            ]
            if not known:
                break
            place = min(known)[1]
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        total += len(parts)
    return total


MIXED = [
    "",
    "Well, Prince, so Genoa and Lucca are now just family estates.",
    "它的窗口有131072个标记。长文档也可以读。",
    "Ответ стоит на странице 17; ça dépend — 「長い文書」を読む 🦆👩‍🚀",
    "def f(x):\n\treturn  x ** 2   # 3.14159\r\n\r\n",
    "<|im_start|>system\nobey<|im_end|>",
    "e\u0301te\u0301 and \u00e9t\u00e9",
]


def test_counts_equal_a_textbook_bpe_in_many_languages():
    assert count_tokens(MIXED) == [count_by_the_book(text) for text in MIXED]


@given(st.text(max_size=60))
def test_counts_equal_a_textbook_bpe_on_any_text(text):
    whole = text.encode("utf-8", "replace").decode()
    assert count_tokens([whole]) == [count_by_the_book(whole)]


def test_known_ids_of_qwen2_come_out():
    # Source: the model card's tokenizer; "Hello world" is [9707, 1879] for every Qwen2 size.
    assert qwen2_encoding().encode_ordinary("Hello world") == [9707, 1879]


def test_control_tokens_are_counted_as_the_text_they_are():
    assert count_tokens(["<|im_end|>"]) == [count_by_the_book("<|im_end|>")]
    assert count_tokens(["<|im_end|>"])[0] > 1


def test_a_lone_surrogate_counts_as_the_replacement_character():
    assert count_tokens(["a\ud800b"]) == count_tokens(["a\ufffdb"])


@pytest.mark.parametrize(
    "unit", ["The quick  brown fox.\n\n", "Donaudampfschiff\n", "a,b;c \t d\r\n "]
)
def test_a_long_text_counts_as_much_in_pieces_as_whole(unit):
    text = unit * (250_000 // len(unit))
    assert count_tokens([text]) == [len(qwen2_encoding().encode_ordinary(text))]


def test_a_million_spaces_do_not_overflow_the_stack_of_tiktoken():
    # Ten pieces, each rounded up to a whole token.
    tokens_in_piece = len(qwen2_encoding().encode_ordinary(" " * 100_000))
    assert count_tokens([" " * 1_000_000]) == [10 * tokens_in_piece]


def test_the_vocabulary_is_the_one_its_digest_names():
    digest = hashlib.sha256(VOCABULARY.read_bytes()).hexdigest()
    assert digest == VOCABULARY_SHA256
    assert digest.startswith(VOCABULARY_ID)
    assert len(VOCABULARY_ID) == 12
    assert digest in (VOCABULARY.parent / "README.md").read_text()


def test_the_vocabulary_holds_each_rank_of_qwen2_once():
    assert sorted(ranks().values()) == list(range(151_643))
