"""Loading: what is whole is loaded as it is, what is not is one sentence that says what to do."""

import json
import re
import shutil
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BloomConfig, BloomForCausalLM, Qwen3Config, Qwen3ForCausalLM

from model.catalog import find
from model.errors import WeightsError
from model.fit import GIB, Machine, Memory, fit_size
from model.folder import check_folder, find_snapshot, is_hub_name, locate
from model.load import _check_spilled, _loading_failed, _place, load
from model.network import Part
from model.yarn import PLAIN
from tests.tiny import CONTROL_TOKENS, PLAIN_ADDED_TOKEN, put_in_cache


@pytest.fixture
def folder(tiny_folder, tmp_path):
    return shutil.copytree(tiny_folder, tmp_path / "copy")


def refuses(words):
    return pytest.raises(WeightsError, match=re.escape(words))


def shard(folder, names=("a", "b")):
    """Write the weights as two shards and an index, as the hub holds larger models."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    weight_map = {key: f"{names[place % 2]}.safetensors" for place, key in enumerate(tensors)}
    for name in set(weight_map.values()):
        part = {key: tensors[key] for key in tensors if weight_map[key] == name}
        save_file(part, folder / name, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def test_weights_come_from_a_folder_as_they_were_saved(tiny_folder):
    loaded = load(tiny_folder, device="cpu")
    saved = load_file(tiny_folder / "model.safetensors")
    held = loaded.engine.network.model.state_dict()
    assert all(torch.equal(held[name], tensor) for name, tensor in saved.items())
    assert loaded.name == "Tiny-Qwen2"
    assert loaded.context_tokens == 512
    assert not loaded.engine.network.model.training  # from_pretrained sees to it


def test_loading_prints_nothing(tiny_folder, capfd):
    load(tiny_folder, device="cpu")
    assert capfd.readouterr() == ("", "")


def test_tensors_of_other_shapes_are_one_sentence_and_no_report(folder, capfd):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"intermediate_size": 130}))
    with refuses("do not have the shapes that its config.json calls for"):
        load(folder, device="cpu")
    assert capfd.readouterr() == ("", "")


def test_both_ends_of_qwen2_end_an_answer(weights):
    ends = {weights.tokenizer.decode([token]) for token in weights.end_tokens}
    assert ends == {"<|im_end|>", "<|endoftext|>"}


def test_the_tokenizer_names_the_end_where_the_generation_settings_do_not(folder):
    (folder / "generation_config.json").unlink()
    loaded = load(folder, device="cpu")
    assert {loaded.tokenizer.decode([token]) for token in loaded.end_tokens} == {"<|im_end|>"}


def test_tokens_stand_for_their_bytes_and_control_tokens_for_none(weights):
    tokenizer = weights.tokenizer
    for token in tokenizer.encode("Grüße 文書", add_special_tokens=False):
        assert weights.token_bytes(token) in "Grüße 文書".encode()
    named = {
        name: weights.token_bytes(token) for name, token in tokenizer.get_added_vocab().items()
    }
    assert named == {**dict.fromkeys(CONTROL_TOKENS, b""), PLAIN_ADDED_TOKEN: b"<tool_call>"}
    assert weights.token_bytes(len(tokenizer) + 5) == b""


def test_weights_come_from_shards_as_they_were_saved(folder):
    saved = load_file(folder / "model.safetensors")
    shard(folder)
    held = load(folder, device="cpu").engine.network.model.state_dict()
    assert all(torch.equal(held[name], tensor) for name, tensor in saved.items())
    assert check_folder(folder).file_bytes == sum(
        path.stat().st_size for path in folder.glob("[ab].*")
    )


def test_weights_stored_in_bfloat16_stay_so_with_exact_rotary_frequencies(folder):
    load(folder, device="cpu", dtype=torch.bfloat16).engine.network.model.save_pretrained(folder)
    loaded = load(folder, device="cpu")
    assert loaded.engine.network.model.dtype == torch.bfloat16
    assert (
        loaded.engine.network.rotary.frequencies(PLAIN, torch.device("cpu")).dtype == torch.float32
    )


def test_weights_come_from_the_hub_cache_by_name(tiny_folder, tmp_path):
    snapshot = put_in_cache(tiny_folder, tmp_path, "Qwen/Qwen2-0.5B-Instruct")
    assert locate("Qwen/Qwen2-0.5B-Instruct", hub_cache=tmp_path) == snapshot
    loaded = load("Qwen/Qwen2-0.5B-Instruct", hub_cache=tmp_path, device="cpu")
    assert loaded.name == "Qwen/Qwen2-0.5B-Instruct"


def test_a_name_that_is_not_in_the_cache_says_how_to_download_it(tmp_path):
    with refuses("`longread models get qwen2-7b`"):
        load("Qwen/Qwen2-7B-Instruct", hub_cache=tmp_path)
    with refuses("`hf download Qwen/Qwen3-8B`"):
        load("Qwen/Qwen3-8B", hub_cache=tmp_path)


@pytest.mark.parametrize("name", ["Qwen/Qwen2--7B", "Qwen/Qwen2..7B"])
def test_a_name_the_hub_does_not_allow_is_not_found(tmp_path, name):
    assert find_snapshot(name, hub_cache=tmp_path) is None


def test_hub_names_are_told_from_paths():
    assert is_hub_name("Qwen/Qwen2-7B-Instruct")
    assert not any(
        map(is_hub_name, ["./a", "/a/b", "a", "a/b/c", "~/a", "http://a/b", "..", "../a"])
    )


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with refuses("there is no folder"):
        load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model.safetensors", "is a file, but weights come as a folder: name the folder"),
        ("config.json", "is a file, but weights come as a folder with config.json"),
        ("qwen2-7b-q4.gguf", "serve it over HTTP with llama.cpp or Ollama"),
        ("pytorch_model.bin", "is of a kind that is never loaded, because it can run code"),
        ("model.pth", "is of a kind that is never loaded, because it can run code"),
    ],
)
def test_a_file_instead_of_a_folder_is_refused_with_what_to_do(folder, name, words):
    (folder / name).touch()
    with refuses(words) as caught:
        load(folder / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("quantisation", ["int8", "nf4"])
def test_quantised_weights_compute_nearly_what_the_stored_ones_do(
    tiny_folder, quantisation, caplog
):
    pytest.importorskip("bitsandbytes")
    prompts = [list(range(length)) for length in range(20, 40)]
    exact, quantised = (
        load(tiny_folder, device="cpu", quantisation=kind).engine.network
        for kind in (None, quantisation)
    )
    base = quantised.model.model
    assert base.embed_tokens.weight.dtype == torch.bfloat16
    assert base.layers[0].mlp.up_proj.weight.dtype in {torch.int8, torch.uint8}
    wanted, had = (
        network.read([Part(prompt, network.new_cache(40)) for prompt in prompts]).flatten()
        for network in (exact, quantised)
    )
    # On random weights of the 0.5B's shape 0.998 and 0.92 were measured; these vary more.
    least = {"int8": 0.98, "nf4": 0.7}[quantisation]
    assert torch.cosine_similarity(wanted, had, dim=0) > least
    assert not caplog.records  # nothing is said about every layer of every pass


def test_weights_that_are_quantised_already_are_not_quantised_again(folder):
    pytest.importorskip("bitsandbytes")
    load(folder, device="cpu", quantisation="nf4").engine.network.model.save_pretrained(folder)
    assert check_folder(folder).is_quantised
    with refuses("are quantised already: leave LONGREAD_WEIGHTS at auto"):
        load(folder, device="cpu", quantisation="int8")
    again = load(folder, device="cpu").engine.network.model
    assert again.model.layers[0].mlp.up_proj.weight.dtype == torch.uint8


def test_without_bitsandbytes_quantised_weights_are_one_sentence(tiny_folder, monkeypatch):
    # The same finder that looks for an installed package says that there is none.
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with refuses("nf4 weights need bitsandbytes: `pip install bitsandbytes`, or set"):
        load(tiny_folder, device="cpu", quantisation="nf4")


def test_another_architecture_that_transformers_knows_is_loaded(folder):
    tokens = json.loads((folder / "config.json").read_text())["vocab_size"]
    config = Qwen3Config(
        vocab_size=tokens,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=256,
    )
    (folder / "model.safetensors").unlink()
    Qwen3ForCausalLM(config).save_pretrained(folder)
    loaded = load(folder, device="cpu")
    assert loaded.engine.network.model.config.model_type == "qwen3"
    # Nothing says how far it can be extended.
    assert (loaded.context_tokens, loaded.extended_context_tokens) == (256, 256)


def test_a_qwen2_of_unknown_shape_is_extended_to_four_windows_or_as_told(tiny_folder):
    assert load(tiny_folder, device="cpu").extended_context_tokens == 4 * 512
    loaded = load(tiny_folder, device="cpu", extended_context_tokens=1024)
    assert (loaded.context_tokens, loaded.extended_context_tokens) == (512, 1024)


@pytest.mark.parametrize("wished", [0, 511, 2049])
def test_an_extension_yarn_is_not_documented_for_is_refused(tiny_folder, wished):
    with refuses(f"extended_context_tokens is {wished:,}, but Tiny-Qwen2 takes 512 to 2,048"):
        load(tiny_folder, device="cpu", extended_context_tokens=wished)


def grow(folder, weight_bytes):
    """Replace the weights by a whole file of one huge tensor, which takes no room on disk."""
    tensor = {"dtype": "BF16", "shape": [weight_bytes // 2], "data_offsets": [0, weight_bytes]}
    header = json.dumps({"huge": tensor}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + weight_bytes)


def test_what_this_machine_cannot_hold_is_refused_with_numbers_before_it_is_read(folder):
    grow(folder, 2**42)
    with refuses("copy bf16 at 2,048 tokens needs 4096.0 + ") as caught:
        load(folder, device="cpu")
    assert "in main memory: it does not fit at any length; close other programs" in str(
        caught.value
    )
    assert "\n" not in str(caught.value)


def test_memory_that_runs_out_while_loading_is_told_from_broken_files(tmp_path):
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    said = _loading_failed(tmp_path, caught.value)
    assert said.startswith(f"memory ran out while {tmp_path} was loaded")
    assert "LONGREAD_WEIGHTS=nf4" in said
    assert _loading_failed(tmp_path, ValueError("bad\nfile")) == f"{tmp_path} cannot be loaded: bad"


def test_a_model_is_put_on_one_gpu_if_it_fits_and_shared_out_if_not():
    gpus = [Memory("H100", free * GIB, 80 * GIB) for free in (40, 79)]
    machine = Machine(tuple(gpus), has_gpu=True)

    def place(alias, machine, device=None):
        entry = find(alias)
        most = entry.extended_context_tokens
        found = fit_size(entry, machine, weights="bfloat16", context_tokens=most)
        return _place(machine, device, found)

    assert place("qwen2-7b", machine) == {"device_map": {"": "cuda:1"}}
    shared = place("qwen2-57b-a14b", machine)
    assert shared["device_map"] == "auto"
    assert set(shared["max_memory"]) == {0, 1}  # main memory and disk are not among them
    assert shared["max_memory"][0] < 39 * GIB
    one = Machine(machine.memories[:1], has_gpu=True)
    assert place("qwen2-7b", one, "cuda:3") == {"device_map": {"": "cuda:3"}}


def test_a_model_that_would_spill_from_the_gpus_is_refused(tmp_path):
    _check_spilled(tmp_path, {"": "cpu"})
    _check_spilled(tmp_path, {"model": 0, "lm_head": 1})
    for place in ("cpu", "disk"):
        with refuses("1 of the 3 parts of"):
            _check_spilled(tmp_path, {"model.layers.0": 0, "model.layers.1": 1, "lm_head": place})


def remove(name):
    return lambda folder: (folder / name).unlink()


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


def swap_weights_for(name):
    def change(folder):
        (folder / "model.safetensors").rename(folder / name)

    return change


def truncate(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def lose_a_shard(folder):
    shard(folder)
    (folder / "b.safetensors").unlink()


def lose_a_tensor(folder):
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.norm.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def spoil_the_index(folder):
    shard(folder)
    write("model.safetensors.index.json", "[]")(folder)


def forget_the_template(folder):
    (folder / "chat_template.jinja").unlink()


def take_another_kind_of_tokenizer(folder):
    parts = json.loads((folder / "tokenizer.json").read_text())
    parts["decoder"] = {"type": "Fuse"}
    (folder / "tokenizer.json").write_text(json.dumps(parts))
    for name in ("config.json", "tokenizer_config.json"):
        config = json.loads((folder / name).read_text())
        # For a Qwen2, transformers builds the byte-level decoder whatever the file says.
        config |= {"model_type": "llama", "tokenizer_class": "PreTrainedTokenizerFast"}
        (folder / name).write_text(json.dumps(config))


def name_remote_code(folder):
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "ours", "auto_map": {"AutoConfig": "code.Config"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text("raise SystemExit('remote code was run')")


def configure(**changes):
    def spoil(folder):
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | changes))

    return spoil


def index(*shards):
    weight_map = {f"tensor{place}": name for place, name in enumerate(shards)}

    def spoil(folder):
        (folder / "model.safetensors").unlink()
        write("model.safetensors.index.json", json.dumps({"weight_map": weight_map}))(folder)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (remove("config.json"), "has no config.json"),
        (write("config.json", "[" * 100_000), "config.json cannot be read as JSON"),
        (configure(model_type=["qwen2"]), "says model_type is ['qwen2']"),
        (configure(hidden_size=-64), "says hidden_size is -64, not a whole number above 0"),
        (configure(num_hidden_layers="three"), "says num_hidden_layers is three, not a whole"),
        (configure(num_attention_heads=0), "says num_attention_heads is 0, not a whole number"),
        (configure(num_key_value_heads=-2), "says num_key_value_heads is -2, not a whole number"),
        (configure(vocab_size=[404]), "says vocab_size is [404], not a whole number"),
        (configure(max_position_embeddings=-5), "says max_position_embeddings is -5, not a whole"),
        (configure(max_position_embeddings="long"), "says max_position_embeddings is long, not a"),
        (configure(num_attention_heads=5), "says hidden_size is 64, which 5 heads cannot share"),
        (configure(num_key_value_heads=3), "is 4, which 3 heads cannot share"),
        (index(["a"], "b"), "['a'] is missing"),
        (index(1, "b"), "1 is missing"),
        (write("config.json", "{"), "config.json cannot be read as JSON"),
        (name_remote_code, "cannot be loaded"),
        (remove("model.safetensors"), "has no safetensors weights: download"),
        (swap_weights_for("pytorch_model.bin"), "only .bin files, which are never loaded"),
        (swap_weights_for("qwen2.gguf"), "only .gguf files, which are never loaded"),
        (truncate, "model.safetensors is not a whole safetensors file"),
        (write("model.safetensors", "version https://git-lfs"), "is not a whole safetensors file"),
        (lose_a_shard, "b.safetensors is missing"),
        (lose_a_tensor, "lacks 1 of the tensors its config.json calls for, such as model.norm"),
        (spoil_the_index, "index.json is not a JSON object"),
        (remove("tokenizer.json"), "has no tokenizer.json"),
        (write("tokenizer.json", "{"), "is broken"),
        (forget_the_template, "has no chat template"),
        (take_another_kind_of_tokenizer, "is not a byte-level one"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused_in_one_sentence(folder, spoil, words):
    spoil(folder)
    with refuses(words) as caught:
        load(folder, device="cpu")
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_that_names_no_window_is_refused_in_one_sentence(folder):
    bloom = BloomConfig(vocab_size=420, hidden_size=32, n_layer=1, n_head=2)
    BloomForCausalLM(bloom).save_pretrained(folder)
    with refuses("this bloom model does not say how many tokens it holds"):
        load(folder, device="cpu")
