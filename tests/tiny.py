"""Makes a tiny random Qwen2: the real architecture, tokenizer form and chat template."""

import json
import shutil
from pathlib import Path

import torch
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from tokenizers import Regex as TokenizerRegex
from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

CONTROL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PLAIN_ADDED_TOKEN = "<tool_call>"  # noqa: S105  a token of text
CONTEXT_TOKENS = 512

WORD_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

CORPUS = [
    "You are a helpful assistant. Answer with the words of the document, and name the page.",
    "The harbour of Vinga was dredged in 1907; the pilots moved out to the island in autumn.",
    "Grüße aus Köln, déjà vu à Paris, 長い文書を読む。 文書を読む 文書。 Ответ стоит на странице.",
]


def make_tokenizer(*, added: tuple[str, ...] = ()) -> Qwen2Tokenizer:
    """A byte-level BPE of about 400 tokens in Qwen2's form."""
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.NFC()
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(TokenizerRegex(WORD_PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(CORPUS * 4, trainer)
    parts = json.loads(trained.to_str())["model"]
    tokenizer = Qwen2Tokenizer(
        vocab=parts["vocab"],
        merges=[tuple(pair) for pair in parts["merges"]],
        eos_token="<|im_end|>",  # noqa: S106  a token of text
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
        model_max_length=CONTEXT_TOKENS,
    )
    tokenizer.add_tokens([AddedToken(token, special=False) for token in added])
    tokenizer.chat_template = CHATML
    return tokenizer


def make_qwen2(
    folder: Path,
    *,
    added: tuple[str, ...] = (PLAIN_ADDED_TOKEN,),
    context_tokens: int = CONTEXT_TOKENS,
) -> Path:
    """Write a random Qwen2 of three layers into a folder, as safetensors."""
    torch.manual_seed(20_240_607)
    tokenizer = make_tokenizer(added=added)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context_tokens,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        tie_word_embeddings=True,
        # Wide enough that greedy decoding does not fall into repeating one token.
        initializer_range=0.3,
    )
    network = Qwen2ForCausalLM(config)
    network.generation_config = GenerationConfig(
        eos_token_id=[tokenizer.convert_tokens_to_ids(token) for token in CONTROL_TOKENS[::2]],
        pad_token_id=tokenizer.convert_tokens_to_ids("<|endoftext|>"),
    )
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def put_in_cache(folder, hub_cache, name):
    """Lay a model into a hub cache as huggingface_hub does."""
    repository = hub_cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / ("0" * 40)
    shutil.copytree(folder, snapshot)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    return snapshot
