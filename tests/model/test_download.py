"""Downloading, from a small hub on this machine: what is fetched, what goes on, what is refused."""

import json
import shutil

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from model.catalog import find
from model.download import download, presence
from model.errors import WeightsError
from model.folder import check_folder, find_snapshot
from model.load import load
from tests.model.hub_server import Hub, serving_hub
from tests.tiny import make_qwen2

ENTRY = find("qwen2-0.5b")
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of a repository: a tiny Qwen2 in two shards, and what must not be fetched."""
    torch.set_num_threads(1)
    folder = make_qwen2(tmp_path_factory.mktemp("hub") / "model")
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    weight_map = {key: SHARDS[place % 2] for place, key in enumerate(sorted(tensors))}
    for shard in SHARDS:
        part = {key: tensors[key] for key in tensors if weight_map[key] == shard}
        save_file(part, folder / shard, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    return held | {"README.md": b"# no", "pytorch_model.bin": b"pickle", "LICENSE": b"Apache"}


@pytest.fixture
def hub(files, monkeypatch):
    # What of a piece has come when a connection breaks is lost; these files are smaller than one.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 100)
    return Hub(ENTRY.hub_name, dict(files), {*SHARDS, "pytorch_model.bin"})


@pytest.fixture
def hub_cache(tmp_path):
    return tmp_path / "hub"


def get(endpoint, hub_cache, told=None):
    said = [] if told is None else told
    return download(
        ENTRY,
        hub_cache=hub_cache,
        endpoint=endpoint,
        progress=lambda *numbers: said.append(numbers),
    )


def refuses(words):
    return pytest.raises(WeightsError, match=words)


def test_a_model_is_fetched_checked_and_loads_from_the_cache(hub, hub_cache):
    assert presence(ENTRY, hub_cache=hub_cache) == ("absent", "")
    told = []
    with serving_hub(hub) as endpoint:
        folder = get(endpoint, hub_cache, told)
    assert find_snapshot(ENTRY.hub_name, hub_cache=hub_cache) == folder
    assert presence(ENTRY, hub_cache=hub_cache) == ("whole", str(folder))
    for path in folder.iterdir():
        assert path.read_bytes() == hub.files[path.name]
    assert "README.md" not in {path.name for path in folder.iterdir()}
    assert "pytorch_model.bin" not in {name for name, _ in hub.fetched()}
    total = sum(len(hub.files[shard]) for shard in SHARDS)
    assert told[-1] == (total, total)
    assert [here for here, _ in told] == sorted(here for here, _ in told)
    assert load(ENTRY.hub_name, hub_cache=hub_cache, device="cpu").name == ENTRY.hub_name


def test_what_is_here_is_not_fetched_again(hub, hub_cache):
    with serving_hub(hub) as endpoint:
        get(endpoint, hub_cache)
        before = len(hub.fetched())
        get(endpoint, hub_cache)
    assert len(hub.fetched()) == before


def test_a_connection_that_breaks_off_is_continued_where_it_broke(hub, hub_cache):
    hub.break_after = {SHARDS[1]: 1000}
    with serving_hub(hub) as endpoint:
        get(endpoint, hub_cache)
    assert [range_ for name, range_ in hub.fetched() if name == SHARDS[1]] == ["", "bytes=1000-"]


def test_a_download_that_failed_half_way_goes_on_in_the_next_run(hub, hub_cache):
    hub.break_after, hub.then = {SHARDS[1]: 1000}, 503
    told = []
    with serving_hub(hub) as endpoint:
        with refuses("the hub answered 503 when asked for Qwen/Qwen2-0.5B-Instruct: run the same"):
            get(endpoint, hub_cache, told)
        state, why = presence(ENTRY, hub_cache=hub_cache)
        assert state == "half-downloaded"
        assert str(hub_cache) in why
        (part,) = hub_cache.glob("*/blobs/*.incomplete")
        assert part.read_bytes() == hub.files[SHARDS[1]][:1000]
        hub.then = 0
        hub.requests.clear()
        told.clear()
        get(endpoint, hub_cache, told)
    large = [(name, range_) for name, range_ in hub.fetched() if name in SHARDS]
    assert large == [(SHARDS[1], "bytes=1000-")]
    assert told[0][0] > len(hub.files[SHARDS[0]]) + 1000  # counts what was here before
    assert presence(ENTRY, hub_cache=hub_cache)[0] == "whole"


def test_a_file_that_is_damaged_on_its_way_is_thrown_away(hub, hub_cache):
    hub.damage = SHARDS[0]
    with serving_hub(hub) as endpoint:
        with refuses(f"{SHARDS[0]} was damaged on its way: run the same command again"):
            get(endpoint, hub_cache)
        assert not list(hub_cache.glob("*/blobs/*"))
        hub.damage = ""
        check_folder(get(endpoint, hub_cache))


def test_a_snapshot_that_lacks_a_file_is_half_downloaded_and_says_which(hub, hub_cache):
    with serving_hub(hub) as endpoint:
        folder = get(endpoint, hub_cache)
        (folder / SHARDS[1]).resolve().unlink()
        state, why = presence(ENTRY, hub_cache=hub_cache)
        assert state == "half-downloaded"
        assert f"{SHARDS[1]} is missing" in why
        get(endpoint, hub_cache)
    assert presence(ENTRY, hub_cache=hub_cache)[0] == "whole"


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(hub, hub_cache):
    hub.claimed = {SHARDS[0]: 2**60}
    with serving_hub(hub) as endpoint, refuses("GiB free, but the download needs 1073741824.0 GiB"):
        get(endpoint, hub_cache)
    assert not hub.fetched()


def test_a_hub_that_lacks_the_model_or_fails_is_one_sentence(hub, hub_cache):
    hub.name = "Qwen/Other"
    with serving_hub(hub) as endpoint:
        with refuses("the hub has no Qwen/Qwen2-0.5B-Instruct, or not for everyone"):
            get(endpoint, hub_cache)
        hub.status = 403
        with refuses("the hub answered 403 when asked for"):
            get(endpoint, hub_cache)


def test_a_hub_out_of_reach_is_one_sentence(hub, hub_cache):
    with serving_hub(hub) as endpoint:
        pass
    with refuses("the connection to the hub failed") as caught:
        get(endpoint, hub_cache)
    assert "\n" not in str(caught.value)
    assert "check the network and run the same command again" in str(caught.value)


def test_a_cache_that_cannot_be_written_is_one_sentence(hub, tmp_path):
    (tmp_path / "file").touch()
    with (
        serving_hub(hub) as endpoint,
        refuses("file.* cannot be written .*: set HF_HUB_CACHE elsewhere"),
    ):
        get(endpoint, tmp_path / "file")


def test_only_the_download_goes_online_and_tells_nobody_who_asks(hub, hub_cache, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)
    with serving_hub(hub) as endpoint:
        get(endpoint, hub_cache)
    assert (constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY) == (True, False)
    shutil.rmtree(hub_cache)
    with refuses("connection"):
        get(endpoint, hub_cache)
    assert constants.HF_HUB_OFFLINE
