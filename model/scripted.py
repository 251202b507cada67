"""A chat model that answers by rule: the fake at the seam, for tests and for trying things out."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
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
