"""Dual Chunk Attention against a direct reading of the paper."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model import dual_chunk as module
from model.attention import attend
from model.dual_chunk import DualChunk, attend_dual_chunk

HEADS, KV_HEADS, HEAD_SIZE = 4, 2, 8
SCALING = 0.3
FREQUENCIES = 1.0 / 10_000 ** (torch.arange(0, HEAD_SIZE, 2) / HEAD_SIZE)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def draw(tokens, *, heads=HEADS, kv_heads=KV_HEADS, head_size=HEAD_SIZE):
    """Queries, keys and values that no position was put into yet, one for every token."""
    generator = torch.Generator().manual_seed(tokens)
    return [
        torch.randn(1, some, tokens, head_size, generator=generator)
        for some in (heads, kv_heads, kv_heads)
    ]


def rotate(tensor, positions, frequencies=FREQUENCIES):
    """Rotary positions as transformers applies them: tables of joined halves, `rotate_half`."""
    angles = positions.to(tensor.dtype)[..., None] * frequencies.to(tensor.dtype)
    angles = torch.cat([angles, angles], dim=-1)
    left, right = tensor.chunk(2, dim=-1)
    return tensor * angles.cos() + torch.cat([-right, left], dim=-1) * angles.sin()


def relative_positions(tokens, s, c):
    """M[i][j] as the paper has it, for j <= i."""
    i, j = torch.meshgrid(torch.arange(tokens), torch.arange(tokens), indexing="ij")
    key_place = j % s
    intra = i % s - key_place
    successive = (i % s + s).clamp(max=c - 1) - key_place
    inter = c - 1 - key_place
    chunks_between = i // s - j // s
    return torch.where(
        chunks_between == 0, intra, torch.where(chunks_between == 1, successive, inter)
    )


def paper(query, key, value, s, c, frequencies=FREQUENCIES):
    """Every query turned to every key by their relative position; one softmax, in float64."""
    query, key, value = query.double(), key.double(), value.double()
    group = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(group, 1), value.repeat_interleave(group, 1)
    tokens = query.shape[2]
    turned = rotate(query.unsqueeze(3), relative_positions(tokens, s, c), frequencies)
    scores = (turned * key.unsqueeze(2)).sum(-1) * SCALING  # [1, heads, tokens, tokens]
    later = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
    return scores.masked_fill(later, -torch.inf).softmax(-1) @ value


def placed(query, key, value, s, *, dtype=torch.float32, frequencies=FREQUENCIES):
    """The same, with each token's place inside its chunk rotated in, as the engine does."""
    places = torch.arange(query.shape[2]) % s
    query, key = rotate(query, places, frequencies), rotate(key, places, frequencies)
    return query.to(dtype), key.to(dtype), value.to(dtype)


def read(query, key, value, bounds, s, c, frequencies=FREQUENCIES):
    """Attend in slices of the tokens."""
    outputs = [
        attend_dual_chunk(
            query[:, :, a:b],
            key[:, :, :b],
            value[:, :, :b],
            scaling=SCALING,
            dual_chunk=DualChunk(s, c),
            frequencies=frequencies,
        )
        for a, b in pairwise(bounds)
    ]
    return torch.cat(outputs, dim=2)


def test_relative_positions_are_those_of_the_papers_example():
    """Chunks of 6 tokens, a window of 10, and one token of a third chunk."""
    found = relative_positions(13, 6, 10)
    assert found[5].tolist()[:6] == [5, 4, 3, 2, 1, 0]
    assert found[6].tolist()[:7] == [6, 5, 4, 3, 2, 1, 0]
    assert found[9].tolist()[:10] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert found[11].tolist()[:12] == [9, 8, 7, 6, 5, 4, 5, 4, 3, 2, 1, 0]
    assert found[12].tolist() == [9, 8, 7, 6, 5, 4, 6, 5, 4, 3, 2, 1, 0]


@st.composite
def readings(draw):
    s = draw(st.integers(1, 12))
    c = s + draw(st.integers(1, 12))
    tokens = draw(st.integers(1, 45))
    cuts = draw(st.sets(st.integers(1, tokens)))
    return s, c, [0, *sorted(cuts - {tokens}), tokens]


