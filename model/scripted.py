"""Models that work by rule: the fakes at the seams, for tests and for trying things out."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field


class ScriptedChatModel(BaseChatModel):
    """Answers each prompt with what `reply` returns for the text of its last message.

    Attributes:
        reply: from the last message's text to the answer; it may raise, to play a failing model.
        model_name: what the model calls itself.
        prompts: the last messages it was given, in order.
    """

    reply: Callable[[str], str]
    model_name: str = "scripted"
    prompts: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._answer(messages)))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        del stop, run_manager, kwargs
        for piece in self._answer(messages).split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            yield ChatGenerationChunk(message=AIMessageChunk(content=" "))

    def _answer(self, messages: Sequence[BaseMessage]) -> str:
        self.prompts.append(messages[-1].text)
        return self.reply(messages[-1].text)


class HashedWords(Embeddings):
    """Embeds a text as the sum of its words, each a fixed direction drawn from the word's hash.

    Texts that share words are near each other, and others are almost at right angles.

    Attributes:
        dimensions: of the vectors.
        model_id: names the rule, for the keys under which vectors are kept.
        languages: those it is made for; empty for all.
        embedded: the passages it was given, in order.
    """

    def __init__(
        self, dimensions: int = 256, languages: frozenset[str] = frozenset(), model_id: str = ""
    ) -> None:
        self.dimensions: Final = dimensions
        self.model_id: Final = model_id or f"hashed words {dimensions}"
        self.languages: Final = languages
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector of length 1 for each passage."""
        self.embedded += texts
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return a vector of length 1."""
        words = re.findall(r"\w+", text.lower()) or [""]
        total = np.sum([self._direction(word) for word in words], axis=0)
        return [float(number) for number in total / np.linalg.norm(total)]

    def _direction(self, word: str) -> "np.typing.NDArray[np.float64]":
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self.dimensions)
