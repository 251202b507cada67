"""Document text on its way into a prompt: fenced, unable to pose as control tokens."""

import hashlib
import re

# A word joiner breaks a control token apart for every tokenizer and stays invisible to people.
_JOINER = "\u2060"
# `<|im_start|>`, `<tool_call>`, `<s>`, `<start_of_turn>`, `<think>`, `[INST]`, `<<SYS>>`: control
# tokens of Qwen2 and of the families that servers host.
_CONTROL = re.compile(
    r"([<\[])(?=[|｜]|/?(?:[a-z]+_)+[a-z]+[>\]]|/?(?:s|think|bos|eos|pad|unk|mask)>|/?INST\]|<)",
    re.IGNORECASE,
)


def neutralise(text: str) -> str:
    """Return `text` with every chat control token in it broken apart; `restore` undoes it."""
    return _CONTROL.sub(rf"\1{_JOINER}", text)


def restore(text: str) -> str:
    """Return `text` without the joiners that `neutralise` put in."""
    return text.replace(_JOINER, "")


def fence_mark(text: str) -> str:
    """Return a line to fence `text` with, which `text` cannot hold.

    It is made from the text's own digest: to forge it a document would have to contain its hash.
    """
    return f"=== {hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:24]} ==="
