"""Packed forward passes against plain transformers, and what they take of memory."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2MoeConfig,
    Qwen2MoeForCausalLM,
)

from model.dual_chunk import DualChunk
from model.errors import WeightsError
from model.network import PackedQwen2, Part, PlainNetwork, make_network
from model.yarn import PLAIN, RopeScaling
from tests.tiny import CONTEXT_TOKENS

DOCUMENT = [7 * place % 390 for place in range(300)]
SCALINGS = [PLAIN, RopeScaling(4.0), RopeScaling(2.0, DualChunk(96, 128))]
SHAPE = {
    "vocab_size": 400,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT_TOKENS,
    "initializer_range": 0.3,
}


@pytest.fixture(scope="module")
def packed(tiny_folder):
    return PackedQwen2(AutoModelForCausalLM.from_pretrained(tiny_folder), CONTEXT_TOKENS)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_sliced_prefill_has_the_logits_of_one_pass(packed, scaling):
    whole = packed.read([Part(DOCUMENT, packed.new_cache(300), scaling)])
    for size in (1, 50, 97):
        cache = packed.new_cache(300)
        for place in range(0, 300, size):
            sliced = packed.read([Part(DOCUMENT[place : place + size], cache, scaling)])
        torch.testing.assert_close(sliced, whole, rtol=2e-3, atol=2e-3)


def test_parts_of_one_pass_do_not_see_each_other_and_keep_their_own_scalings(packed):
    prompts = [DOCUMENT[:200], DOCUMENT[50:90], [3], DOCUMENT[100:250]]
    scalings = [*SCALINGS, PLAIN]
    pairs = list(zip(prompts, scalings, strict=True))
    parts = [Part(prompt, packed.new_cache(len(prompt)), scaling) for prompt, scaling in pairs]
    together = packed.read(parts)
    for row, (prompt, scaling) in zip(together, pairs, strict=True):
        expected = packed.read([Part(prompt, packed.new_cache(len(prompt)), scaling)])[0]
        torch.testing.assert_close(row, expected, rtol=2e-3, atol=2e-3)


class Largest(TorchDispatchMode):
    """Notes the most bytes of any tensor that is made, apart from those of a cache."""

    def __init__(self, cache):
        super().__init__()
        nothing = torch.empty(1, 2, 0, 16)
        held = [tensor for layer in range(3) for tensor in cache.update(layer, nothing, nothing)]
        self.cache = {tensor.untyped_storage().data_ptr() for tensor in held}
        self.most_bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for made in result if isinstance(result, tuple | list) else [result]:
            if isinstance(made, torch.Tensor):
                storage = made.untyped_storage()
                if storage.data_ptr() not in self.cache:
                    self.most_bytes = max(self.most_bytes, storage.nbytes())
        return result


@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_memory_of_a_pass_does_not_grow_with_the_prompt(packed, scaling):
    most = []
    for tokens in (256, 2048):
        cache = packed.new_cache(tokens)
        with Largest(cache) as largest:
            for _ in range(0, tokens, 64):
                packed.read([Part([1] * 64, cache, scaling)])
        most.append(largest.most_bytes)
    assert most[0] == most[1] < 2048 * 64 * 4  # less than one number a token and feature


def read(network, tokens, size=300):
    cache = network.new_cache(len(tokens))
    for place in range(0, len(tokens), size):
        logits = network.read([Part(tokens[place : place + size], cache)])
    return logits[0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_mixture_of_experts_is_packed_too(dtype):
    torch.manual_seed(3)
    config = Qwen2MoeConfig(**SHAPE, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=48)
    model = Qwen2MoeForCausalLM._from_config(config, dtype=dtype).eval()
    with torch.inference_mode():
        expected = model(torch.tensor([DOCUMENT])).logits[0, -1].float()
    network = make_network(model, CONTEXT_TOKENS)
    assert isinstance(network, PackedQwen2)
    tolerance = 2e-3 if dtype == torch.float32 else 0.3
    for size in (300, 64):
        torch.testing.assert_close(
            read(network, DOCUMENT, size), expected, rtol=tolerance, atol=tolerance
        )


@pytest.mark.parametrize(
    "model",
    [
        lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
        # Attends to the last 50 tokens only in some layers, which packs do not know.
        lambda: Qwen2ForCausalLM(
            Qwen2Config(**SHAPE, use_sliding_window=True, sliding_window=50, max_window_layers=1)
        ),
        lambda: Qwen2ForCausalLM(
            Qwen2Config(**SHAPE, rope_parameters={"rope_type": "linear", "factor": 2.0})
        ),
    ],
    ids=["llama", "sliding window", "other scaling"],
)
def test_what_packs_cannot_do_is_left_to_transformers(model):
    torch.manual_seed(3)
    model = model().eval()
    with torch.inference_mode():
        expected = model(torch.tensor([DOCUMENT])).logits[0, -1]
    network = make_network(model, CONTEXT_TOKENS)
    assert isinstance(network, PlainNetwork)
    for size in (300, 64):
        torch.testing.assert_close(read(network, DOCUMENT, size), expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize(("quantisation", "nearest"), [("int8", 0.99), ("int4", 0.9)])
def test_quantised_keys_and_values_change_the_logits_little_and_take_less(
    tiny_folder, packed, quantisation, nearest
):
    network = PackedQwen2(
        AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.bfloat16),
        CONTEXT_TOKENS,
        cache_quantisation=quantisation,
    )
    expected = read(packed, DOCUMENT)
    assert torch.cosine_similarity(read(network, DOCUMENT, 50), expected, dim=0) > nearest
    assert network.cache_bytes(4096) == network.new_cache(4096).bytes_held
    full, less = (each.new_cache(4096).bytes_held for each in (packed, network))
    assert less < full / 2 * {"int8": 0.65, "int4": 0.4}[quantisation]  # packed is float32


def test_other_models_have_no_quantised_cache():
    with pytest.raises(WeightsError, match="int8 for a llama model"):
        make_network(LlamaForCausalLM(LlamaConfig(**SHAPE)), 512, cache_quantisation="int8")
