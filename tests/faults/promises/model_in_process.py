"""A model in this process that fails: each answer ends as what it is, and the others are right."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import torch
from transformers import AutoModelForCausalLM

from model.errors import GenerationError
from model.load import load
from model.qwen2 import ChatQwen2
from tests.faults.promise import Outcome, Promise
from tests.tiny import make_qwen2

# How the answer must end that this happens to.
FAULTS = {
    "out of memory": "failed", "no numbers": "failed", "broken kernel": "failed",
    "never ends": "length", "no words": "stop",
}  # fmt: skip
MAX_TOKENS = 24
TELLING_TOKENS = 16  # at the end of a prompt
BAD, GOOD = "Where is the harbour?", ("Grüße aus Köln", "長い文書を読む。", "a", "b c d")


class Faulty:
    """A network in which one answer fails from its n-th pass on."""

    def __init__(self, network, fault, after, marks, end_tokens):
        self._network, self._fault, self._left = network, fault, after
        self._marks, self._ends, self._bad = marks, end_tokens, None

    def __getattr__(self, name):
        return getattr(self._network, name)

    def read(self, parts):
        for part in parts:
            # Only the end is read for sure: the beginning may be shared with another answer.
            if self._bad is None and part.tokens[-len(self._marks) :] == self._marks:
                self._bad = part.cache
        bad = [part.cache is self._bad for part in parts]
        if not any(bad):
            return self._network.read(parts)
        self._left -= 1
        failing = self._left < 0 or self._fault == "never ends"
        if failing and self._fault == "out of memory":
            raise torch.OutOfMemoryError("9 GiB")
        if failing and self._fault == "broken kernel":
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        logits = self._network.read(parts).clone()
        rows = torch.tensor(bad)
        if failing and self._fault == "no numbers":
            logits[rows] = torch.nan
        if failing and self._fault == "never ends":
            logits[:, sorted(self._ends)] = torch.where(
                rows[:, None], -torch.inf, logits[:, sorted(self._ends)]
            )
        if failing and self._fault == "no words":
            logits[rows] = -torch.inf
            logits[rows, min(self._ends)] = 0.0
        return logits


def ended(chat, question):
    """Return how an answer ends, and its text."""
    try:
        answer = chat.invoke(question)
    except GenerationError as error:
        return ("failed", "") if "\n" not in str(error) else ("more than a sentence", "")
    return answer.response_metadata["finish_reason"], answer.text


def tried(count, folder):
    torch.set_num_threads(1)
    weights = load(make_qwen2(folder / "Tiny-Qwen2"), device="cpu")
    chat, engine = ChatQwen2(weights=weights, max_tokens=MAX_TOKENS), weights.engine
    network, marks = engine.network, _prompt(weights, BAD)[-TELLING_TOKENS:]
    alone = {question: ended(chat, question) for question in GOOD}
    random_, broken = random.Random(count), []
    for fault in islice(cycle(FAULTS), count):
        after = random_.randrange(1, 6)
        engine.prefixes.clear()
        engine.network = Faulty(network, fault, after, marks, weights.end_tokens)
        with ThreadPoolExecutor(5) as pool:
            bad, *good = pool.map(lambda question: ended(chat, question), (BAD, *GOOD))
        engine.network = network
        if bad[0] != FAULTS[fault]:
            broken.append(f"{fault} after {after} passes: it ended as {bad[0]}")
        if dict(zip(GOOD, good, strict=True)) != alone:
            broken.append(f"{fault}: another answer is wrong")
    return Outcome(count, tuple(broken))


def _prompt(weights, question):
    messages = [{"role": "user", "content": question}]
    return weights.tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]


def ours(count, folder):
    return tried(count, folder)


def control(_count, folder):
    """Have plain transformers answer where the model gives no numbers."""
    weights = make_qwen2(folder / "Tiny-Qwen2")
    tokenizer, model = (
        load(weights, device="cpu").tokenizer,
        AutoModelForCausalLM.from_pretrained(weights),
    )
    model.lm_head.register_forward_hook(lambda _module, _given, logits: logits * torch.nan)
    ids = torch.tensor([tokenizer(BAD)["input_ids"]])
    output = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=4)
    said = output.shape[1] > ids.shape[1]
    return Outcome(1, ("it answers without numbers",) if said else ())


PROMISE = Promise(
    "A model in this process that fails says so, and costs no other answer",
    "of five answers side by side one runs out of memory, gives no numbers, breaks, never ends or "
    "says nothing, after some passes; the others must be what they are alone",
    ours, control, "takes what transformers generates", len(FAULTS), 40 * len(FAULTS),
)  # fmt: skip
