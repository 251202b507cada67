"""Choosing a model: the order of what is taken, and that nothing is loaded or fetched by it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from model.choose import choose
from model.errors import ServerError, WeightsError
from model.fit import GIB
from model.memory import this_machine
from model.qwen2 import ChatQwen2
from tests.model.openai_server import ANSWER, serving
from tests.tiny import put_in_cache

CONFIGS = Path(__file__).parent / "configs"


@pytest.fixture
def hub_cache(tmp_path):
    return tmp_path / "hub"


def grow(snapshot, weight_bytes):
    """Replace the weights by a whole file of one huge tensor, which takes no room on disk."""
    rows = weight_bytes // 2 // 1024
    weight_bytes = rows * 1024 * 2
    tensor = {"dtype": "BF16", "shape": [rows, 1024], "data_offsets": [0, weight_bytes]}
    header = json.dumps({"huge.weight": tensor}).encode()
    with (snapshot / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + weight_bytes)


def fill(hub_cache, tiny_folder, size, weight_bytes=None):
    """Put a whole model into the hub cache: the tiny one, or one as large as that size."""
    name = f"Qwen/Qwen2-{size}-Instruct"
    snapshot = put_in_cache(tiny_folder, hub_cache, name)
    if weight_bytes:
        shutil.copy(CONFIGS / f"{size}.json", snapshot / "config.json")
        grow(snapshot, weight_bytes)
    return snapshot


def free_bytes():
    return this_machine().memories[0].free_bytes


def test_with_nothing_at_hand_none_is_chosen_and_the_reason_says_how_to_get_one(hub_cache):
    choice = choose(hub_cache=hub_cache)
    assert (choice.kind, choice.model, choice.name) == ("quoting", None, "quoting")
    assert "`longread models get qwen2-" in choice.reason
    assert "OPENAI_BASE_URL" in choice.reason
    assert "\n" not in choice.reason


def test_the_model_proposed_is_the_largest_up_to_7b_that_this_memory_holds(hub_cache):
    available = psutil.virtual_memory().available - 2**30
    # Exact parameter counts of the model cards, two bytes each; KiB of cache for a token.
    sizes = [("7b", 15_231_233_024, 56), ("1.5b", 3_087_428_608, 28), ("0.5b", 988_065_536, 12)]
    fitting = [
        name for name, size, kib in sizes if (size + 32_768 * kib * 2**10) * 1.01 < available
    ]
    assert f"qwen2-{(fitting or ['0.5b'])[0]}`" in choose(hub_cache=hub_cache).reason


def test_whoever_asks_for_the_quoting_reader_gets_it(tiny_folder, hub_cache):
    put_in_cache(tiny_folder, hub_cache, "Qwen/Qwen2-7B-Instruct")
    assert choose("quoting", server_url="http://x", hub_cache=hub_cache).kind == "quoting"


def test_the_largest_model_in_the_cache_that_fits_is_taken_and_loads(tiny_folder, hub_cache):
    fill(hub_cache, tiny_folder, "0.5B")
    fill(hub_cache, tiny_folder, "1.5B")
    fill(hub_cache, tiny_folder, "7B", 2**42)
    choice = choose(hub_cache=hub_cache)
    assert (choice.kind, choice.name) == ("qwen2", "Qwen/Qwen2-1.5B-Instruct")
    said, _, over = choice.reason.partition("; passed over: ")
    assert said.startswith(
        "weights on this machine, the largest here that fits: Qwen2-1.5B fp32 at 2,048 tokens needs"
    )
    assert over.startswith("Qwen2-7B ")
    assert "it does not fit at any length" in over
    chat = choice.model()
    assert isinstance(chat, ChatQwen2)
    assert chat.model_name == "Qwen/Qwen2-1.5B-Instruct"


def test_a_larger_model_is_quantised_before_a_smaller_one_is_taken(tiny_folder, hub_cache):
    pytest.importorskip("bitsandbytes")
    # Too large by half in bfloat16, and a little over half of that in int8.
    fill(hub_cache, tiny_folder, "1.5B", int(1.5 * free_bytes()))
    fill(hub_cache, tiny_folder, "0.5B")
    choice = choose(hub_cache=hub_cache)
    assert choice.name == "Qwen/Qwen2-1.5B-Instruct"
    assert "the largest here that fits: Qwen2-1.5B int8 at 32,768 tokens needs" in choice.reason
    # Whoever asks for bfloat16 gets the smaller one.
    exact = choose(hub_cache=hub_cache, weights="bfloat16")
    assert exact.name == "Qwen/Qwen2-0.5B-Instruct"
    assert "; passed over: Qwen2-1.5B bf16 at 32,768 tokens needs" in exact.reason


def test_without_a_useful_context_the_longest_is_taken_and_said(tiny_folder, hub_cache):
    # Leaves less than the 0.9 GiB that the native window takes, and enough for some passages.
    size = int(free_bytes() - 1.5 * GIB)
    fill(hub_cache, tiny_folder, "1.5B", size)
    choice = choose(hub_cache=hub_cache, weights="bfloat16")
    assert (choice.kind, choice.name) == ("qwen2", "Qwen/Qwen2-1.5B-Instruct")
    assert "none here fits with a useful context, this one with the longest" in choice.reason
    assert "it fits up to " in choice.reason
    assert "passed over" not in choice.reason


def test_without_a_gpu_nothing_above_7b_is_taken_unasked(tiny_folder, hub_cache):
    if this_machine().has_gpu:
        pytest.skip("there is a GPU")
    fill(hub_cache, tiny_folder, "72B")
    choice = choose(hub_cache=hub_cache)
    assert choice.kind == "quoting"
    assert choice.reason.startswith("Qwen2-72B is too slow without a GPU; `longread models get")
    assert choose("Qwen/Qwen2-72B-Instruct", hub_cache=hub_cache).kind == "qwen2"


def test_models_that_do_not_fit_or_are_not_whole_are_named_with_the_reason(tiny_folder, hub_cache):
    fill(hub_cache, tiny_folder, "1.5B", 2**42)
    (fill(hub_cache, tiny_folder, "7B") / "model.safetensors").unlink()
    choice = choose(hub_cache=hub_cache, weights="bfloat16")
    assert choice.kind == "quoting"
    assert "Qwen2-1.5B bf16 at 32,768 tokens needs 4096.0 + 0.9 GiB" in choice.reason
    assert "has no safetensors weights" in choice.reason
    assert "`longread models get" in choice.reason
    assert "\n" not in choice.reason


def test_a_named_model_that_does_not_fit_is_an_error_with_the_numbers(tiny_folder, hub_cache):
    snapshot = fill(hub_cache, tiny_folder, "7B", 2**42)
    for named in ("Qwen/Qwen2-7B-Instruct", str(snapshot)):
        with pytest.raises(WeightsError, match="it does not fit at any length; close other"):
            choose(named, hub_cache=hub_cache)


@pytest.mark.parametrize(("weights", "dtype"), [("bfloat16", "bfloat16"), ("nf4", "uint8")])
def test_weights_are_held_as_asked(tiny_folder, weights, dtype):
    if weights == "nf4":
        pytest.importorskip("bitsandbytes")
    choice = choose(str(tiny_folder), weights=weights)
    assert {"bfloat16": " bf16 ", "nf4": " nf4 "}[weights] in choice.reason
    held = choice.model().weights.engine.network.model.model.layers[0].mlp.up_proj.weight.dtype
    assert str(held) == f"torch.{dtype}"


def test_of_another_architecture_it_is_said_that_nothing_is_extended(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "copy")
    config = json.loads((folder / "config.json").read_text())
    assert "no Qwen2" not in choose(str(folder)).reason
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "llama"}))
    assert choose(str(folder)).reason.endswith(
        "it is no Qwen2, so its window is not extended when a prompt needs it"
    )


def test_keys_and_values_are_held_as_asked(tiny_folder):
    plain, small = (choose(str(tiny_folder), cache=cache) for cache in ("plain", "int8"))
    held = small.model().weights.engine.network.new_cache(64)
    assert held.bytes_held < plain.model().weights.engine.network.new_cache(64).bytes_held
    with pytest.raises(WeightsError, match="LONGREAD_CACHE is 'fp8': set it to plain, int8, int4"):
        choose("quoting", cache="fp8")


def test_a_form_of_weights_that_does_not_exist_is_an_error(tiny_folder):
    for wish in ("auto", "quoting", str(tiny_folder)):
        with pytest.raises(WeightsError, match="LONGREAD_WEIGHTS is 'int3': set it to auto, "):
            choose(wish, weights="int3")


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


def test_several_servers_are_chosen_as_one_and_go_by_length(hub_cache):
    with serving() as (short, plain), serving() as (long, extended):
        plain.listed, extended.listed = {"max_model_len": 2048}, {"max_model_len": 8192}
        choice = choose(f"{short},{long}", hub_cache=hub_cache)
        assert choice.kind == "server"
        assert f"{short}/v1" in choice.reason
        assert f"{long}/v1" in choice.reason
        chat = choice.model()
        assert chat.invoke("Where?", max_tokens=100).content == "".join(ANSWER)
        chat.invoke("word " * 3000, max_tokens=100)
        assert [len(each.requests) for each in (plain, extended)] == [1, 1]


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
    with pytest.raises(WeightsError, match="`longread models get qwen2-72b`"):
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
