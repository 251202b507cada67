"""The catalogue against the published configurations, built by transformers without their weights.

`configs/` holds the config.json of each Qwen2-Instruct size. The hub was out of reach when they
were written: the values are those of table 1 of the Qwen2 technical report (arXiv 2407.10671), of
the model cards and of copies of the files in public repositories.
"""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from model.catalog import QWEN2_INSTRUCT, Shape, extended_context, find, match

CONFIGS = {path.stem: path for path in Path(__file__).parent.glob("configs/*.json")}
ENTRIES = {entry.hub_name.removeprefix("Qwen/Qwen2-"): entry for entry in QWEN2_INSTRUCT}
ENTRIES = {name.removesuffix("-Instruct"): entry for name, entry in ENTRIES.items()}


def published(size):
    return json.loads(CONFIGS[size].read_text())


def test_every_size_has_its_published_configuration():
    assert set(CONFIGS) == set(ENTRIES) == {"0.5B", "1.5B", "7B", "57B-A14B", "72B"}


@pytest.mark.parametrize("size", CONFIGS)
def test_transformers_reads_the_configuration_as_the_catalogue_has_it(size):
    entry, shape = ENTRIES[size], ENTRIES[size].shape
    config = AutoConfig.from_pretrained(CONFIGS[size])
    assert config.model_type == entry.model_type
    assert config.num_hidden_layers == shape.layers
    assert config.hidden_size == shape.hidden_size
    assert config.intermediate_size == shape.intermediate_size
    assert config.num_attention_heads == shape.attention_heads
    assert config.num_key_value_heads == shape.key_value_heads
    assert config.hidden_size // config.num_attention_heads == shape.head_size
    assert config.vocab_size == shape.vocabulary_size
    assert config.tie_word_embeddings == shape.tied_embeddings
    assert config.max_position_embeddings == entry.native_context_tokens == 32_768
    assert config.rope_parameters == {"rope_type": "default", "rope_theta": 1_000_000.0}
    assert Shape.from_config(published(size)) == Shape.from_config(config.to_dict()) == shape


@pytest.mark.parametrize("size", CONFIGS)
def test_the_architecture_has_the_parameters_the_catalogue_says(size):
    config = AutoConfig.from_pretrained(CONFIGS[size])
    with torch.device("meta"):
        network = AutoModelForCausalLM.from_config(config)
    assert ENTRIES[size].parameters == sum(weight.numel() for weight in network.parameters())


@pytest.mark.parametrize(
    ("size", "head_size", "extended", "licence", "gigabytes"),
    [  # by table 1 and the model cards; gigabytes as the hub shows them for the weights
        ("0.5B", 64, 32_768, "Apache-2.0", 0.99),
        ("1.5B", 128, 32_768, "Apache-2.0", 3.09),
        ("7B", 128, 131_072, "Apache-2.0", 15.2),
        ("57B-A14B", 128, 65_536, "Apache-2.0", 114.8),
        ("72B", 128, 131_072, "Tongyi Qianwen License Agreement", 145.4),
    ],
)
def test_each_size_has_what_its_card_documents(size, head_size, extended, licence, gigabytes):
    entry = ENTRIES[size]
    assert entry.shape.head_size == head_size
    assert (entry.extended_context_tokens, entry.licence) == (extended, licence)
    assert entry.download_bytes / 1e9 == pytest.approx(gigabytes, abs=0.06)


def test_the_largest_comes_first_because_the_first_that_fits_is_taken():
    sizes = [entry.parameters for entry in QWEN2_INSTRUCT]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("size", ENTRIES)
def test_a_size_is_found_by_alias_and_by_hub_name_in_any_case(size):
    entry = ENTRIES[size]
    assert entry.alias == f"qwen2-{size.lower()}"
    for name in (entry.alias, entry.alias.upper(), entry.hub_name, entry.hub_name.lower()):
        assert find(name) is entry


def test_other_names_are_not_found():
    for name in ("", "qwen2", "qwen2-7", "Qwen/Qwen2-7B", "Qwen/Qwen2.5-7B-Instruct"):
        assert find(name) is None


@pytest.mark.parametrize("size", CONFIGS)
def test_a_configuration_is_known_by_its_shape_and_gets_its_documented_context(size):
    entry = ENTRIES[size]
    assert match(published(size)) is entry
    assert extended_context(published(size), 32_768) == entry.extended_context_tokens
    # A fine-tuned copy with a longer window of its own keeps it.
    assert extended_context(published(size), 1_010_000) == 1_010_000


def test_an_unknown_qwen2_gets_four_windows_and_another_architecture_its_own():
    other = published("7B") | {"num_hidden_layers": 3}
    assert match(other) is None
    assert extended_context(other, 512) == 2048
    assert extended_context(other | {"model_type": "llama"}, 512) == 512
    # The same numbers in another architecture are another model.
    assert match(published("7B") | {"model_type": "llama"}) is None


@pytest.mark.parametrize("config", [{}, {"num_attention_heads": 0}, {"num_attention_heads": "x"}])
def test_a_configuration_that_says_no_sizes_has_no_shape(config):
    assert Shape.from_config(config | {"hidden_size": 8, "num_hidden_layers": 1}) is None
    assert match(config) is None


@pytest.mark.parametrize("change", [{"num_hidden_layers": "28"}, {"hidden_size": -3584}])
def test_a_configuration_of_sizes_that_are_none_says_too_little(change):
    assert Shape.from_config(published("7B") | change) is None
