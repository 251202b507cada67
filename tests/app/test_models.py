"""The table of models and the download, as the command line gives them."""

import json
import os
import subprocess
import sys

import pytest

from app import cli
from app.models import as_text, short_lines, table
from app.settings import load_settings
from model.catalog import QWEN2_INSTRUCT, find
from model.fit import GIB, Machine, Memory
from tests.model.hub_server import Hub, serving_hub
from tests.tiny import make_qwen2, put_in_cache

NAME = "Qwen/Qwen2-0.5B-Instruct"


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    for name in ("OPENAI_BASE_URL", "LONGREAD_MODEL", "LONGREAD_WEIGHTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LONGREAD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def run(hub_cache, capsys):  # noqa: ARG001  # the cache sets the scene
    def run_command(*arguments):
        code = cli._run(arguments)
        return code, *capsys.readouterr()

    return run_command


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return make_qwen2(tmp_path_factory.mktemp("tiny") / "model")


def hub_of(folder):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return Hub(NAME, files, {"model.safetensors"})


def h100s(count):
    return Machine((Memory("H100", 79 * GIB, 80 * GIB),) * count, has_gpu=True)


def test_the_json_has_every_number_of_every_size(run):
    code, out, _ = run("models", "--json")
    rows = {row["alias"]: row for row in json.loads(out)}
    assert code == 0
    assert list(rows) == [entry.alias for entry in QWEN2_INSTRUCT]
    seven = rows["qwen2-7b"]
    assert seven["hub_name"] == "Qwen/Qwen2-7B-Instruct"
    assert seven["parameters"] == 7_615_616_512
    assert (seven["native_context_tokens"], seven["extended_context_tokens"]) == (32_768, 131_072)
    assert seven["licence"] == "Apache-2.0"
    assert seven["weight_bytes"]["bfloat16"] == 15_231_233_024
    assert set(seven["weight_bytes"]) == {"float32", "bfloat16", "int8", "nf4"}
    assert seven["cache_bytes_per_token"]["bfloat16"] == 56 * 2**10
    assert set(seven["cache_bytes_per_token"]) == {"float32", "bfloat16", "int8", "int4"}
    assert seven["shape"]["key_value_heads"] == 4
    assert (seven["presence"], seven["place"]) == ("absent", "")
    assert isinstance(seven["fits"], bool)
    assert seven["why"].startswith("Qwen2-7B ")
    for form in seven["forms"]:
        parts = form["weight_bytes"] + form["cache_bytes"] + form["activation_bytes"]
        assert form["needed_bytes"] == parts
        assert form["fits"] == (parts <= form["available_bytes"])


def test_the_table_is_narrow_and_says_of_each_size_whether_and_why_it_fits(run):
    code, out, _ = run("models")
    assert code == 0
    numbers, sentences = out.split("\n\n")
    assert max(map(len, numbers.splitlines())) <= 100
    (line,) = (line for line in numbers.splitlines() if line.startswith("qwen2-7b "))
    assert line.split() == [
        "qwen2-7b", "7.62", "B", "32,768-131,072", "28.4", "14.2", "8.1", "5.2",
        "112.0", "56.0", "29.8", "15.8",
    ]  # fmt: skip
    assert len(sentences.splitlines()) == len(QWEN2_INSTRUCT)
    for sentence in sentences.splitlines():
        assert "not here, `longread models get qwen2-" in sentence
        assert "fit" in sentence.rpartition(": ")[2]


def test_the_table_says_what_this_machine_would_do(hub_cache, tiny):
    put_in_cache(tiny, hub_cache, NAME)
    (put_in_cache(tiny, hub_cache, "Qwen/Qwen2-7B-Instruct") / "model.safetensors").unlink()
    rows = table(load_settings(), h100s(1))
    short = list(short_lines(rows))
    assert short[0].startswith("qwen2-72b: not here, fits as nf4")
    assert short[2] == "qwen2-7b: half downloaded, fits as bf16"
    assert short[4] == "qwen2-0.5b: here, fits as bf16"
    assert "half downloaded, `longread models get qwen2-7b` goes on" in as_text(rows)
    four = list(short_lines(table(load_settings(), h100s(4))))
    assert four[0] == "qwen2-72b: not here, fits as bf16"
    small = Machine((Memory("main memory", 2 * GIB, 4 * GIB),), has_gpu=False)
    none = list(short_lines(table(load_settings(), small)))
    assert "qwen2-72b: not here, does not fit: " in none[0]
    assert none[0].endswith(" GiB needed, 1.0 usable")


def test_an_unknown_model_is_one_sentence_with_the_names_there_are(run):
    code, out, err = run("models", "get", "qwen9")
    assert (code, out) == (1, "")
    assert err == (
        "there is no model qwen9: take one of qwen2-0.5b, qwen2-1.5b, qwen2-7b, qwen2-57b-a14b, "
        "qwen2-72b\n"
    )


def test_nobody_agreed_is_wrong_usage_with_the_terms(run, hub_cache):
    code, out, err = run("models", "get", "qwen2-72b")
    assert (code, out) == (2, "")
    assert "Qwen/Qwen2-72B-Instruct: 135.4 GiB, licence Tongyi Qianwen License Agreement" in err
    assert f"into {hub_cache}." in err
    assert "add --yes" in err


def test_a_model_is_fetched_with_a_yes_and_then_is_here(run, hub_cache, tiny):
    hub = hub_of(tiny)
    with serving_hub(hub) as endpoint:
        code, out, err = run("models", "get", "qwen2-0.5b", "--yes", "--endpoint", endpoint)
    assert code == 0
    assert out.startswith(f"{NAME} is here, every weight file checked: {hub_cache}")
    assert "licence Apache-2.0 (https://huggingface.co/Qwen/Qwen2-0.5B-Instruct/" in err
    assert "\r" not in err  # no bar where no person looks on
    code, out, _ = run("models", "get", NAME)
    assert (code, out.startswith(f"{NAME} is here already: ")) == (0, True)
    assert json.loads(run("models", "--json")[1])[-1]["presence"] == "whole"


def test_a_download_that_was_begun_goes_on_unasked(run, hub_cache, tiny):
    blobs = hub_cache / "models--Qwen--Qwen2-0.5B-Instruct" / "blobs"
    blobs.mkdir(parents=True)
    hub = hub_of(tiny)
    part = blobs / f"{hub.sha256('model.safetensors')}.incomplete"
    part.write_bytes(hub.files["model.safetensors"][:777])
    with serving_hub(hub) as endpoint:
        code, out, err = run("models", "get", "qwen2-0.5b", "--endpoint", endpoint)
    assert (code, err) == (0, "")
    assert "is here" in out
    assert ("model.safetensors", "bytes=777-") in hub.fetched()


def test_offline_is_one_sentence(run):
    code, out, err = run("models", "get", "qwen2-7b", "--yes", "--endpoint", "http://127.0.0.1:9")
    assert (code, out) == (1, "")
    assert "the connection to the hub failed" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 1)])
def test_a_person_at_a_terminal_is_asked_and_sees_the_bytes(hub_cache, tiny, typed, code):
    pty = pytest.importorskip("pty", reason="needs a terminal, which Windows gives otherwise")
    # The whole command, which switches the hub off for everything else.
    environment = {"HF_HUB_CACHE": str(hub_cache), "LONGREAD_HOME": str(hub_cache), "PATH": ""}
    with serving_hub(hub_of(tiny)) as endpoint:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-c", "from app.cli import main; main()"]
        arguments = ["models", "get", "qwen2-0.5b", "--endpoint", endpoint]
        process = subprocess.Popen(
            [*command, *arguments], stdin=theirs, stderr=theirs, stdout=theirs, env=environment
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # how a terminal on Linux says that its last user has left
            pass
        os.close(ours)
        assert process.wait(60) == code
    assert b"Download it? [y/N]" in shown
    assert (b"(100%)" in shown) == (code == 0)
    assert (b"Nothing was downloaded." in shown) == (code == 1)
    assert find("qwen2-0.5b").licence.encode() in shown
