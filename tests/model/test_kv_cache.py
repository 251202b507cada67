"""One contract for every cache, against keys and values joined by `torch.cat`."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.kv_cache import KeyValueCache

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


def held(cache):
    return update(cache, draw(0, dtype=torch.float32))


KINDS = [KeyValueCache]


@pytest.mark.parametrize("kind", KINDS)
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
        for more in draw(70):  # nothing of what was refused is left behind
            key, _ = cache.update(0, *more)
            assert torch.equal(key[:, :, -70:], more[0])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("update"), st.sampled_from([1, 2, 40, 63, 64, 65, 150])),
        st.tuples(st.sampled_from(["crop", "copy"]), st.floats(0, 1)),
        st.tuples(st.just("reserve"), st.integers(0, 300)),
        st.tuples(st.just("to"), st.just("cpu")),
    ),
    max_size=10,
)


def play(cache, steps, dtype, each):
    """Take the steps with a cache and the oracle; call `each(step, held, expected)` after each."""
    oracle = Joined(draw(0, dtype=dtype))
    for seed, (name, argument) in enumerate(steps):
        more = draw(0, dtype=dtype)
        if name == "update":
            more = draw(argument, seed=seed, dtype=dtype)
        elif name in ("crop", "copy"):
            length = round(argument * cache.length)
            oracle.crop(length)
            if name == "crop":
                cache.crop(length)
            else:
                cache = cache.copy(length, 2 * length)
        else:
            getattr(cache, name)(argument)
        oracle.update(more)
        each(name, update(cache, more), oracle.tensor)
        assert cache.length == oracle.tensor.shape[4]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@given(steps=STEPS)
def test_the_plain_cache_holds_exactly_what_was_put_in(dtype, steps):
    def same(_step, held, expected):
        assert held.dtype == dtype
        assert torch.equal(held, expected)

    play(make(KeyValueCache, dtype=dtype), steps, dtype, same)


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
