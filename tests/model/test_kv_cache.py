"""One contract for every cache, against keys and values joined by `torch.cat`."""

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model import quantised_cache
from model.attention import attend
from model.kv_cache import KeyValueCache
from model.quantised_cache import QuantisedKeyValueCache, dequantise, make_cache, quantise

LAYERS, KV_HEADS, HEAD_SIZE = 3, 2, 8


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def make(kind, *, capacity_tokens=10, dtype=torch.float32, device="cpu", head_size=HEAD_SIZE):
    return kind(
        layers=LAYERS,
        kv_heads=KV_HEADS,
        head_size=head_size,
        capacity_tokens=capacity_tokens,
        dtype=dtype,
        device=device,
    )


def draw(tokens, *, seed=0, dtype=torch.float32, head_size=HEAD_SIZE):
    """Keys and values for every layer, `[layers, 2, 1, kv_heads, tokens, head_size]`."""
    generator = torch.Generator().manual_seed(seed)
    shape = LAYERS, 2, 1, KV_HEADS, tokens, head_size
    return torch.randn(shape, generator=generator).to(dtype)


class Joined:
    """The oracle: everything joined anew at every step."""

    def __init__(self, all_tokens):
        self.tensor = all_tokens

    def update(self, more):
        self.tensor = torch.cat([self.tensor, more], dim=4)

    def crop(self, length):
        self.tensor = self.tensor[:, :, :, :, :length]


def update(cache, more):
    """Add the same tokens to every layer; return what is held, as `draw` shapes it."""
    layers = [torch.stack(cache.update(i, *pair)) for i, pair in enumerate(more)]
    return torch.stack(layers)


def held(cache, dtype=torch.float32):
    return update(cache, draw(0, dtype=dtype))


INT8 = partial(QuantisedKeyValueCache, bits=8)
INT4 = partial(QuantisedKeyValueCache, bits=4)


@pytest.mark.parametrize("kind", [KeyValueCache, INT8, INT4], ids=["plain", "int8", "int4"])
class TestEveryCache:
    def test_starts_empty(self, kind):
        cache = make(kind)
        assert cache.length == 0
        assert held(cache).shape == (LAYERS, 2, 1, KV_HEADS, 0, HEAD_SIZE)

    def test_grows_by_itself_from_no_room_at_all(self, kind):
        cache = make(kind, capacity_tokens=0)
        for tokens in (1, 200, 1):
            update(cache, draw(tokens))
        assert cache.length == 202

    def test_a_failed_pass_is_repaired_by_a_crop(self, kind):
        cache = make(kind)
        update(cache, draw(70))
        before = held(cache)
        cache.update(0, *draw(5)[0])  # the pass ends after the first of three layers
        assert cache.length == 70
        cache.crop(cache.length)
        assert torch.equal(held(cache), before)

    def test_a_copy_and_its_source_do_not_touch_each_other(self, kind):
        cache = make(kind)
        update(cache, draw(70))
        before = held(cache)
        copy = cache.copy(64, 64)
        update(copy, draw(20, seed=1))
        assert torch.equal(held(cache), before)
        expected = held(copy)
        cache.crop(3)
        update(cache, draw(90, seed=2))
        assert torch.equal(held(copy), expected)
        assert torch.equal(expected[:, :, :, :, :64], before[:, :, :, :, :64])

    def test_may_be_written_in_inference_mode_and_out_of_it(self, kind):
        cache = make(kind, capacity_tokens=0)
        with torch.inference_mode():
            update(cache, draw(70))
            cache.reserve(200)
        update(cache, draw(70))
        assert cache.length == 140

    def test_spilling_gives_up_the_room_that_is_not_used(self, kind):
        cache = make(kind, capacity_tokens=1000)
        update(cache, draw(128))
        before, values = cache.bytes_held, held(cache)
        cache.to("cpu")
        assert cache.bytes_held < before / 4
        assert torch.equal(held(cache), values)

    def test_room_asked_for_is_allocated_at_once(self, kind):
        cache = make(kind, capacity_tokens=0)
        cache.reserve(256)
        before = cache.bytes_held
        update(cache, draw(256))
        assert cache.bytes_held == before
        cache.reserve(20)  # less than there is
        assert cache.bytes_held == before

    def test_each_layer_has_its_own_device(self, kind):
        cpu = torch.device("cpu")
        cache = make(kind, device=[cpu, torch.device("meta"), cpu])
        devices = [cache.update(i, *draw(1)[i])[0].device.type for i in range(LAYERS)]
        assert devices == ["cpu", "meta", "cpu"]
        with pytest.raises(ValueError, match="2 devices were named for 3 layers"):
            make(kind, device=[cpu, cpu])
        with pytest.raises(ValueError, match="2 devices were named for 3 layers"):
            cache.to([cpu, cpu])

    @pytest.mark.parametrize("length", [-1, 71])
    def test_tokens_that_are_not_held_are_refused(self, kind, length):
        cache = make(kind)
        update(cache, draw(70))
        for refuse in (cache.crop, lambda length: cache.copy(length, 100)):
            with pytest.raises(ValueError, match=f"{length} tokens were asked of a cache that"):
                refuse(length)
        assert cache.length == 70

    @pytest.mark.parametrize(
        ("shape", "dtype"),
        [
            ((1, 1, 3, HEAD_SIZE), torch.float32),  # one head would be stretched over both
            ((1, KV_HEADS, 3, 1), torch.float32),
            ((1, KV_HEADS, 3, HEAD_SIZE), torch.float64),
        ],
    )
    def test_keys_of_another_shape_or_type_are_refused(self, kind, shape, dtype):
        cache = make(kind)
        wrong, right = torch.zeros(shape, dtype=dtype), torch.zeros(1, KV_HEADS, 3, HEAD_SIZE)
        for pair in ((wrong, right), (right, wrong)):
            with pytest.raises(ValueError, match="does not go into a cache of"):
                cache.update(0, *pair)
        assert cache.length == 0
        for i, pair in enumerate(draw(70)):  # nothing of what was refused is left behind
            key, value = cache.update(i, *pair)
            assert torch.equal(key, pair[0])
            assert torch.equal(value, pair[1])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("update"), st.sampled_from([1, 2, 40, 63, 64, 65, 150])),
        st.tuples(st.sampled_from(["crop", "copy"]), st.floats(0, 1)),
        st.tuples(st.just("reserve"), st.integers(0, 300)),
        st.tuples(st.just("to"), st.just("cpu")),
    ),
    max_size=10,
)


