"""Attention in parts against one softmax over all scores in float64."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model import attention
from model.attention import attend, causal_parts, merge, partial

SCALING = 0.3
# A merged output is rounded twice, each time by half a unit in the last place of numbers up to 4.
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 0.03, torch.float16: 4e-3}

DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
    ),
]


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def draw(heads, kv_heads, new, held, head_size, *, dtype=torch.float32, device="cpu"):
    generator = torch.Generator().manual_seed(heads * 1000 + new * 100 + held)
    shapes = [(heads, new), (kv_heads, held), (kv_heads, held)]
    return [
        torch.randn(1, *shape, head_size, generator=generator).to(device, dtype) for shape in shapes
    ]


def oracle(query, key, value, *, causal=True):
    """Full scores in float64, one softmax: the output and the log-sum-exp."""
    group = query.shape[1] // key.shape[1]
    query, key, value = query.double(), key.double(), value.double()
    key, value = key.repeat_interleave(group, 1), value.repeat_interleave(group, 1)
    scores = query @ key.mT * SCALING
    if causal:
        visible = torch.ones(scores.shape[2:], dtype=torch.bool, device=scores.device)
        scores = scores.masked_fill(~visible.tril(key.shape[2] - query.shape[2]), -torch.inf)
    return scores.softmax(-1) @ value, scores.logsumexp(-1)


def assert_near(found, expected, dtype):
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize(
    ("heads", "kv_heads", "new", "held", "head_size"),
    [
        (4, 2, 1, 1, 8),
        (4, 2, 1, 300, 64),  # decoding
        (28, 4, 5, 5, 128),  # Qwen2-7B, a first slice
        (28, 4, 40, 700, 128),  # a later slice
        (64, 8, 3, 90, 128),  # Qwen2-72B
        (3, 3, 600, 1300, 16),  # several blocks of a kernel
        (6, 1, 9, 33, 7),  # a head size that no CUDA kernel takes
    ],
)
def test_attention_is_one_softmax_over_all_scores(
    heads, kv_heads, new, held, head_size, dtype, device
):
    tensors = draw(heads, kv_heads, new, held, head_size, dtype=dtype, device=device)
    output = attend(*tensors, scaling=SCALING)
    assert (output.dtype, output.shape) == (dtype, tensors[0].shape)
    assert_near(output, oracle(*tensors)[0], dtype)


@given(
    kv_heads=st.integers(1, 3),
    group=st.integers(1, 4),
    new=st.integers(1, 12),
    past=st.integers(0, 40),
    head_size=st.sampled_from([2, 7, 8, 16]),
)
def test_any_lengths_and_heads(kv_heads, group, new, past, head_size):
    tensors = draw(kv_heads * group, kv_heads, new, past + new, head_size)
    assert_near(attend(*tensors, scaling=SCALING), oracle(*tensors)[0], torch.float32)


@given(cuts=st.sets(st.integers(1, 29)))
def test_slices_of_any_length_give_what_one_pass_gives(cuts):
    query, key, value = draw(4, 2, 30, 30, 8)
    bounds = [0, *sorted(cuts), 30]
    slices = [
        attend(query[:, :, a:b], key[:, :, :b], value[:, :, :b], scaling=SCALING)
        for a, b in pairwise(bounds)
    ]
    assert_near(torch.cat(slices, 2), oracle(query, key, value)[0], torch.float32)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("causal", [True, False])
def test_a_part_has_its_output_and_log_sum_exp(dtype, causal, device):
    tensors = draw(4, 2, 9, 9 if causal else 70, 8, dtype=dtype, device=device)
    output, log_sum_exp = partial(*tensors, scaling=SCALING, causal=causal)
    expected, expected_log = oracle(*tensors, causal=causal)
    assert_near(output, expected, dtype)
    assert log_sum_exp.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    torch.testing.assert_close(log_sum_exp.double(), expected_log, rtol=0, atol=2e-4)


def test_many_parts_merge_to_the_whole_even_if_one_outweighs_all_others():
    query, key, value = draw(4, 2, 6, 50, 8)
    key[:, :, 20:30] *= 60  # scores in the hundreds: their exponentials overflow float32
    bounds = [0, 3, 20, 30, 50]
    parts = [
        partial(query, key[:, :, a:b], value[:, :, a:b], scaling=SCALING, causal=False)
        for a, b in pairwise(bounds)
    ]
    assert parts[2][1].max() > 89
    expected, _ = oracle(query, key, value, causal=False)
    torch.testing.assert_close(merge(parts).double(), expected, rtol=0, atol=1e-4)


def test_one_call_is_enough_for_a_first_slice_and_for_a_single_token():
    assert len(causal_parts(*draw(4, 2, 5, 5, 8), scaling=SCALING)) == 1
    assert len(causal_parts(*draw(4, 2, 1, 9, 8), scaling=SCALING)) == 1
    assert len(causal_parts(*draw(4, 2, 5, 9, 8), scaling=SCALING)) == 2


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("new", [1, 6])
def test_views_into_a_larger_buffer_give_the_same_numbers(new, dtype, device):
    query, key, value = draw(4, 2, new, 40, 8, dtype=dtype, device=device)
    expected = attend(query, key, value, scaling=SCALING)

    def within(tensor):
        """The same numbers among NaN, as a cache with room for more tokens holds them."""
        buffer = tensor.new_full((1, 2, 100, 8), torch.nan)
        buffer[:, :, 3:43] = tensor
        return buffer[:, :, 3:43]

    def by_token(tensor):
        """The same numbers laid out `[1, L, heads, head_size]`, as a projection leaves them."""
        return tensor.transpose(1, 2).contiguous().transpose(1, 2)

    def with_gaps(tensor):
        """The same numbers with a gap after each: the kernels do not take such rows."""
        return torch.stack([tensor, torch.full_like(tensor, torch.nan)], dim=-1)[..., 0]

    for lay in (within, by_token, with_gaps):
        assert not lay(key).is_contiguous()
        for laid in ((query, lay(key), value), (query, key, lay(value))):
            assert torch.equal(attend(*laid, scaling=SCALING), expected)
    for lay in (by_token, with_gaps):
        assert torch.equal(attend(lay(query), key, value, scaling=SCALING), expected)


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("most_scores", [1, 100, 10**6])
def test_the_way_without_a_kernel_gives_the_same_numbers(dtype, causal, most_scores, monkeypatch):
    monkeypatch.setattr(attention, "_MOST_SCORES", most_scores)
    tensors = draw(6, 2, 9, 9 if causal else 31, 8, dtype=dtype)
    output, log_sum_exp = attention._plain(*tensors, scaling=SCALING, causal=causal)
    expected, expected_log = oracle(*tensors, causal=causal)
    assert output.dtype == dtype
    assert_near(output, expected, dtype)
    torch.testing.assert_close(log_sum_exp.double(), expected_log, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kernel", [attention._flash_on_cuda, attention._efficient_on_cuda])
@pytest.mark.parametrize(("heads", "new", "held"), [(4, 5, 5), (2, 10, 70)])
def test_the_cuda_kernels_are_called_as_torch_declares_them(kernel, heads, new, held):
    """Shapes only: on the meta device nothing is computed."""
    tensors = draw(heads, 2, new, held, 8, dtype=torch.bfloat16, device="meta")
    output, log_sum_exp = kernel(*tensors, scaling=SCALING, causal=new == held)
    assert (output.shape, output.dtype) == (tensors[0].shape, torch.bfloat16)
    assert (log_sum_exp.shape, log_sum_exp.dtype) == ((1, heads, new), torch.float32)


def test_memory_does_not_grow_with_queries_times_keys():
    """Sixteen thousand queries over as many keys: their scores would take 2 GiB."""
    tensors = draw(2, 1, 2**14, 2**14, 8)
    with torch.profiler.profile(profile_memory=True) as profile:
        attend(*tensors, scaling=SCALING)
    most = max(event.cpu_memory_usage for event in profile.key_averages())
    assert 0 < most < 2**24


@pytest.mark.parametrize(
    ("shapes", "causal"),
    [
        ([(4, 1, 8), (2, 0, 8), (2, 0, 8)], False),  # no keys: the CPU kernel would end the process
        ([(4, 2, 8), (2, 3, 8), (2, 3, 8)], True),  # where causal begins would be a guess
        ([(3, 2, 8), (2, 2, 8), (2, 2, 8)], False),
        ([(4, 2, 8), (2, 2, 8), (2, 3, 8)], False),
        ([(4, 2, 8), (2, 2, 4), (2, 2, 4)], False),
    ],
)
def test_what_does_not_fit_together_is_refused(shapes, causal):
    tensors = [torch.zeros(1, *shape) for shape in shapes]
    with pytest.raises(ValueError, match=r"queries|belong"):
        partial(*tensors, scaling=SCALING, causal=causal)


def test_queries_without_keys_of_their_own_are_refused():
    with pytest.raises(ValueError, match="5 queries stand over 3 keys"):
        attend(*draw(4, 2, 5, 3, 8), scaling=SCALING)
