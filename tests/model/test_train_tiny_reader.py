"""What the tiny reader is trained and examined on, and the forward pass it is trained with."""

import random

import pytest
import torch
from transformers import AutoTokenizer

from scripts.train_tiny_reader import corpus
from scripts.train_tiny_reader.examples import ANSWER_TOKENS, Examiner
from scripts.train_tiny_reader.lean import LeanQwen2, largest_difference
from scripts.train_tiny_reader.lessons import Teacher
from scripts.train_tiny_reader.train import STAGES, make_network
from tests.model.test_tiny_reader import READER


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(READER)


@pytest.fixture(scope="module")
def network(tokenizer):
    torch.manual_seed(0)
    return make_network(tokenizer, layers=4)


def prompt_tokens(tokenizer, example):
    prompt = tokenizer.apply_chat_template(example.messages, add_generation_prompt=True)
    return len(prompt["input_ids"])


@pytest.mark.parametrize("length", [256, 512, 1500])
@pytest.mark.parametrize("asked", [0, 1, 2])
def test_examples_have_exactly_the_length_asked_for(tokenizer, length, asked):
    examiner = Examiner(tokenizer, seed=length + asked)
    for depth in (0.0, 0.4, 1.0):
        example = examiner.make(length=length, depth=depth, asked=asked)
        assert prompt_tokens(tokenizer, example) == length - ANSWER_TOKENS


@pytest.mark.parametrize("depth", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_needle_stands_at_the_depth_asked_for(tokenizer, depth):
    example = Examiner(tokenizer, seed=5).make(length=2048, depth=depth)
    needle = example.answer.strip('"')
    before, after = example.document.split(needle)
    count = [len(tokenizer(text)["input_ids"]) for text in (before, after)]
    assert count[0] / sum(count) == pytest.approx(depth, abs=0.02)


def test_examples_are_what_they_say(tokenizer):
    examiner = Examiner(tokenizer, seed=6)
    for asked in (0, 1, 2):
        for _ in range(20):
            example = examiner.make(length=512, depth=0.3, asked=asked)
            quotes = example.answer.splitlines()
            assert len(quotes) == max(1, asked)
            if asked:
                places = [example.document.index(quote.strip('"')) for quote in quotes]
                assert places == sorted(places)
            else:
                assert example.answer == "none"


def test_a_seed_names_the_examples(tokenizer):
    first, again, other = (
        Examiner(tokenizer, seed=seed).make(length=512, depth=0.5) for seed in (7, 7, 8)
    )
    assert first == again != other


def test_keys_do_not_contain_each_other():
    rng = random.Random(9)
    for _ in range(50):
        keys = corpus.make_keys(rng, 10)
        for key in keys:
            assert not corpus.clashes(key, [other for other in keys if other != key])
        assert not corpus.clashes(corpus.make_absent_key(rng, keys), keys)


def test_lessons_fit_and_their_answers_are_whole(tokenizer):
    teacher = Teacher(tokenizer, seed=10, native_tokens=512)
    stage = STAGES[-1]
    batch = teacher.make_batch(stage, lessons=20, factor=4)
    assert batch.tokens.shape == (20, 512)
    kinds = set()
    for row, start, end, kind in batch.answers:
        text = tokenizer.decode(batch.tokens[row, :start])
        document = text.split("<|im_start|>user\n")[1]
        answer = tokenizer.decode(batch.tokens[row, start:end])
        assert answer.endswith("<|im_end|>")
        lines = answer.removesuffix("<|im_end|>").split("\n")
        expected = {"none": ["none"]}.get(kind, lines)
        assert lines == expected
        assert kind == "none" or all(line.strip('"') in document for line in lines)
        kinds.add(kind)
    assert kinds == {"none", "one", "two"}


def test_positions_jump_only_between_sentences_and_stay_in_reach(tokenizer):
    teacher = Teacher(tokenizer, seed=11, native_tokens=512)
    batch = teacher.make_batch(STAGES[-1], lessons=20, factor=4)
    assert batch.positions.max() < 4 * 512
    assert batch.positions.max() > 2 * 512
    for row in range(20):
        steps = batch.positions[row].diff()
        for place in (steps > 1).nonzero().flatten().tolist():
            before = tokenizer.decode(batch.tokens[row, place])
            after = tokenizer.decode(batch.tokens[row, place + 1])
            assert before.rstrip()[-1:] in '.!?:)"*' or before == "user\n" or after[:1] in " \n"


def test_the_lean_forward_pass_is_that_of_transformers(network):
    assert largest_difference(network) < 1e-4


@pytest.mark.parametrize("factor", [2, 4])
def test_the_lean_forward_pass_is_that_of_transformers_with_yarn(network, factor, tmp_path):
    from benchmarks.reference_engine import Mode, load  # noqa: PLC0415

    network.save_pretrained(tmp_path)
    tokens = torch.arange(600)[None] * 13 % 1700
    positions = torch.arange(600)[None]
    with torch.inference_mode():
        ours = LeanQwen2(network, dtype=torch.float32)(tokens, positions, factor)
        theirs = load(tmp_path, Mode("", factor=factor)).model(tokens).last_hidden_state
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


def test_the_wired_start_finds_and_copies_before_training(network, tokenizer):
    text = "The magic number of the green harbour is 4821. Karl liked it. A green harbour"
    ids = tokenizer(text)["input_ids"]
    network.set_attn_implementation("eager")
    with torch.inference_mode():
        weights = network(torch.tensor([ids]), output_attentions=True).attentions
    network.set_attn_implementation("sdpa")
    assert float(weights[0][0, 0].diagonal(-1).mean()) > 0.8  # layer 0 looks one token back
    after = tokenizer.convert_ids_to_tokens(ids).index("Ġis")
    assert int(weights[1][0, 0, -1].argmax()) == after  # layer 1 looks at what followed