def play(cache, steps, dtype=torch.float32):
    """Take the steps with a cache and with the oracle.

    Yields, after each step: its name, what was held before it, what is held, what should be.
    """
    oracle = Joined(draw(0, dtype=dtype))
    for seed, (name, argument) in enumerate(steps):
        before = held(cache, dtype)
        more = draw(argument if name == "update" else 0, seed=seed, dtype=dtype)
        if name in ("crop", "copy"):
            length = round(argument * cache.length)
            oracle.crop(length)
            if name == "crop":
                cache.crop(length)
            else:
                cache = cache.copy(length, 2 * length)
        elif name != "update":
            getattr(cache, name)(argument)
        oracle.update(more)
        yield name, before, update(cache, more), oracle.tensor
        assert cache.length == oracle.tensor.shape[4]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@given(steps=STEPS)
def test_the_plain_cache_holds_exactly_what_was_put_in(dtype, steps):
    cache = make(KeyValueCache, dtype=dtype)
    for _name, _before, found, expected in play(cache, steps, dtype):
        assert found.dtype == dtype
        assert torch.equal(found, expected)


def test_the_plain_cache_hands_out_views_and_leaves_the_past_where_it_is():
    cache = make(KeyValueCache, capacity_tokens=100)
    first, _ = cache.update(0, *draw(60)[0])
    second, _ = cache.update(0, *draw(40)[0])
    assert second.data_ptr() == first.data_ptr()
    third, _ = cache.update(0, *draw(1)[0])
    assert third.data_ptr() != first.data_ptr()  # out of room: moved once, with room for more
    fourth, _ = cache.update(0, *draw(49)[0])
    assert fourth.data_ptr() == third.data_ptr()


def test_the_bytes_of_the_plain_cache_are_those_of_its_room():
    cache = make(KeyValueCache, capacity_tokens=50, dtype=torch.bfloat16)
    assert cache.bytes_held == LAYERS * 2 * KV_HEADS * 50 * HEAD_SIZE * 2
    cache.reserve(70)
    assert cache.bytes_held == LAYERS * 2 * KV_HEADS * 70 * HEAD_SIZE * 2


# All numbers drawn here lie within 5.5 of 0.
def half_a_step(bits):
    return 11 / (2**bits - 1) / 2


