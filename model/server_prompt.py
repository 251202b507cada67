"""A prompt as it goes over the wire: what is sent, how long it is, and whether it was read."""

import json
import re
from typing import Any, Final

from model.control import neutralise
from model.tokens import count_tokens

# Qwen2's template around each message: <|im_start|> role \n ... <|im_end|> \n
_TOKENS_AROUND_MESSAGE: Final = 5
_TOKENS_BEFORE_ANSWER: Final = 3
# `You are a helpful assistant.`, which the template puts first where no system message is.
_TOKENS_OF_OWN_SYSTEM_MESSAGE: Final = 6
# Models with the vocabulary of Qwen2, whose tokens our count is exact for. Qwen3.5 has a new one.
_OUR_VOCABULARY: Final = re.compile(r"qwen[-_]?(?:2\.5|2|3)(?![.\d])", re.IGNORECASE)
# Below this the template weighs too much, and no window is so small.
_FEWEST_TO_JUDGE: Final = 1_000
_SMALLEST_WINDOW: Final = 2_048


def harmless(value: Any) -> Any:
    """Return messages with no control token in any text; texts in parts become one.

    Servers join the parts themselves, each in its own way, and not all of them take parts.
    """
    match value:
        case str():
            return neutralise(_whole_characters(value))
        case list() if value and all(_is_text(part) for part in value):
            return harmless("".join(part["text"] for part in value))
        case list():
            return [harmless(part) for part in value]
        case dict():
            return {key: harmless(part) for key, part in value.items()}
    return value


def count_prompt(payload: dict[str, Any]) -> int:
    """Count the Qwen2 tokens of a request in Qwen2's template; images count nothing."""
    messages = payload["messages"]
    texts = [_text(message) for message in messages]
    if payload.get("tools"):
        texts.append(json.dumps(payload["tools"], ensure_ascii=False))
    is_own = not messages or messages[0].get("role") != "system"
    around = _TOKENS_AROUND_MESSAGE * (len(messages) + is_own) + _TOKENS_BEFORE_ANSWER
    return sum(count_tokens(texts)) + around + _TOKENS_OF_OWN_SYSTEM_MESSAGE * is_own


def was_cut(
    payload: dict[str, Any], *, counted: int, reported: int, context_tokens: int | None
) -> bool:
    """Tell whether a server has read clearly less than it was sent.

    Ollama cuts a prompt to its window (4,096 tokens on most machines) without a word; servers that
    shift their context do too. Only the number of tokens they report gives it away. Tokenizers
    differ, so it is only concluded from what no tokenizer explains: a window that is full to the
    brim, to a power of two as they are set to by default; or fewer tokens than there are words,
    which holds for the vocabularies of all models served today. For the models whose vocabulary is
    ours, a tenth missing is enough (not with tools, which Qwen2's template leaves out). A report of
    0 is none.
    """
    if counted < _FEWEST_TO_JUDGE or reported <= 0:
        return False
    if context_tokens is not None and reported >= context_tokens:
        return True
    is_round = reported >= _SMALLEST_WINDOW and reported.bit_count() == 1
    if is_round and reported < 0.95 * counted:
        return True
    if _OUR_VOCABULARY.search(str(payload["model"])) and not payload.get("tools"):
        return reported < 0.9 * counted
    return reported < sum(len(_text(message).split()) for message in payload["messages"])


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and "text" in part


def _text(message: dict[str, Any]) -> str:
    """Return what a template would write of a message."""
    content = message.get("content") or ""
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    text = "".join(part["text"] for part in parts if _is_text(part))
    calls = message.get("tool_calls")
    return text + (json.dumps(calls, ensure_ascii=False) if calls else "")


def _whole_characters(text: str) -> str:
    """Replace lone surrogates, which no JSON can carry, by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
