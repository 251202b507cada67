"""YARN by need: a factor switched to is the factor loaded, and the smallest that holds the text."""

import json

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from model.dual_chunk import DualChunk
from model.network import PackedQwen2, Part
from model.yarn import PLAIN, RopeScaling, choose_scaling
from tests.tiny import CONTEXT_TOKENS

TOKENS = [7 * place % 390 for place in range(900)]


def load_with(folder, factor):
    """Plain transformers, loaded with the factor in its configuration, as a model card says."""
    config = AutoConfig.from_pretrained(folder)
    if factor is not None:
        config.rope_parameters = {
            "rope_type": "yarn",
            "factor": factor,
            "original_max_position_embeddings": CONTEXT_TOKENS,
            "rope_theta": config.rope_parameters["rope_theta"],
        }
    return AutoModelForCausalLM.from_pretrained(folder, config=config).eval()


@pytest.fixture(scope="module")
def switched(tiny_folder):
    """One loaded model, for every factor."""
    return PackedQwen2(load_with(tiny_folder, None), CONTEXT_TOKENS)


def read(network, scaling):
    return network.read([Part(TOKENS, network.new_cache(len(TOKENS)), scaling)])[0]


@torch.inference_mode()
def native(folder, factor):
    return load_with(folder, factor)(torch.tensor([TOKENS]), logits_to_keep=1).logits[0, -1]


@pytest.mark.parametrize("factor", [1.5, 2.0, 4.0])
def test_a_factor_switched_to_at_run_time_is_the_factor_loaded(tiny_folder, switched, factor):
    expected = native(tiny_folder, factor)
    got = read(switched, RopeScaling(factor))
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(got, read(switched, PLAIN), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("factor", [None, 1.0])
def test_factor_one_is_the_unscaled_model_also_after_other_factors(tiny_folder, switched, factor):
    read(switched, RopeScaling(4.0))
    got = read(switched, RopeScaling(1.0))
    torch.testing.assert_close(got, native(tiny_folder, factor), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("factor", [None, 1.5, 2.0, 4.0])
def test_the_tables_are_those_of_transformers_to_the_bit(tiny_folder, switched, factor):
    positions = torch.tensor([[0, 1, 17, 511, 512, 2047]])
    hidden = torch.zeros(1, 6, 1)
    switched.rotary.parts = [(RopeScaling(factor or 1.0), 6)]
    expected = load_with(tiny_folder, factor).model.rotary_emb(hidden, positions)
    for got, wanted in zip(switched.rotary(hidden, positions), expected, strict=True):
        assert torch.equal(got, wanted)


def test_a_folder_that_has_yarn_switched_on_for_good_is_read_by_need(tiny_folder, tmp_path):
    config = json.loads((tiny_folder / "config.json").read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]  # as published
    config["rope_scaling"] = {
        "type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": CONTEXT_TOKENS,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").symlink_to(tiny_folder / "model.safetensors")
    network = PackedQwen2(AutoModelForCausalLM.from_pretrained(tmp_path), CONTEXT_TOKENS)
    got = read(network, PLAIN)
    torch.testing.assert_close(got, native(tiny_folder, None), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("tokens", "factor"),
    [
        (1, 1.0),
        (32_768, 1.0),
        (32_769, 1.5),
        (49_152, 1.5),
        (49_153, 2.0),
        (65_536, 2.0),
        (81_920, 2.5),
        (131_072, 4.0),
    ],
)
def test_the_factor_is_the_smallest_that_holds_prompt_and_answer(tokens, factor):
    assert choose_scaling(tokens, 32_768, "yarn") == RopeScaling(factor)


def test_dual_chunks_leave_the_frequencies_and_take_the_attention_factor_of_yarn():
    assert choose_scaling(32_768, 32_768, "dual_chunk") == PLAIN
    scaling = choose_scaling(131_072, 32_768, "dual_chunk")
    assert scaling == RopeScaling(4.0, DualChunk(chunk_tokens=24_576, window_tokens=32_768))
    assert scaling.interpolation == 1.0
    assert scaling.attention_factor == pytest.approx(1.1386, abs=1e-4)  # the model card's
