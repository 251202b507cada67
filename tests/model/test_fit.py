"""What a model is said to need, against what torch and bitsandbytes really take for it."""

import gc
import weakref
from contextlib import contextmanager
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import (
    DynamicCache,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2MoeConfig,
    Qwen2MoeForCausalLM,
)

from model.catalog import Shape, find
from model.fit import GIB, RESERVE_BYTES, Machine, Memory, best_of, fit, fit_size
from model.folder import check_folder, fit_checkpoint
from model.load import load
from model.needs import (
    Tensor,
    cache_bytes_per_token,
    qwen2_tensors,
    slice_activation_bytes,
    weight_bytes,
)
from tests.tiny import make_tokenizer

DENSE = Shape(3, 128, 256, 4, 2, 32, 400, tied_embeddings=True)
MIXTURE = Shape(2, 128, 256, 4, 2, 32, 400, False, 4, 2, 64, 192)


def build(shape, **settings):
    """Build a random Qwen2 of this shape."""
    settings |= {
        "vocab_size": shape.vocabulary_size,
        "hidden_size": shape.hidden_size,
        "intermediate_size": shape.intermediate_size,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.attention_heads,
        "num_key_value_heads": shape.key_value_heads,
        "tie_word_embeddings": shape.tied_embeddings,
        "max_position_embeddings": 4096,
    }
    torch.manual_seed(1)
    if not shape.experts:
        return Qwen2ForCausalLM(Qwen2Config(**settings)).eval()
    settings |= {
        "num_experts": shape.experts,
        "num_experts_per_tok": shape.experts_per_token,
        "moe_intermediate_size": shape.expert_size,
        "shared_expert_intermediate_size": shape.shared_expert_size,
    }
    return Qwen2MoeForCausalLM(Qwen2MoeConfig(**settings)).eval()


