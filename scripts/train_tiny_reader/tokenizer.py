"""Trains the reader's tokenizer: a small byte-level BPE in the form of Qwen2's."""

import json
import random
from collections.abc import Iterator
from typing import Final

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

from scripts.train_tiny_reader.corpus import (
    QUESTION_FORMS,
    SYSTEM,
    collect_prose,
    make_keys,
    make_needle,
    make_salad,
    make_sentence,
)

CONTROL_TOKENS: Final = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

# The template of the published Qwen2-Instruct models.
CHATML: Final = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

_LINE_END: Final = "Ċ"
"""The letter that byte-level tokenizers write for a newline."""

_VOCABULARY: Final = 1_800
_ROUNDS: Final = 8_000
_PROSE_SENTENCES: Final = 1_000


def train_tokenizer(seed: int, *, context_tokens: int) -> Qwen2Tokenizer:
    """Train a byte-level BPE on generated text; NFC and word pattern are Qwen2's.

    No text with quotation marks beside words is shown, so that a quoted sentence is spelled with
    the tokens it has in the document, but for its first.

    Args:
        seed: of the text it is trained on.
        context_tokens: written into the tokenizer's settings.
    """
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.NFC()
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY - len(CONTROL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(_texts(seed), trainer)
    parts = json.loads(trained.to_str())["model"]
    tokenizer = Qwen2Tokenizer(
        vocab=parts["vocab"],
        merges=[
            (left, right) for left, right in parts["merges"] if not _spans_line_end(left + right)
        ],
        eos_token="<|im_end|>",  # noqa: S106  a token of text
        additional_special_tokens=list(CONTROL_TOKENS[1:]),
        model_max_length=context_tokens,
    )
    tokenizer.chat_template = CHATML
    return tokenizer


def _spans_line_end(token: str) -> bool:
    """Say whether a token holds both a line's end and something before it.

    Qwen2's word pattern lets a full stop take the line ends after it along. The last sentence of a
    paragraph is to be spelled like any other, so such tokens are never formed.
    """
    return _LINE_END in token and token.strip(_LINE_END) != ""


def _texts(seed: int) -> Iterator[str]:
    """Yield text in the proportions that make every word of ours one token."""
    rng = random.Random(seed)
    prose = [each.replace('"', "") for each in collect_prose()]
    yield from (f" {each}" for each in rng.sample(prose, _PROSE_SENTENCES))
    for _ in range(_ROUNDS):
        yield "".join(f" {make_sentence(rng)}" for _ in range(4))
        yield f" {make_salad(rng)}"
        (key,) = make_keys(rng, 1)
        question = rng.choice(QUESTION_FORMS).format(key=key)
        needle = make_needle(rng, key).text
        # Once after a space, as in the document, and once as the first word of a line.
        yield f" {needle}\n\n{needle}\n\n{question}"
        yield f"user\n\nassistant\n\nsystem\n\n{SYSTEM}\n\nnone"
