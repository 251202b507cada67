"""Loading: what is whole is loaded as it is, what is not is one sentence that says what to do."""

import json
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from model.errors import WeightsError
from model.load import check_folder, find_snapshot, is_hub_name, load, locate
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
    assert check_folder(folder) == sum(path.stat().st_size for path in folder.glob("[ab].*"))


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
    with refuses("`hf download Qwen/Qwen2-7B-Instruct`"):
        load("Qwen/Qwen2-7B-Instruct", hub_cache=tmp_path)


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


def test_a_file_instead_of_a_folder_is_refused(tiny_folder):
    with refuses("is a file"):
        load(tiny_folder / "model.safetensors")


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


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (remove("config.json"), "has no config.json"),
        (write("config.json", "{"), "cannot be loaded"),
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
