"""The reader kept in the repository reads: thresholds on a small grid, never single answers."""

import json
from functools import cache
from pathlib import Path

import pytest
import torch
from langchain_core.messages import HumanMessage

from benchmarks.needle_tiny import MODES, is_verbatim
from benchmarks.our_engine import OurEngine
from benchmarks.reference_engine import Mode, ReferenceEngine, load
from model.load import load as load_weights
from model.qwen2 import ChatQwen2
from scripts.train_tiny_reader.examples import ANSWER_TOKENS, Examiner

READER = Path(__file__).parent.parent / "fixtures" / "tiny_reader"
PLAIN, _, YARN_4, DUAL_CHUNK, _ = MODES
DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
SEED = 3_000_000  # neither of training nor of the benchmark


@pytest.fixture(scope="module")
def engine():
    torch.set_num_threads(1)
    return OurEngine(READER)


@pytest.fixture(scope="module")
def ask(engine):
    """Answers the same few documents of a length in a mode; each pair only once."""

    @cache
    def answers(mode, length, asked=1):
        examiner = Examiner(engine.tokenizer, seed=SEED + length)
        examples = [
            examiner.make(length=length, depth=depth, asked=asked)
            for depth in DEPTHS
            for _ in range(1 if length > 1024 else 3)
        ]
        return [
            (each, engine.answer(each.messages, mode, most_tokens=ANSWER_TOKENS))
            for each in examples
        ]

    return answers


def right(answers):
    return sum(text == example.answer for example, text in answers) / len(answers)


def test_it_loads_like_any_other_model():
    weights = load_weights(READER, device="cpu")
    assert weights.context_tokens == 512
    tokenizer = weights.tokenizer
    assert weights.end_tokens == set(
        tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
    )
    config = weights.engine.network.model.config
    assert (config.model_type, config.tie_word_embeddings) == ("qwen2", True)
    assert config.num_key_value_heads < config.num_attention_heads
    assert 800_000 <= weights.engine.network.model.num_parameters() <= 1_500_000


def test_it_is_small_and_says_where_it_comes_from():
    log = json.loads((READER / "training_log.json").read_text("utf-8"))
    assert (READER / "model.safetensors").stat().st_size < 5_000_000
    assert isinstance(log["seed"], int)
    assert {"command", "steps", "tokens", "cpu_seconds", "versions"} <= log.keys()
    assert {"python", "torch", "transformers"} <= log["versions"].keys()


def test_inside_its_window_it_finds_and_quotes(ask):
    assert right(ask(PLAIN, 256) + ask(PLAIN, 512)) >= 0.85


def test_beyond_its_window_it_needs_yarn(ask):
    with_yarn = right(ask(YARN_4, 1024) + ask(YARN_4, 2048))
    without = right(ask(PLAIN, 1024) + ask(PLAIN, 2048))
    assert with_yarn >= 0.75
    assert without <= min(0.7, with_yarn - 0.2)


def test_beyond_its_window_dual_chunk_attention_serves_as_well(ask):
    assert right(ask(DUAL_CHUNK, 1024)) >= 0.75


def test_what_is_absent_is_none(ask):
    assert right(ask(PLAIN, 256, 0) + ask(YARN_4, 1024, 0)) >= 0.75


def test_what_it_quotes_stands_in_the_document(ask):
    answers = ask(PLAIN, 256) + ask(PLAIN, 512) + ask(YARN_4, 1024)
    verbatim = [
        is_verbatim(quote, example.document)
        for example, text in answers
        for quote in text.splitlines()
        if quote != "none"
    ]
    assert sum(verbatim) / len(verbatim) >= 0.9


def test_from_template_to_quote_through_the_chat_model(engine):
    chat = ChatQwen2.from_folder(READER, device="cpu", max_tokens=ANSWER_TOKENS)
    examiner = Examiner(engine.tokenizer, seed=SEED)
    examples = [examiner.make(length=384, depth=depth) for depth in DEPTHS * 3]
    answers = [chat.invoke([HumanMessage(each.messages[0]["content"])]) for each in examples]
    texts = [answer.text for answer in answers]
    assert sum(
        text == each.answer for text, each in zip(texts, examples, strict=True)
    ) >= 0.85 * len(examples)
    assert all(answer.usage_metadata["input_tokens"] == 384 - ANSWER_TOKENS for answer in answers)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_our_hosting_says_what_plain_transformers_says(engine, mode):
    yardstick = ReferenceEngine(READER)
    examiner = Examiner(engine.tokenizer, seed=SEED + 1)
    for length in (300, 700, 1100):
        chat = examiner.make(length=length, depth=0.5, asked=1).messages
        expected = yardstick.answer(chat, mode, most_tokens=ANSWER_TOKENS)
        assert engine.answer(chat, mode, most_tokens=ANSWER_TOKENS) == expected


def test_the_yardstick_of_dual_chunks_is_plain_rope_within_the_first_chunk():
    torch.set_num_threads(1)
    chunked = load(READER, Mode("", chunk=384, window=512))
    tokens = torch.arange(500)[None] * 7 % 1500
    with torch.inference_mode():
        plain = load(READER, PLAIN)(tokens).logits[0]
        other = chunked(tokens).logits[0]
    # Keys of the chunk before stand at their true distance up to the window.
    torch.testing.assert_close(other[:500], plain[:500], rtol=1e-3, atol=1e-3)
    with torch.inference_mode():
        longer = torch.arange(900)[None] * 7 % 1500
        assert not torch.allclose(
            chunked(longer).logits[0, -1], load(READER, PLAIN)(longer).logits[0, -1], atol=0.1
        )
