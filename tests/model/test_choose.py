"""Choosing a model: the order of what is taken, and that nothing is loaded or fetched by it."""

import json
import shutil
import subprocess
import sys

import psutil
import pytest

from model.choose import MEMORY_PER_WEIGHT_BYTE, choose
from model.errors import ServerError, WeightsError
from model.qwen2 import ChatQwen2
from tests.model.openai_server import ANSWER, serving
from tests.tiny import put_in_cache


@pytest.fixture
def hub_cache(tmp_path):
    return tmp_path / "hub"


def grow(snapshot, weight_bytes):
    """Replace the weights by a whole file of one huge tensor, which takes no room on disk."""
    tensor = {"dtype": "U8", "shape": [weight_bytes], "data_offsets": [0, weight_bytes]}
    header = json.dumps({"huge": tensor}).encode()
    with (snapshot / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + weight_bytes)


def test_with_nothing_at_hand_none_is_chosen_and_the_reason_says_how_to_get_one(hub_cache):
    choice = choose(hub_cache=hub_cache)
    assert (choice.kind, choice.model, choice.name) == ("quoting", None, "quoting")
    assert "`hf download Qwen/Qwen2-" in choice.reason
    assert "OPENAI_BASE_URL" in choice.reason
    assert "\n" not in choice.reason


def test_the_model_proposed_is_the_largest_up_to_7b_that_this_memory_holds(hub_cache):
    available = psutil.virtual_memory().available
    # Exact parameter counts of the model cards: 7.62, 1.54 and 0.49 billion, two bytes each.
    sizes = [("7B", 15_231_233_024), ("1.5B", 3_087_428_608), ("0.5B", 988_065_536)]
    fitting = [name for name, size in sizes if size * MEMORY_PER_WEIGHT_BYTE <= available]
    assert f"Qwen/Qwen2-{(fitting or ['0.5B'])[0]}-Instruct`" in choose(hub_cache=hub_cache).reason


def test_whoever_asks_for_the_quoting_reader_gets_it(tiny_folder, hub_cache):
    put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-7B-Instruct")
    assert choose("quoting", server_url="http://x", hub_cache=hub_cache).kind == "quoting"


def test_the_largest_model_in_the_cache_that_fits_is_taken_and_loads(tiny_folder, hub_cache):
    put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-0.5B-Instruct")
    put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-1.5B-Instruct")
    grow(put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-72B-Instruct"), 2**42)
    choice = choose(hub_cache=hub_cache)
    assert (choice.kind, choice.name) == ("qwen2", "Qwen/Qwen2-1.5B-Instruct")
    assert "the largest here that fits" in choice.reason
    chat = choice.model()
    assert isinstance(chat, ChatQwen2)
    assert chat.model_name == "Qwen/Qwen2-1.5B-Instruct"


def test_models_that_do_not_fit_or_are_not_whole_are_named_with_the_reason(tiny_folder, hub_cache):
    grow(put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-72B-Instruct"), 2**42)
    half = put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-7B-Instruct")
    (half / "model.safetensors").unlink()
    choice = choose(hub_cache=hub_cache)
    assert choice.kind == "quoting"
    assert f"Qwen/Qwen2-72B-Instruct needs {2**42 * 1.2 / 1e9:.1f} GB" in choice.reason
    assert "has no safetensors weights" in choice.reason
    assert "`hf download" in choice.reason


def test_other_models_in_the_cache_are_not_taken_unasked(tiny_folder, hub_cache):
    put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-7B")
    assert choose(hub_cache=hub_cache).kind == "quoting"
    named = choose("Qwen/Qwen2-7B", hub_cache=hub_cache)
    assert (named.kind, named.name) == ("qwen2", "Qwen/Qwen2-7B")


def test_a_server_that_is_set_comes_before_weights(tiny_folder, hub_cache):
    put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-7B-Instruct")
    with serving() as (url, behaviour):
        behaviour.models, behaviour.key = ["served"], "right"
        choice = choose(server_url=url, api_key="right", hub_cache=hub_cache)
        assert (choice.kind, choice.name) == ("server", "served")
        assert choice.reason == f"the server at {url}/v1, set by OPENAI_BASE_URL"
        assert choice.model().invoke("Where?").content == "".join(ANSWER)
        with pytest.raises(ServerError, match="refuses the key"):
            choose(server_url=url, hub_cache=hub_cache)


def test_a_server_that_is_set_but_down_is_an_error_and_no_reason_to_take_another(
    tiny_folder, hub_cache
):
    put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-7B-Instruct")
    with serving() as (url, _behaviour):
        pass
    with pytest.raises(ServerError, match=url):
        choose(server_url=url, hub_cache=hub_cache)


def test_what_is_named_comes_before_a_server_that_is_set(tiny_folder, hub_cache):
    chosen = choose(str(tiny_folder), server_url="http://127.0.0.1:1", hub_cache=hub_cache)
    assert (chosen.kind, chosen.name) == ("qwen2", "Tiny-Qwen2")
    assert chosen.model().model_name == "Tiny-Qwen2"
    with serving() as (url, behaviour):
        behaviour.models = ["a", "b"]
        served = choose(f"{url}#b", server_url="http://127.0.0.1:1", hub_cache=hub_cache)
        assert (served.kind, served.name) == ("server", "b")
        assert served.reason.endswith("named by you")


def test_a_name_that_is_not_here_is_an_error_that_says_how_to_download_it(hub_cache):
    with pytest.raises(WeightsError, match="`hf download Qwen/Qwen2-72B-Instruct`"):
        choose("Qwen/Qwen2-72B-Instruct", hub_cache=hub_cache)


def test_a_folder_without_weights_is_an_error_before_anything_is_loaded(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "copy")
    (folder / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="has no safetensors weights"):
        choose(str(folder))


def test_choosing_where_there_are_no_weights_imports_nothing_heavy(tmp_path):
    script = (
        "import sys; from model.choose import choose; from pathlib import Path;"
        f"choose(hub_cache=Path({str(tmp_path)!r}));"
        "print({'torch', 'transformers', 'langchain_core', 'openai'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
