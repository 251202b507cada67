"""Qwen2 in this process, as a LangChain chat model.

    >>> chat = ChatQwen2.from_folder("Qwen/Qwen2-7B-Instruct", max_tokens=300)
    >>> for chunk in chat.stream("What is a window?"):
    ...     print(chunk.text, end="")

Nothing here reads documents or changes prompts: a prompt that does not fit is refused, not cut.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import torch
from jinja2 import TemplateError
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, ModelProfile
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
)
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool
from pydantic import Field, InstanceOf

from model.decode import Sampling, generate_tokens
from model.errors import ContextError, PromptError
from model.load import Weights, load
from model.text import TextStream

_ROLES: dict[type[BaseMessage], str] = {
    SystemMessage: "system",
    HumanMessage: "user",
    AIMessage: "assistant",
}


class ChatQwen2(BaseChatModel):
    """A Qwen2-Instruct model on this machine.

    Text in messages never becomes a control token, whatever it looks like; a lone surrogate in it
    is read as U+FFFD. Any causal language model with a chat template and a byte-level tokenizer
    works, Qwen2 is the one it is made for.

    Several threads may use one model: their forward passes take turns. Closing a stream stops the
    work at once and frees its cache.

    Attributes:
        weights: the loaded model; may be shared by several chat models.
        max_tokens: most tokens of an answer; room for all of them must be left in the window.
        temperature: 0 takes the likeliest token each time, above 0 draws.
        seed: of the draws; unused at temperature 0.
        stop: an answer ends before the first of these texts; a call may name others.
    """

    weights: InstanceOf[Weights] = Field(exclude=True)
    max_tokens: int = Field(default=1024, gt=0)
    temperature: float = Field(default=0.0, ge=0)
    seed: int = 0
    stop: list[str] | None = None

    @classmethod
    def from_folder(
        cls,
        source: str | Path,
        *,
        hub_cache: Path | None = None,
        device: str | None = None,
        dtype: torch.dtype | None = None,
        **fields: Any,
    ) -> Self:
        """Load a model that is already on this machine; see `model.load.load`.

        Args:
            source: a folder in the layout of the hub, or a hub name found in the cache.
            hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
            device: a torch device; None takes the GPU if there is one, else the CPU.
            dtype: of the weights in memory; None takes bfloat16 on a GPU, else the stored one.
            **fields: attributes of the chat model, such as `max_tokens`.

        Raises:
            WeightsError: the weights or the tokenizer cannot be loaded.
        """
        weights = load(source, hub_cache=hub_cache, device=device, dtype=dtype)
        return cls(weights=weights, **fields)

    @property
    def model_name(self) -> str:
        """The hub name, or the name of the folder the weights came from."""
        return self.weights.name

    def get_token_ids(self, text: str) -> list[int]:
        """Tokenize plain text; control tokens in it are text."""
        weights = self.weights
        with weights.tokenizer_lock:
            ids: list[int] = weights.tokenizer.encode(
                _whole_characters(text), add_special_tokens=False, split_special_tokens=True
            )
        return ids

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
    ) -> int:
        """Count the tokens of a prompt as the model reads it, chat template included.

        Raises:
            PromptError: the messages cannot be put to this model; tools never can.
        """
        if tools:
            raise PromptError("ChatQwen2 takes no tools: put their description into a message")
        return len(self._prompt(messages))

    @property
    def _llm_type(self) -> str:
        return "qwen2"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "model_name": self.model_name,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
            "stop": self.stop,
        }

    def _resolve_model_profile(self) -> ModelProfile:
        return ModelProfile(
            max_input_tokens=self.weights.context_tokens,
            text_inputs=True,
            text_outputs=True,
            image_inputs=False,
            tool_calling=False,
            structured_output=False,
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        sampling = self._sampling(kwargs)
        prompt = self._prompt(messages)
        self._check_room(len(prompt), sampling.max_tokens)
        text = TextStream((self.stop or []) if stop is None else stop)
        for chunk in self._chunks(prompt, sampling, text):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _chunks(
        self, prompt: list[int], sampling: Sampling, text: TextStream
    ) -> Iterator[ChatGenerationChunk]:
        """Answer a prompt in chunks of text; the last one says why it ended and what it took."""
        weights = self.weights
        output_tokens = 0
        ended = False
        with closing(
            generate_tokens(weights.network, prompt, sampling=sampling, lock=weights.network_lock)
        ) as tokens:
            for token in tokens:
                output_tokens += 1
                ended = token in weights.end_tokens
                if not ended and (piece := text.push(weights.token_bytes(token))):
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if ended or text.stopped or output_tokens == sampling.max_tokens:
                    break
        rest = text.finish()
        yield self._last_chunk(rest, len(prompt), output_tokens, ended=ended or text.stopped)

    def _last_chunk(
        self, rest: str, input_tokens: int, output_tokens: int, *, ended: bool
    ) -> ChatGenerationChunk:
        """Close an answer; `ended` tells one that came to its end from one cut at its limit."""
        message = AIMessageChunk(
            content=rest,
            usage_metadata=UsageMetadata(
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                total_tokens=input_tokens + output_tokens,
            ),
            response_metadata={
                "finish_reason": "stop" if ended else "length",
                "model_name": self.model_name,
            },
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message)

    def _sampling(self, changes: dict[str, Any]) -> Sampling:
        """Combine this model's settings with those that one call changes.

        Raises:
            PromptError: a setting this model does not have, or a value it cannot take.
        """
        settings = {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
        }
        unknown = sorted(set(changes) - set(settings))
        if unknown:
            raise PromptError(f"ChatQwen2 does not take {', '.join(unknown)}: leave it out")
        return Sampling(**{**settings, **changes})

    def _prompt(self, messages: Sequence[BaseMessage]) -> list[int]:
        """Render and tokenize messages, ready for the answer.

        Raises:
            PromptError: nothing to answer, or something other than text from a known role.
        """
        turns = [_turn(message) for message in messages]
        if not any(turn["content"].strip() for turn in turns):
            raise PromptError("the prompt is empty: send at least one message with text")
        tokenizer = self.weights.tokenizer
        try:
            with self.weights.tokenizer_lock:
                encoded: Any = tokenizer.apply_chat_template(
                    turns, add_generation_prompt=True, sanitize_control_tokens=True
                )
        except (TemplateError, ValueError) as error:
            raise PromptError(f"{self.model_name} cannot take these messages: {error}") from error
        ids: list[int] = encoded["input_ids"]
        return ids

    def _check_room(self, prompt_tokens: int, answer_tokens: int) -> None:
        """Refuse what is longer than the window, before any work."""
        if prompt_tokens + answer_tokens > self.weights.context_tokens:
            raise ContextError(
                prompt_tokens=prompt_tokens,
                answer_tokens=answer_tokens,
                context_tokens=self.weights.context_tokens,
            )


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