@given(reading=readings())
def test_any_slices_and_chunks_give_what_the_paper_says(reading):
    s, c, bounds = reading
    tensors = draw(bounds[-1])
    found = read(*placed(*tensors, s), bounds, s, c)
    torch.testing.assert_close(found.double(), paper(*tensors, s, c), rtol=0, atol=1e-5)


@given(reading=readings())
def test_bfloat16_stays_within_its_rounding(reading):
    s, c, bounds = reading
    tensors = draw(bounds[-1])
    found = read(*placed(*tensors, s, dtype=torch.bfloat16), bounds, s, c)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.double(), paper(*tensors, s, c), rtol=0, atol=0.08)


def test_one_token_after_the_other_gives_what_one_pass_gives():
    tensors = draw(40)
    one_by_one = read(*placed(*tensors, 6), range(41), 6, 8)
    torch.testing.assert_close(one_by_one.double(), paper(*tensors, 6, 8), rtol=0, atol=1e-5)


@pytest.mark.parametrize("bounds", [[0, 12], [0, 5, 11, 12]])
def test_up_to_one_chunk_it_is_plain_attention(bounds):
    query, key, value = placed(*draw(12), 12)
    slices = [
        attend(query[:, :, a:b], key[:, :, :b], value[:, :, :b], scaling=SCALING)
        for a, b in pairwise(bounds)
    ]
    assert torch.equal(read(query, key, value, bounds, 12, 16), torch.cat(slices, dim=2))


def test_with_the_heads_chunks_and_frequencies_of_qwen2():
    """Chunks of 24,576 of a window of 32,768, a theta of a million, heads of 128 features."""
    s, c, tokens, new = 24_576, 32_768, 50_000, 3
    frequencies = 1.0 / 1e6 ** (torch.arange(0, 128, 2) / 128)
    query, key, value = draw(tokens, heads=2, kv_heads=1, head_size=128)
    query, key, value = query.double(), key.double(), value.double()
    exact = []
    for i in range(tokens - new, tokens):
        j = torch.arange(i + 1)
        place = torch.where(i // s == j // s, i % s, min(i % s + s, c - 1))
        place = torch.where(i // s - j // s > 1, c - 1, place)
        turned = rotate(query[:, :, i : i + 1], place - j % s, frequencies)  # [1, heads, i + 1, D]
        weights = ((turned * key[:, :, : i + 1]).sum(-1) * SCALING).softmax(-1)
        exact.append(weights.unsqueeze(2) @ value[:, :, : i + 1])
    tensors = [t.float() for t in placed(query, key, value, s, frequencies=frequencies)]
    found = attend_dual_chunk(
        tensors[0][:, :, -new:],
        *tensors[1:],
        scaling=SCALING,
        dual_chunk=DualChunk(s, c),
        frequencies=frequencies,
    )
    # At 24,576 positions float32 knows the fastest angle to a thousandth.
    torch.testing.assert_close(found.double(), torch.cat(exact, dim=2), rtol=0, atol=3e-3)


def test_a_factor_on_the_queries_stays_as_it_is():
    query, key, value = draw(30)
    scaled = placed(query * 1.1386, key, value, 6)  # YaRN's attention factor for four times
    expected = paper(query * 1.1386, key, value, 6, 8)
    torch.testing.assert_close(read(*scaled, [0, 30], 6, 8).double(), expected, rtol=0, atol=1e-5)


def test_decoding_takes_three_calls_however_long_the_text(monkeypatch):
    calls = []

    def count(*args, **kwargs):
        calls.append(args[1].shape[2])
        return module_partial(*args, **kwargs)

    module_partial = module.partial
    monkeypatch.setattr(module, "partial", count)
    query, key, value = placed(*draw(200), 6)
    read(query, key, value, [199, 200], 6, 8)
    assert calls == [6, 192]  # the chunk before and all older ones; the own one is `attend`'s


@pytest.mark.parametrize(("s", "c"), [(0, 4), (-1, 4), (4, 4), (5, 4)])
def test_chunks_that_do_not_fit_the_window_are_refused(s, c):
    with pytest.raises(ValueError, match=f"chunks of {s} tokens do not fit a window of {c}"):
        DualChunk(s, c)


def test_the_paper_cuts_chunks_of_three_quarters_of_the_window():
    assert DualChunk.of_window(32_768) == DualChunk(chunk_tokens=24_576, window_tokens=32_768)
