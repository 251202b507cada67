"""Text on its way into a chat template that others apply: unable to pose as control tokens.

An OpenAI-compatible server writes messages into its template and tokenizes the whole, so that
`<|im_end|>` in a document ends the turn.
"""

import re
from typing import Final

# A word joiner breaks a control token apart for every tokenizer and stays invisible to people.
_JOINER: Final = "\u2060"
# `<|im_start|>`, `<tool_call>`, `<s>`, `<start_of_turn>`, `<think>`, `[INST]`, `<<SYS>>`: control
# tokens of Qwen2 and of the families that servers host. `<|` is broken whatever follows, for the
# rest may stand in the next part of the message. What is broken already is left as it is.
_CONTROL: Final = re.compile(
    r"([<\[])(?=[|｜]|/?(?:[a-z]+_)+[a-z]+[>\]]|/?(?:s|think|bos|eos|pad|unk|mask)>|/?INST\]"
    r"|</?SYS>)",
    re.IGNORECASE,
)
_BROKEN: Final = re.compile(rf"([<\[]){_JOINER}")


def neutralise(text: str) -> str:
    """Return `text` with every chat control token in it broken apart; `restore` undoes it."""
    return _CONTROL.sub(rf"\1{_JOINER}", text)


def restore(text: str) -> str:
    """Return `text` without the joiners that `neutralise` puts in."""
    return _BROKEN.sub(r"\1", text)