@pytest.mark.parametrize("bits", [8, 4])
@given(steps=STEPS)
def test_a_quantised_cache_is_off_by_half_a_step_for_each_rounding(bits, steps):
    cache, roundings = make(partial(QuantisedKeyValueCache, bits=bits)), 1
    for name, before, found, expected in play(cache, steps):
        kept = min(before.shape[4], found.shape[4])
        # What is held stays as it is, and what came with an update is returned as it came.
        assert torch.equal(found[:, :, :, :, :kept], before[:, :, :, :, :kept])
        assert torch.equal(found[:, :, :, :, kept:], expected[:, :, :, :, kept:])
        roundings += name in ("crop", "copy")
        off = (found - expected).abs()
        assert off.numel() == 0 or off.max() <= roundings * half_a_step(bits)


NUMBERS = st.lists(st.floats(-1000, 1000, width=16), min_size=2, max_size=64).filter(
    lambda numbers: len(numbers) % 2 == 0
)


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@given(numbers=NUMBERS)
def test_numbers_come_back_half_a_step_off_at_most_and_the_lowest_exactly(bits, dtype, numbers):
    run = torch.tensor([numbers], dtype=dtype)
    codes, step, low = quantise(run, bits)
    assert (codes.shape, codes.dtype) == ((1, len(numbers) * bits // 8), torch.uint8)
    found = dequantise(codes, step, low, bits)
    assert found.dtype == dtype
    assert found[run == run.min()].eq(run.min()).all()
    limits, exact = torch.finfo(dtype), run.double()
    # The step is rounded up to the number type, and is never nothing.
    half = (exact.max() - exact.min()) / (2**bits - 1) * (1 + 2 * limits.eps) / 2 + limits.tiny
    rounding = (exact.abs().max() + half) * limits.eps / 2
    assert (found.double() - exact).abs().max() <= half + rounding


def test_the_top_of_a_run_is_reached_however_the_step_is_rounded():
    """To the nearest bfloat16 some steps would be too short for 255 of them to get there."""
    runs = torch.randn(2000, 2, generator=torch.Generator().manual_seed(0)).bfloat16()
    codes, step, low = quantise(runs, 8)
    reached = codes.double() * step.unsqueeze(1).double() + low.unsqueeze(1).double()
    assert ((reached - runs.double()).abs() <= step.unsqueeze(1).double() / 2).all()
    span = (runs.amax(1) - low.float()).double()
    assert (step.double() <= span / 255 * (1 + 2**-6) + 1e-30).all()


def test_two_codes_of_four_bits_share_a_byte():
    codes, step, low = quantise(torch.tensor([[0.0, 15.0, 3.0, 7.0]]), 4)
    assert codes.tolist() == [[0 | 3 << 4, 15 | 7 << 4]]
    assert low.tolist() == [0]
    assert step.item() == pytest.approx(1)


@pytest.mark.parametrize("head_size", [8, 128])
def test_keys_are_rounded_per_channel_and_values_per_token(head_size):
    """One far number spoils its own run only: a channel of 64 tokens, a token of 64 channels."""
    cache = make(INT4, head_size=head_size)
    tokens = draw(128, head_size=head_size)
    tokens[:, :, :, :, 70, 5] = 10_000
    update(cache, tokens)
    found = update(cache, draw(0, head_size=head_size))
    spoilt = (found - tokens).abs() > half_a_step(4)
    keys, values = spoilt[:, 0, 0], spoilt[:, 1, 0]  # [layers, kv_heads, tokens, channels]
    assert keys[:, :, 64:, 5].sum() > 100
    assert values[:, :, 70, : min(64, head_size)].sum() > 10
    keys[:, :, 64:, 5] = False
    values[:, :, 70, : min(64, head_size)] = False
    assert not spoilt.any()


@pytest.mark.parametrize("bits", [8, 4])
def test_only_what_does_not_fill_a_group_stays_as_it_came(bits):
    cache = make(partial(QuantisedKeyValueCache, bits=bits))
    tokens = draw(130)
    assert torch.equal(update(cache, tokens), tokens)
    found = held(cache)
    assert torch.equal(found[:, :, :, :, 128:], tokens[:, :, :, :, 128:])
    assert (found != tokens)[:, :, :, :, :128].float().mean() > 0.8


@pytest.mark.parametrize("kind", [INT8, INT4], ids=["int8", "int4"])
def test_cuts_at_whole_groups_lose_nothing_more_however_often(kind):
    cache, tokens = make(kind), draw(150)
    update(cache, tokens)
    cut = 150 // cache.group_tokens * cache.group_tokens
    before = held(cache)[:, :, :, :, :cut]
    for seed in range(20):
        cache.crop(cut)
        update(cache, draw(100, seed=seed))
        cache = cache.copy(cut, 300)
        update(cache, draw(30, seed=seed))
    assert torch.equal(held(cache)[:, :, :, :, :cut], before)


def test_a_group_that_was_rounded_by_half_when_memory_ran_out_is_rounded_anew():
    cache, tokens = make(INT8), draw(128)
    update(cache, tokens[:, :, :, :, :60])
    cache.layers[0].key.codes.append(torch.zeros(1, KV_HEADS, 1, 64 * HEAD_SIZE, dtype=torch.uint8))
    assert cache.length == 60
    update(cache, tokens[:, :, :, :, 60:])
    assert (held(cache) - tokens).abs().max() <= half_a_step(8)


def test_many_groups_are_turned_back_in_blocks(monkeypatch):
    cache = make(INT8)
    update(cache, draw(64 * 7 + 3))
    expected = held(cache)
    monkeypatch.setattr(quantised_cache, "_BLOCK_GROUPS", 3)
    assert torch.equal(held(cache), expected)


@pytest.mark.parametrize(("bits", "bits_a_number"), [(8, 8.5), (4, 4.5)])
def test_a_quantised_cache_takes_a_step_and_a_low_of_16_bits_for_64_numbers(bits, bits_a_number):
    cache = make(
        partial(QuantisedKeyValueCache, bits=bits),
        capacity_tokens=640,
        dtype=torch.bfloat16,
        head_size=128,
    )
    assert cache.bytes_held == LAYERS * 2 * KV_HEADS * 640 * 128 * bits_a_number / 8
    # The two tokens that fill no group.
    update(cache, draw(66, dtype=torch.bfloat16, head_size=128))
    newest = LAYERS * 2 * KV_HEADS * 2 * 128 * 2
    assert cache.bytes_held == LAYERS * 2 * KV_HEADS * 640 * 128 * bits_a_number / 8 + newest


@pytest.mark.parametrize(("bits", "most"), [(8, 0.01), (4, 0.15)])
def test_outlying_channels_of_the_keys_cost_little_by_channel_and_much_by_token(bits, most):
    """The table in the module's docstring, first line, without the rotation."""
    generator = torch.Generator().manual_seed(0)
    shape = 1, KV_HEADS, 1024, 128
    key, value = (torch.randn(shape, generator=generator) for _ in range(2))
    key[..., [3, 40, 77, 120]] += torch.tensor([20.0, -40.0, 70.0, -100.0])
    query = torch.randn(1, 8, 16, 128, generator=generator)
    key, value, query = (tensor.bfloat16() for tensor in (key, value, query))
    exact = attend(query.double(), key.double(), value.double(), scaling=128**-0.5)

    def loss(key, value):
        output = attend(query.double(), key.double(), value.double(), scaling=128**-0.5)
        return float((output - exact).norm() / exact.norm())

    cache = make(partial(QuantisedKeyValueCache, bits=bits), dtype=torch.bfloat16, head_size=128)
    cache.update(0, key, value)
    by_channel = cache.update(0, key[:, :, :0], value[:, :, :0])
    by_token = dequantise(*quantise(key.unflatten(3, (2, 64)), bits), bits).flatten(3)
    assert loss(*by_channel) < most
    assert loss(by_token, by_channel[1]) > 10 * loss(*by_channel)


@pytest.mark.parametrize(("bits", "head_size"), [(2, 8), (16, 8), (8, 7)])
def test_a_cache_that_cannot_be_had_is_refused(bits, head_size):
    with pytest.raises(ValueError, match=f"no cache of {bits} bits for heads of {head_size} feat"):
        make(partial(QuantisedKeyValueCache, bits=bits), head_size=head_size)


@pytest.mark.parametrize(("quantisation", "bits"), [(None, None), ("int8", 8), ("int4", 4)])
def test_a_cache_is_made_as_the_setting_names_it(quantisation, bits):
    cache = make(partial(make_cache, quantisation))
    assert getattr(cache, "bits", None) == bits
    update(cache, draw(70))
    assert cache.length == 70
