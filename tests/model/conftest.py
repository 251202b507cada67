"""A tiny random Qwen2 on disk and in memory, made once for all tests."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from model.load import load
from model.qwen2 import ChatQwen2
from tests.tiny import make_qwen2


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory):
    # Two threads on a shared machine spend their time waiting for each other.
    torch.set_num_threads(1)
    return make_qwen2(tmp_path_factory.mktemp("tiny") / "Tiny-Qwen2")


@pytest.fixture(scope="session")
def weights(tiny_folder):
    return load(tiny_folder, device="cpu")


@pytest.fixture(scope="session")
def oracle(tiny_folder):
    """The same weights in plain transformers."""
    return AutoModelForCausalLM.from_pretrained(tiny_folder).eval()


@pytest.fixture
def chat(weights):
    weights.engine.prefixes.clear()  # what other tests left would not be read again
    return ChatQwen2(weights=weights, max_tokens=24)
