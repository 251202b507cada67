"""What servers say about the window they really run with."""

import pytest

from model.server import connect
from tests.model.openai_server import running

NAME = "Qwen/Qwen2-7B-Instruct"


@pytest.fixture(scope="module")
def one_server():
    with running() as server:
        yield server


@pytest.fixture
def server(one_server):
    return one_server.reset()


# The forms of vLLM, SGLang, OpenRouter and Groq; then what is no size of a window in use.
@pytest.mark.parametrize(
    ("listed", "context_tokens"),
    [
        ({"max_model_len": 32768, "owned_by": "vllm"}, 32768),
        ({"max_model_len": 131072, "owned_by": "sglang"}, 131072),
        ({"context_length": 65536}, 65536),
        ({"context_window": 8192}, 8192),
        ({"meta": {"n_ctx_train": 32768}, "owned_by": "llamacpp"}, None),
        ({"max_model_len": None}, None),
        ({"max_model_len": 0}, None),
        ({"max_model_len": "large"}, None),
        ({}, None),
    ],
)
def test_a_list_that_says_the_window_is_believed(server, listed, context_tokens):
    url, behaviour = server
    behaviour.listed = listed
    chat = connect(url)
    assert chat.context_tokens == context_tokens
    assert chat.profile.get("max_input_tokens") == context_tokens


@pytest.mark.parametrize(
    ("pages", "context_tokens"),
    [
        # llama.cpp: the slot, not the training
        ({"/props": {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 4}}, 8192),
        ({"/props": {"default_generation_settings": {"n_ctx": 0}}}, None),
        ({"/props": {"role": "router"}}, None),
        # Ollama: what is loaded, else what the Modelfile sets; never what was trained
        ({"/api/ps": {"models": [{"name": NAME, "context_length": 4096}]}}, 4096),
        ({"/api/ps": {"models": [{"name": f"{NAME}:latest", "context_length": 4096}]}}, 4096),
        ({"/api/ps": {"models": [{"name": "other", "context_length": 4096}]}}, None),
        (
            {
                "/api/ps": {"models": []},
                "/api/show": {
                    "parameters": 'stop    "<|im_end|>"\nnum_ctx    16384',
                    "model_info": {"qwen2.context_length": 131072},
                },
            },
            16384,
        ),
        (
            {
                "/api/ps": {"models": []},
                "/api/show": {"model_info": {"qwen2.context_length": 131072}},
            },
            None,
        ),
        # LM Studio
        ({"/api/v0/models/Qwen%2FQwen2-7B-Instruct": {"loaded_context_length": 4096}}, 4096),
        ({"/api/v0/models/Qwen%2FQwen2-7B-Instruct": {"max_context_length": 32768}}, None),
        # Not these servers, though something answers there
        ({"/props": ["x"], "/api/ps": {"models": [{"name": NAME}]}}, None),
        ({"/api/ps": {"models": "none"}}, None),
    ],
)
def test_servers_whose_list_does_not_say_it_are_asked_in_their_own_way(
    server, pages, context_tokens
):
    url, behaviour = server
    behaviour.pages = pages
    assert connect(url).context_tokens == context_tokens


def test_an_address_that_ends_otherwise_is_asked_for_nothing_more(server):
    url, behaviour = server
    behaviour.pages = {
        "/proxy/models": {"data": [{"id": "served"}]},
        "/props": {"default_generation_settings": {"n_ctx": 8192}},
    }
    chat = connect(f"{url}/proxy")
    assert (chat.model_name, chat.context_tokens) == ("served", None)
