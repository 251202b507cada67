"""Kept prefixes: the longest is found, the limits hold, and what is oldest goes first."""

import numpy as np
import pytest
import torch

from model.kv_cache import KeyValueCache
from model.prefix import Prefixes, common_length
from model.yarn import PLAIN, RopeScaling

LAYERS, KV_HEADS, HEAD_SIZE = 2, 2, 4
BYTES_A_TOKEN = LAYERS * 2 * KV_HEADS * HEAD_SIZE * 4


def cache_of(tokens):
    """A cache whose numbers tell the token they belong to."""
    cache = KeyValueCache(
        layers=LAYERS,
        kv_heads=KV_HEADS,
        head_size=HEAD_SIZE,
        capacity_tokens=len(tokens),
        dtype=torch.float32,
        device=torch.device("cpu"),
    )
    numbers = torch.tensor(tokens, dtype=torch.float32)[None, None, :, None]
    for layer in range(LAYERS):
        cache.update(layer, *[numbers.expand(1, KV_HEADS, -1, HEAD_SIZE)] * 2)
    return cache


def tokens_in(cache):
    """The tokens that a cache's numbers tell, the same in every layer."""
    nothing = torch.empty(1, KV_HEADS, 0, HEAD_SIZE)
    held = [cache.update(layer, nothing, nothing)[0] for layer in range(LAYERS)]
    assert torch.equal(held[0], held[1])
    return held[0][0, 0, :, 0].int().tolist()


def keep(prefixes, tokens, scaling=PLAIN):
    prefixes.keep(tokens, scaling, cache_of(tokens))


@pytest.fixture
def prefixes():
    return Prefixes(10**9)


@pytest.mark.parametrize(
    ("kept", "prompt", "reused"),
    [
        ([[1, 2, 3]], [1, 2, 3, 4], [1, 2, 3]),
        ([[1, 2, 3]], [1, 2, 3], [1, 2]),  # the last token must be read for its logits
        ([[1, 2, 3]], [1, 2], [1]),
        ([[1, 2, 3]], [1, 9, 3, 4], [1]),
        ([[1, 2], [1, 2, 3, 4], [1, 2, 3, 9]], [1, 2, 3, 9, 5], [1, 2, 3, 9]),
    ],
)
def test_the_longest_kept_beginning_is_taken(prefixes, kept, prompt, reused):
    for tokens in kept:
        keep(prefixes, tokens)
    assert prefixes.match(prompt, PLAIN) == len(reused)
    assert tokens_in(prefixes.take(prompt, PLAIN, 10)) == reused


@pytest.mark.parametrize("prompt", [[9, 1, 2], [1]])
def test_nothing_is_taken_where_nothing_is_shared(prefixes, prompt):
    keep(prefixes, [1, 2, 3])
    assert prefixes.take(prompt, PLAIN, 10) is None


def test_a_prefix_belongs_to_its_scaling(prefixes):
    keep(prefixes, [1, 2, 3], RopeScaling(2.0))
    assert prefixes.take([1, 2, 3, 4], PLAIN, 10) is None
    assert prefixes.take([1, 2, 3, 4], RopeScaling(2.0), 10).length == 3


def test_a_cache_is_handed_over_for_the_next_question_but_copied_for_a_short_beginning(prefixes):
    document = list(range(100))
    keep(prefixes, [*document, 7, 8])
    short = prefixes.take([0, 1, 50, 51], PLAIN, 10)
    assert tokens_in(short) == [0, 1]
    assert prefixes.bytes_on_device == 102 * BYTES_A_TOKEN
    question = prefixes.take([*document, 9, 9], PLAIN, 200)
    assert tokens_in(question) == document
    assert prefixes.bytes_on_device == 0
    assert tokens_in(short) == [0, 1]  # a copy of its own


def test_what_a_longer_one_begins_with_is_not_kept_twice(prefixes):
    keep(prefixes, [1, 2])
    keep(prefixes, [5])
    keep(prefixes, [1, 2, 3])
    assert prefixes.bytes_on_device == 4 * BYTES_A_TOKEN


def test_the_one_used_longest_ago_leaves_first():
    prefixes = Prefixes(7 * BYTES_A_TOKEN)
    keep(prefixes, [1, 1, 1])
    keep(prefixes, [2, 2, 2])
    prefixes.keep([1, 1, 1], PLAIN, prefixes.take([1, 1, 1, 5], PLAIN, 3))  # used again
    keep(prefixes, [3, 3, 3])
    assert [prefixes.match([n, n, n, 5], PLAIN) for n in (1, 2, 3)] == [3, 0, 3]
    assert prefixes.bytes_on_device == 6 * BYTES_A_TOKEN


def test_of_many_short_ones_the_latest_are_kept(monkeypatch):
    monkeypatch.setattr("model.prefix._MOST_KEPT", 3)
    prefixes = Prefixes(1_000_000)
    for first in range(5):
        keep(prefixes, [first, 10, 11])
    assert [prefixes.match([first, 10, 11, 12], PLAIN) for first in range(5)] == [0, 0, 3, 3, 3]


def test_one_that_is_over_the_limit_alone_is_not_kept():
    prefixes = Prefixes(2 * BYTES_A_TOKEN)
    keep(prefixes, [1, 1, 1])
    assert prefixes.bytes_on_device == 0
    assert Prefixes(0).take([1, 2], PLAIN, 4) is None


def test_what_the_device_cannot_hold_is_spilled_and_brought_back():
    prefixes = Prefixes(4 * BYTES_A_TOKEN, spill_bytes=7 * BYTES_A_TOKEN)
    for number in (1, 2, 3, 4):
        keep(prefixes, [number] * 3)
    # One fits the device, two fit beside it, the oldest is gone.
    assert prefixes.bytes_on_device == 3 * BYTES_A_TOKEN
    assert prefixes.bytes_spilled == 6 * BYTES_A_TOKEN
    assert [prefixes.match([n] * 4, PLAIN) for n in (1, 2, 3, 4)] == [0, 3, 3, 3]
    back = prefixes.take([2, 2, 2, 5], PLAIN, 8)
    assert tokens_in(back) == [2, 2, 2]
    assert prefixes.bytes_spilled == 3 * BYTES_A_TOKEN


def test_making_room_on_the_device_leaves_what_was_spilled():
    prefixes = Prefixes(4 * BYTES_A_TOKEN, spill_bytes=4 * BYTES_A_TOKEN)
    keep(prefixes, [1] * 3)
    keep(prefixes, [2] * 3)
    assert prefixes.clear()
    assert not prefixes.clear()
    assert prefixes.match([1] * 4, PLAIN) == 3
    assert prefixes.match([2] * 4, PLAIN) == 0


def test_common_beginnings_are_counted_as_a_loop_would():
    generator = np.random.default_rng(5)
    for _ in range(200):
        first, second = (generator.integers(0, 2, generator.integers(0, 6)) for _ in range(2))
        expected = 0
        for one, other in zip(first, second, strict=False):
            if one != other:
                break
            expected += 1
        assert common_length(first, second) == expected