@pytest.fixture(scope="module", params=[DENSE, MIXTURE], ids=["dense", "mixture"])
def saved(request, tmp_path_factory):
    """A shape, and a folder with a random model of it in float32."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("shape")
    build(request.param).save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return request.param, folder


def held_bytes(network):
    """Count the bytes of all weights in memory, with the constants of their quantisation."""
    tensors = []
    for weight in network.parameters():
        tensors += [weight.data, getattr(weight, "SCB", None)]
        state = getattr(weight, "quant_state", None)
        if state is not None:
            tensors += [state.absmax, state.code, state.offset]
            tensors += [state.state2.absmax, state.state2.code]
    stores = [tensor.untyped_storage() for tensor in tensors if tensor is not None]
    return sum({store.data_ptr(): store.nbytes() for store in stores}.values())


@pytest.mark.parametrize("form", ["float32", "bfloat16", "int8", "nf4"])
def test_weights_take_the_bytes_that_are_really_allocated(saved, form):
    shape, folder = saved
    if form in {"int8", "nf4"}:
        pytest.importorskip("bitsandbytes")
        loaded = load(folder, device="cpu", quantisation=form)
    else:
        loaded = load(folder, device="cpu", dtype=getattr(torch, form))
    held = held_bytes(loaded.engine.network.model)
    assert weight_bytes(qwen2_tensors(shape), form) == held
    # What the files say gives the same bytes as the shape; experts are saved one by one or stacked.
    assert weight_bytes(check_folder(folder).tensors, form) == held


def test_a_shape_names_the_tensors_of_the_dense_checkpoint(saved):
    shape, folder = saved
    if not shape.experts:
        assert set(check_folder(folder).tensors) == set(qwen2_tensors(shape))


def test_an_output_matrix_and_experts_are_not_quantised():
    kept = [
        Tensor("lm_head.weight", (64, 64)),
        Tensor("model.embed_tokens.weight", (64, 64)),
        Tensor("model.layers.0.mlp.experts.0.up_proj.weight", (64, 64)),
        Tensor("model.layers.0.mlp.gate.weight", (64, 64)),
        Tensor("model.norm.weight", (4096,)),
    ]
    for form in ("bfloat16", "int8", "nf4"):
        assert weight_bytes(kept, form) == 2 * 5 * 4096


@pytest.mark.parametrize("form", ["float32", "bfloat16"])
def test_the_cache_takes_the_bytes_that_are_really_allocated(form):
    network = build(DENSE).to(getattr(torch, form))
    cache = DynamicCache(config=network.config)
    with torch.inference_mode():
        network(torch.arange(100)[None], past_key_values=cache, logits_to_keep=1)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert cache_bytes_per_token(DENSE, form) * 100 == held


@pytest.mark.parametrize(("form", "bits"), [("int8", 8), ("int4", 4)])
def test_the_quantised_cache_keeps_a_scale_and_a_zero_for_64_numbers(form, bits):
    shape = find("qwen2-7b").shape
    tokens, numbers = 64, 2 * shape.layers * shape.key_value_heads * shape.head_size
    packed = torch.empty(tokens * numbers * bits // 8, dtype=torch.uint8)
    constants = torch.empty(2, tokens * numbers // 64, dtype=torch.bfloat16)
    assert cache_bytes_per_token(shape, form) * tokens == packed.nbytes + constants.nbytes


@pytest.mark.parametrize(
    ("size", "kib_a_token", "gib_at_131072"), [("qwen2-7b", 56, 7), ("qwen2-72b", 320, 40)]
)
def test_the_cache_of_the_large_sizes_is_as_published(size, kib_a_token, gib_at_131072):
    per_token = cache_bytes_per_token(find(size).shape, "bfloat16")
    assert per_token == kib_a_token * 2**10
    assert per_token * 131_072 == gib_at_131072 * GIB


class Peak(TorchDispatchMode):
    """Adds up the bytes of the tensors that operations make, while anything refers to them."""

    def __init__(self):
        super().__init__()
        self.now = self.most = 0
        self.users = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, tuple | list) else [made]:
            if isinstance(tensor, torch.Tensor):
                self.watch(tensor)
        self.most = max(self.most, self.now)
        return made

    def watch(self, tensor):
        place, size = tensor.untyped_storage().data_ptr(), tensor.untyped_storage().nbytes()
        if place not in self.users:
            self.users[place] = 0
            self.now += size
        self.users[place] += 1
        weakref.finalize(tensor, self.leave, place, size)

    def leave(self, place, size):
        self.users[place] -= 1
        if not self.users[place]:
            del self.users[place]
            self.now -= size


@contextmanager
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    "shape",
    [
        Shape(2, 128, 700, 4, 2, 32, 400, tied_embeddings=True),  # as 7B: 5.3 times as wide
        Shape(2, 128, 256, 4, 2, 32, 400, tied_embeddings=True),
        Shape(2, 128, 256, 4, 2, 32, 400, False, 4, 2, 64, 600),
        Shape(2, 128, 256, 4, 2, 32, 400, False, 8, 4, 256, 600),
    ],
    ids=["wide", "narrow", "shared-expert", "routed-experts"],
)
def test_activations_cover_what_a_slice_really_leaves_standing(shape):
    tokens = 1024
    network = build(shape).to(torch.bfloat16)
    peak = Peak()
    with torch.inference_mode(), no_collector(), peak:
        # Without a cache, which is counted apart.
        network(torch.arange(tokens)[None] % 400, logits_to_keep=1, use_cache=False)
    # For a mixture of experts transformers makes a mask, one byte for each pair of tokens.
    most = peak.most - (tokens * tokens if shape.experts else 0)
    said = slice_activation_bytes(shape, tokens, 2)
    assert (
        0.99 * most < said < 1.3 * most
    )  # some indices and the mask of the prompt are not counted


def gpus(*free_gib):
    return Machine(tuple(Memory("H100", int(f * GIB), 80 * GIB) for f in free_gib), has_gpu=True)


def main(free_gib):
    return Machine((Memory("main memory", int(free_gib * GIB), 64 * GIB),), has_gpu=False)


def test_the_sentence_has_all_the_numbers_in_gib():
    found = fit_size(find("qwen2-7b"), gpus(79), weights="bfloat16", context_tokens=131_072)
    # 15,231,233,024 bytes of weights are 14.2 GiB; 56 KiB for each of 131,072 tokens are 7.0 GiB.
    assert found.sentence == (
        "Qwen2-7B bf16 at 131,072 tokens needs 14.2 + 7.0 GiB of weights and cache and 0.5 GiB to "
        "work in, of the 78.0 GiB usable on one H100: it fits"
    )
    assert (found.weight_bytes, found.cache_bytes) == (15_231_233_024, 7 * GIB)


def test_what_does_not_fit_says_how_far_it_would():
    found = fit_size(find("qwen2-7b"), main(18), weights="bfloat16", context_tokens=131_072)
    assert not found.fits
    assert 40_000 < found.largest_context_tokens < 52_000  # (17 - 14.2 - 0.1) GiB / 58 KiB
    assert found.sentence.endswith(
        f"of the 17.0 GiB usable in main memory: it fits up to "
        f"{found.largest_context_tokens:,} tokens"
    )
    none = fit_size(find("qwen2-72b"), main(18), weights="nf4", context_tokens=4096)
    assert none.sentence.endswith("it does not fit at any length")
    assert none.largest_context_tokens == 0


@given(
    free=st.floats(0, 200),
    size=st.sampled_from(["qwen2-0.5b", "qwen2-7b", "qwen2-72b"]),
    weights=st.sampled_from(["bfloat16", "int8", "nf4"]),
    cache=st.sampled_from(["float32", "bfloat16", "int8", "int4"]),
    count=st.integers(1, 4),
)
def test_the_largest_context_fits_and_one_token_more_does_not(free, size, weights, cache, count):
    entry, machine = find(size), gpus(*[free] * count)

    def at(tokens):
        return fit_size(entry, machine, weights=weights, context_tokens=tokens, cache=cache)

    # The same however much is asked for.
    assert at(1).largest_context_tokens == at(10**6).largest_context_tokens
    largest = at(1).largest_context_tokens
    assert largest <= entry.extended_context_tokens
    if largest:
        assert at(largest).fits
    if largest < entry.extended_context_tokens:
        assert not at(largest + 1).fits


def test_less_exact_forms_need_less():
    sizes = [
        fit_size(find("qwen2-7b"), gpus(79), weights=form, context_tokens=1).weight_bytes
        for form in ("float32", "bfloat16", "int8", "nf4")
    ]
    assert all(more > less for more, less in pairwise(sizes))
    # Nf4 is a little over half a byte for 6.5 of the 7.6 billion numbers, and two for the rest.
    assert 0.51 * 6.5e9 + 2 * 1.1e9 < sizes[-1] < 0.53 * 6.6e9 + 2 * 1.1e9


def test_one_gpu_is_taken_where_it_is_enough_and_all_where_it_is_not():
    one = fit_size(find("qwen2-7b"), gpus(20, 79), weights="bfloat16", context_tokens=32_768)
    assert (one.memories_used, one.available_bytes) == (1, 79 * GIB - RESERVE_BYTES)
    large = fit_size(find("qwen2-72b"), gpus(*[79] * 4), weights="bfloat16", context_tokens=131_072)
    assert large.fits
    assert large.memories_used == 4
    assert large.where == "on 4 GPUs"
    # Of each GPU a reserve is kept, and each but one may be left with a gap of one block: a layer
    # or the embeddings, 152,064 x 8,192 numbers.
    gaps = 3 * 2 * 152_064 * 8192
    assert large.available_bytes == 4 * (79 * GIB - RESERVE_BYTES) - gaps
    two = fit_size(find("qwen2-72b"), gpus(79, 79), weights="bfloat16", context_tokens=131_072)
    assert not two.fits


def test_a_gpu_that_is_in_use_gives_nothing():
    found = fit_size(find("qwen2-0.5b"), gpus(0.5), weights="bfloat16", context_tokens=1)
    assert (found.available_bytes, found.largest_context_tokens) == (0, 0)


def test_a_processor_reads_in_smaller_slices_than_a_gpu():
    def activations(machine):
        return fit_size(
            find("qwen2-7b"), machine, weights="bfloat16", context_tokens=0
        ).activation_bytes

    logits = 152_064 * 6  # one position, as computed and in float32
    assert activations(gpus(79)) - logits == 4 * (activations(main(64)) - logits)


def test_the_first_form_that_fits_is_the_best_else_the_one_with_the_longest_context():
    def forms(free):
        return [
            fit_size(find("qwen2-7b"), main(free), weights=form, context_tokens=32_768)
            for form in ("bfloat16", "int8", "nf4")
        ]

    assert [best_of(forms(free)).weights for free in (30, 12, 8)] == ["bfloat16", "int8", "nf4"]
    assert best_of(forms(6.5)).weights == "nf4"
    assert 0 < best_of(forms(6.5)).largest_context_tokens < 32_768
    assert best_of(forms(1)).weights == "nf4"


def test_a_checkpoint_of_another_size_than_its_name_is_taken_as_it_is():
    tensors = [Tensor("model.layers.0.mlp.up_proj.weight", (1024, 1024))]
    found = fit(
        "x", DENSE, tensors, main(8), weights="nf4", context_tokens=8, most_context_tokens=8
    )
    # Half a byte each, a byte for 64, a float32 for 256 of those, and the tables.
    assert found.weight_bytes == 2**19 + 2**14 + 2**8 + 4 * (16 + 256 + 1)


def test_a_quantised_cache_is_counted_for_a_model_that_is_here(tiny_folder):
    checkpoint, memory = check_folder(tiny_folder), Memory("main memory", 2**40, 2**40)
    machine = Machine((memory,), has_gpu=False)
    sizes = [
        fit_checkpoint(
            checkpoint, machine, name="tiny", weights=weights, context_tokens=1024, cache=cache
        ).cache_bytes
        for weights, cache in (("float32", None), ("bfloat16", None), ("bfloat16", "int8"))
    ]
    # 3 layers, keys and values, 2 heads of 16: 4 bytes, 2 bytes, 1 byte and 4 a group of 64.
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[:2] == [1024 * 192 * 4, 1024 * 192 * 2]
