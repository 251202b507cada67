"""The engine under random use: whatever was asked, closed or broken before, no answer changes."""

import gc
import random

import pytest
import torch
from transformers import AutoModelForCausalLM

from model.decode import Chooser, Sampling
from model.dual_chunk import DualChunk
from model.engine import Engine, Prefill
from model.errors import GenerationError
from model.network import PackedQwen2
from model.prefix import Prefixes
from model.yarn import PLAIN, RopeScaling
from tests.tiny import CONTEXT_TOKENS

SCALINGS = [PLAIN, PLAIN, RopeScaling(4.0), RopeScaling(2.0, DualChunk(24, 32))]
DOCUMENTS = [[(7 + 4 * number) * place % 390 for place in range(90)] for number in range(2)]
FAULTS = [RuntimeError("kernel died"), torch.OutOfMemoryError("9 GiB"), KeyboardInterrupt()]


class Faults:
    """Breaks one pass, at a place in the middle of it."""

    def __init__(self, model):
        self.model = model
        self.places = [*(layer.mlp for layer in model.model.layers), model.lm_head]
        self._hook = None

    def once(self, place, error):
        self.never()
        self._hook = self.places[place].register_forward_pre_hook(self._fail(error))

    def never(self):
        if self._hook:
            self._hook.remove()
            self._hook = None

    def _fail(self, error):
        def hook(*_):
            self.never()
            raise error

        return hook


def packed(folder):
    return PackedQwen2(AutoModelForCausalLM.from_pretrained(folder), CONTEXT_TOKENS)


@pytest.fixture(scope="module")
def network(tiny_folder):
    return packed(tiny_folder)


@pytest.fixture(scope="module")
def expected(tiny_folder):
    """The answer of an engine that has nothing else to do and nothing kept."""
    network = packed(tiny_folder)
    known = {}

    def answer(prompt, max_tokens, scaling):
        key = tuple(prompt), scaling
        if len(known.get(key, ())) < max_tokens:
            fresh = Engine(network, (), Prefixes(0), slice_tokens=4096)
            events = fresh.generate(prompt, Chooser(Sampling(max_tokens)), scaling)
            known[key] = [event for event in events if not isinstance(event, Prefill)]
        return known[key][:max_tokens]

    return answer


class Asked:
    """A stream, and what has come of it."""

    def __init__(self, engine, rng):
        document = rng.choice(DOCUMENTS)
        question = [rng.randrange(390) for _ in range(rng.randint(1, 4))]
        self.prompt = document[: rng.choice([1, 30, 64, 90, 90, 90])] + question
        self.max_tokens = rng.randint(1, 14)
        self.scaling = rng.choice(SCALINGS)
        chooser = Chooser(Sampling(self.max_tokens))
        self.stream = engine.generate(self.prompt, chooser, self.scaling)
        self.tokens = []
        self.ended = False

    def fetch(self, most):
        for _ in range(most):
            event = next(self.stream, None)
            if event is None:
                self.ended = True
                return
            if not isinstance(event, Prefill):
                self.tokens.append(event)

    def check(self, expected):
        whole = expected(self.prompt, self.max_tokens, self.scaling)
        assert self.tokens == (whole if self.ended else whole[: len(self.tokens)])

    def does(self, operation, rng):
        """Use the stream, and say whether it is over."""
        try:
            if operation == "close":
                self.stream.close()
            elif operation == "drop":
                self.itself, self.stream = self, None  # for the garbage collection
            else:
                self.fetch(1000 if operation == "finish" else rng.randint(1, 4))
        except (GenerationError, KeyboardInterrupt):
            self.stream = None
        return self.ended or operation == "close" or self.stream is None


OPERATIONS = ["start", "start", *["fetch"] * 6, "finish", "close", "drop", "break"]


def play(network, expected, seed):
    rng = random.Random(seed)
    faults = Faults(network.model)
    few = network.cache_bytes(100)
    prefixes = Prefixes(rng.choice([0, few, 3 * few]), spill_bytes=rng.choice([0, 2 * few]))
    engine = Engine(network, (), prefixes, slice_tokens=rng.choice([3, 17, 64]))
    asked = []
    for _ in range(60):
        operation = rng.choice(OPERATIONS)
        if operation == "break":
            faults.once(rng.randrange(len(faults.places)), rng.choice(FAULTS))
        elif operation == "start" and len(asked) < 5:
            asked.append(Asked(engine, rng))
        elif asked:
            one = rng.choice(asked)
            if one.does(operation, rng):
                asked.remove(one)
            one.check(expected)
            assert prefixes.bytes_on_device <= prefixes.device_bytes
            assert prefixes.bytes_spilled <= prefixes.spill_bytes
    faults.never()
    for one in asked:
        one.does("finish", rng)
        one.check(expected)
    del one, asked
    gc.collect()
    assert not engine._runs


# Seed 8 fails where a pass that was interrupted leaves the caches of others as they are.
@pytest.mark.parametrize("seed", range(9))
def test_no_answer_depends_on_what_else_was_asked(network, expected, seed):
    play(network, expected, seed)
