"""The reranker's order, by rule and with a tiny random cross-encoder."""

import json

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    PreTrainedTokenizerFast,
)

from agent.document import Span
from agent.index.base import Hit
from agent.index.rerank import RerankedIndex
from agent.passage import Passage
from model.errors import GenerationError, WeightsError
from model.rerank import load_reranker

TEXTS = ["red pump", "blue water", "red water", "pump"]
MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


class InOrder:
    """Finds all passages in reading order."""

    def search(self, query, k):
        assert query
        return [
            Hit(Passage(Span("d", n, n + 1), n, 1), 1.0, {"t": 2.0}) for n in range(len(TEXTS))
        ][:k]


class ByLength:
    """Prefers long texts."""

    def __init__(self):
        self.asked = []

    def score(self, query, texts):
        self.asked.append((query, texts))
        return [float(len(text)) for text in texts]


def read(passage):
    return TEXTS[passage.number]


def test_hits_come_in_the_order_of_the_reranker_and_ties_as_they_were_found():
    hits = RerankedIndex(InOrder(), ByLength(), read).search("q", 3)
    assert [hit.passage.number for hit in hits] == [1, 2, 0]
    assert [hit.score for hit in hits] == [10, 9, 8]
    assert hits[0].weights == {"t": 2.0}


def test_only_the_depth_is_judged_and_never_less_than_asked_for():
    reranker = ByLength()
    index = RerankedIndex(InOrder(), reranker, read, depth=2)
    assert [hit.passage.number for hit in index.search("q", 1)] == [1]
    assert len(index.search("q", 4)) == 4
    assert reranker.asked[0] == ("q", TEXTS[:2])


def test_nothing_found_asks_nothing():
    class Empty:
        def search(self, query, k):
            del query, k
            return []

    assert RerankedIndex(Empty(), None, read).search("q", 3) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny random BERT that scores pairs, on disk."""
    path = tmp_path_factory.mktemp("reranker") / "Tiny-Cross"
    words = [*MARKS, *sorted({word for text in TEXTS for word in text.split()})]
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=MARKS[0],
        unk_token=MARKS[1],
        cls_token=MARKS[2],
        sep_token=MARKS[3],
        mask_token=MARKS[4],
        model_max_length=32,
    ).save_pretrained(path)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
        num_labels=1,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(path)
    return path


def test_scores_are_those_of_the_plain_model(folder):
    ours = load_reranker(folder)
    assert ours.name == "Tiny-Cross"
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits = [
            float(network(**tokenizer("red pump", text, return_tensors="pt")).logits)
            for text in TEXTS
        ]
    wanted = 1 / (1 + np.exp(-np.array(logits)))  # one label: a sigmoid, as trained
    assert np.allclose(ours.score("red pump", TEXTS), wanted, atol=0.02)  # bfloat16
    assert np.ptp(wanted) > 0.05
    best = RerankedIndex(InOrder(), ours, read).search("red pump", 1)
    assert best[0].passage.number == int(np.argmax(wanted))


def test_a_folder_without_weights_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match="no safetensors weights"):
        load_reranker(tmp_path)


def test_a_model_with_several_labels_is_refused(folder):
    reranker = load_reranker(folder)
    reranker._network.predict = lambda pairs, **_: np.ones((len(pairs), 3))
    with pytest.raises(GenerationError, match="no score a passage"):
        reranker.score("q", TEXTS)


def test_a_failing_device_is_told_in_one_sentence(folder):
    def fail(*_, **__):
        raise RuntimeError("out of memory\nat line 3")

    reranker = load_reranker(folder)
    reranker._network.predict = fail
    with pytest.raises(GenerationError, match=r"could not judge 4 passages \(out of memory\)"):
        reranker.score("q", TEXTS)


def test_a_broken_model_is_told_in_one_sentence(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "unheard-of"}))
    with pytest.raises(WeightsError, match="cannot be loaded: "):
        load_reranker(tmp_path)
