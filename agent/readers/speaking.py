"""Putting a prompt to a chat model: its reply piece by piece, stopped the moment it is closed."""

import json
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, cast

from langchain_core.exceptions import ContextOverflowError
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.runnables import Runnable

from agent.errors import ReaderError, TooLongError
from agent.evidence import Usage
from agent.prompts import fill
from model.control import restore
from model.errors import ContextError
from model.loop import iterate_with_beats
from model.tokens import count_tokens

_BEAT_SECONDS: Final = 0.2
_UNKNOWN_WINDOW: Final = 12_000  # for a model that does not say


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended: what it took, and whether the model's limit of tokens cut it off."""

    usage: Usage
    is_cut: bool


Speaker = BaseChatModel | Runnable[LanguageModelInput, AIMessage]
"""A chat model, or one that is bound to settings of a call."""


def say(model: Speaker, name: str, prompt: str) -> Generator[str, None, Ending]:
    """Stream the model's reply, "" while it thinks; closing this cancels the model's work.

    Raises:
        TooLongError: if the prompt does not fit the model's window.
        ReaderError: if the model fails in any other way, or answers nothing.
    """
    return (yield from speak(model, name, [SystemMessage(fill("system")), HumanMessage(prompt)]))


def speak(
    model: Speaker, name: str, messages: Sequence[BaseMessage]
) -> Generator[str, None, Ending]:
    """Stream the model's reply to these messages alone; otherwise as `say`."""
    whole: AIMessageChunk | None = None
    # A generator, though its annotation promises no more than an iterator.
    source = cast("AsyncGenerator[AIMessageChunk]", model.astream(list(messages)))
    with closing(iterate_with_beats(source, _BEAT_SECONDS)) as stream:
        while True:
            try:
                chunk = next(stream)
            except StopIteration:
                break
            except (ContextError, ContextOverflowError) as error:
                raise TooLongError(f"{name} failed: {error}") from error
            except Exception as error:  # chat models raise whatever their maker chose
                raise ReaderError(f"{name} failed: {error}") from error
            if chunk is not None:
                whole = chunk if whole is None else whole + chunk
            yield chunk.text if chunk else ""
    if whole is None or not whole.text.strip():
        raise ReaderError(f"{name} answered nothing.")
    is_cut = whole.response_metadata.get("finish_reason") == "length"
    return Ending(_usage(whole, "".join(message.text for message in messages)), is_cut)


def say_whole(model: Speaker, name: str, prompt: str) -> Generator[None, None, tuple[str, Ending]]:
    """Return the whole reply, control tokens as they were in the document; see `say`."""
    pieces = []
    with closing(say(model, name, prompt)) as reply:
        while True:
            try:
                pieces.append(next(reply))
            except StopIteration as done:
                return restore("".join(pieces)), done.value
            yield


def _usage(reply: AIMessageChunk, prompt: str) -> Usage:
    """Return what the model says it used, or our own count where it says nothing."""
    if reply.usage_metadata:
        used = reply.usage_metadata
        return Usage(used["input_tokens"], used["output_tokens"], 1)
    given, got = count_tokens([prompt, reply.text])
    return Usage(given, got, 1)


def model_name(model: BaseChatModel) -> str:
    """Return what a chat model calls itself."""
    for attribute in ("model_name", "model"):
        name = getattr(model, attribute, None)
        if isinstance(name, str) and name:
            return name
    return type(model).__name__


def half_window(model: BaseChatModel, at_most: int) -> int:
    """Return half of the model's window, which leaves room for the rest; at most `at_most`."""
    window = (model.profile or {}).get("max_input_tokens")
    return min(at_most, window // 2) if window else min(at_most, _UNKNOWN_WINDOW // 2)


def settings_of(model: BaseChatModel) -> str:
    """Return what of a model's settings can change its answers."""
    return json.dumps(model._identifying_params, sort_keys=True, default=str)  # noqa: SLF001  LangChain's own name for it
