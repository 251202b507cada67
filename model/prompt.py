"""Turns messages into the token ids of a prompt; text in them never becomes a control token."""

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from model.errors import PromptError
from model.load import Weights

_ROLES: dict[type[BaseMessage], str] = {
    SystemMessage: "system",
    HumanMessage: "user",
    AIMessage: "assistant",
}


def tokenize_messages(weights: Weights, messages: Sequence[BaseMessage]) -> list[int]:
    """Render and tokenize messages in the model's chat template, ready for the answer.

    Raises:
        PromptError: nothing to answer, or something other than text from a known role.
    """
    turns = [_turn(message) for message in messages]
    if not any(turn["content"].strip() for turn in turns):
        raise PromptError("the prompt is empty: send at least one message with text")
    try:
        with weights.tokenizer_lock:
            encoded: Any = weights.tokenizer.apply_chat_template(
                turns, add_generation_prompt=True, sanitize_control_tokens=True
            )
    except (TemplateError, ValueError) as error:
        raise PromptError(f"{weights.name} cannot take these messages: {error}") from error
    ids: list[int] = encoded["input_ids"]
    return ids


def tokenize_text(weights: Weights, text: str) -> list[int]:
    """Tokenize plain text; control tokens in it are text."""
    with weights.tokenizer_lock:
        ids: list[int] = weights.tokenizer.encode(
            _whole_characters(text), add_special_tokens=False, split_special_tokens=True
        )
    return ids


def _turn(message: BaseMessage) -> dict[str, str]:
    """Write one message in the form of chat templates.

    Raises:
        PromptError: a role or a content that Qwen2 was not trained to read.
    """
    role = next((name for kind, name in _ROLES.items() if isinstance(message, kind)), None)
    if role is None:
        raise PromptError(
            f"ChatQwen2 takes system, human and AI messages, not one of type {message.type}: "
            "put its text into one of these"
        )
    if isinstance(message, AIMessage) and message.tool_calls:
        raise PromptError("ChatQwen2 takes no tool calls: put them into a message as text")
    blocks = [message.content] if isinstance(message.content, str) else message.content
    return {"role": role, "content": "".join(_block_text(block) for block in blocks)}


def _block_text(block: str | dict[str, Any]) -> str:
    """Take the text of one content block; anything else is refused rather than left out."""
    text = block if isinstance(block, str) else block.get("text")
    if not isinstance(text, str) or (isinstance(block, dict) and block.get("type") != "text"):
        raise PromptError("ChatQwen2 reads only text: leave images, sound and files out")
    return _whole_characters(text)


def _whole_characters(text: str) -> str:
    """Replace lone surrogates, which no tokenizer can encode, by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
