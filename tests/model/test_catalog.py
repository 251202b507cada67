"""The catalog against the published shapes, built by transformers without their weights."""

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2MoeConfig, Qwen2MoeForCausalLM

from model.catalog import QWEN2_INSTRUCT

# Source: config.json of each model on the Hugging Face hub.
PUBLISHED = {
    "0.5B": {
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "vocab_size": 151_936,
        "tie_word_embeddings": True,
    },
    "1.5B": {
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
        "vocab_size": 151_936,
        "tie_word_embeddings": True,
    },
    "7B": {
        "hidden_size": 3584,
        "intermediate_size": 18_944,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "vocab_size": 152_064,
        "tie_word_embeddings": False,
    },
    "57B-A14B": {
        "hidden_size": 3584,
        "intermediate_size": 18_944,
        "moe_intermediate_size": 2560,
        "shared_expert_intermediate_size": 20_480,
        "num_experts": 64,
        "num_experts_per_tok": 8,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "vocab_size": 151_936,
        "tie_word_embeddings": False,
    },
    "72B": {
        "hidden_size": 8192,
        "intermediate_size": 29_568,
        "num_hidden_layers": 80,
        "num_attention_heads": 64,
        "num_key_value_heads": 8,
        "vocab_size": 152_064,
        "tie_word_embeddings": False,
    },
}


@pytest.mark.parametrize("size", PUBLISHED)
def test_every_size_has_the_parameters_and_the_shape_that_were_published(size):
    [entry] = [entry for entry in QWEN2_INSTRUCT if entry.hub_name == f"Qwen/Qwen2-{size}-Instruct"]
    shape = PUBLISHED[size]
    mixture = "num_experts" in shape
    config = (Qwen2MoeConfig if mixture else Qwen2Config)(**shape)
    with torch.device("meta"):
        network = (Qwen2MoeForCausalLM if mixture else Qwen2ForCausalLM)(config)
    assert entry.parameters == sum(weight.numel() for weight in network.parameters())
    assert entry.weight_bytes == 2 * entry.parameters
    assert entry.layers == shape["num_hidden_layers"]
    assert entry.key_value_heads == shape["num_key_value_heads"]
    assert entry.head_size == shape["hidden_size"] // shape["num_attention_heads"]


def test_the_largest_comes_first_because_the_first_that_fits_is_taken():
    sizes = [entry.parameters for entry in QWEN2_INSTRUCT]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == len(PUBLISHED)
