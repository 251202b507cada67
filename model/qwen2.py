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
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import (
    agenerate_from_stream,
    generate_from_stream,
)
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import Field, InstanceOf

from model.constrain import Constraint
from model.decode import Chooser, Sampling
from model.engine import Prefill
from model.errors import ContextError, PromptError
from model.load import Weights, load
from model.prompt import tokenize_messages, tokenize_text
from model.settings import HostSettings
from model.structured import schema_from, structured
from model.text import TextStream
from model.yarn import PLAIN, Extension, RopeScaling, choose_scaling


class ChatQwen2(BaseChatModel):
    """A Qwen2-Instruct model on this machine.

    Text in messages never becomes a control token, whatever it looks like; a lone surrogate in it
    is read as U+FFFD. Any causal language model with a chat template and a byte-level tokenizer
    works, Qwen2 is the one it is made for.

    Several threads may use one model: answers under way at the same time share each forward pass,
    so `batch` over many prompts costs little more decoding than one. Closing a stream stops the
    work at once, in the middle of a long prompt too. While a prompt of several slices is read, the
    stream yields an empty chunk for each, with its tokens in `response_metadata` as a list of one,
    `prefilled_tokens`, and in the first `prompt_tokens`, what they will add up to.

    What was read stays in memory for a while: a prompt that begins like an earlier one reads only
    what is new (`usage_metadata["input_token_details"]["cache_read"]` tokens are not read again).

    Up to the native window positions are encoded as trained; beyond it each call stretches them
    just as far as its prompt and answer need, without a reload.

    Attributes:
        weights: the loaded model; may be shared by several chat models.
        max_tokens: most tokens of an answer; room for all of them must be left in the window.
        temperature: 0 takes the likeliest token each time, above 0 draws.
        seed: of the draws; unused at temperature 0.
        stop: an answer ends before the first of these texts; a call may name others.
        extension: how prompts beyond the native window are read; see `model.yarn.choose_scaling`.
    """

    weights: InstanceOf[Weights] = Field(exclude=True)
    max_tokens: int = Field(default=1024, gt=0)
    temperature: float = Field(default=0.0, ge=0)
    seed: int = 0
    stop: list[str] | None = None
    extension: Extension = "dual_chunk"

    @classmethod
    def from_folder(
        cls,
        source: str | Path,
        *,
        hub_cache: Path | None = None,
        device: str | None = None,
        dtype: torch.dtype | None = None,
        settings: HostSettings | None = None,
        **fields: Any,
    ) -> Self:
        """Load a model that is already on this machine; see `model.load.load`.

        Args:
            source: a folder in the layout of the hub, or a hub name found in the cache.
            hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
            device: a torch device; None takes the GPU if there is one, else the CPU.
            dtype: of the weights in memory; None takes bfloat16 on a GPU, else the stored one.
            settings: of the hosting; None takes the defaults.
            **fields: attributes of the chat model, such as `max_tokens`.

        Raises:
            WeightsError: the weights or the tokenizer cannot be loaded.
        """
        weights = load(source, hub_cache=hub_cache, device=device, dtype=dtype, settings=settings)
        return cls(weights=weights, **fields)

    @property
    def model_name(self) -> str:
        """The hub name, or the name of the folder the weights came from."""
        return self.weights.name

    def get_token_ids(self, text: str) -> list[int]:
        """Tokenize plain text; control tokens in it are text."""
        return tokenize_text(self.weights, text)

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
        return len(tokenize_messages(self.weights, messages))

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: str = "json_schema",
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Make a runnable that answers with an object of a schema.

        What the model says next is held to the schema token by token, so the answer is valid JSON
        of that schema whatever the model is worth, also when `max_tokens` ends it. Strings and
        lists without a bound are given one.

        Args:
            schema: a pydantic class, a TypedDict or a JSON schema.
            include_raw: return `raw`, `parsed` and `parsing_error` instead of the object alone.
            method: how other models are made to; here all of LangChain's come to the same.
            **kwargs: `strict`, which changes nothing either: every answer follows its schema.

        Raises:
            PromptError: the schema is not one, or uses what is not supported; says what.
        """
        unknown = sorted(set(kwargs) - {"strict"})
        if unknown or method not in {"json_schema", "function_calling", "json_mode"}:
            raise PromptError(
                f"structured output takes no {', '.join(unknown) or f'method {method}'}: leave it "
                "out"
            )
        return structured(self, schema, include_raw=include_raw)

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
            "extension": self.extension,
        }

    def _resolve_model_profile(self) -> ModelProfile:
        return ModelProfile(
            max_input_tokens=self.weights.extended_context_tokens,
            text_inputs=True,
            text_outputs=True,
            image_inputs=False,
            tool_calling=False,
            structured_output=True,
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        # Token by token: a task that is cancelled cannot stop a thread that waits for the whole.
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        response_format = kwargs.pop("response_format", None)
        sampling = self._sampling(kwargs)
        grammar = None
        if response_format is not None:
            schema, vocabulary = schema_from(response_format), self.weights.vocabulary
            grammar = Constraint(schema, vocabulary, max_tokens=sampling.max_tokens)
        prompt = tokenize_messages(self.weights, messages)
        scaling = self._scaling(len(prompt), sampling.max_tokens)
        chooser = Chooser(sampling, grammar, device=self.weights.engine.network.device)
        text = TextStream((self.stop or []) if stop is None else stop)
        for chunk in self._chunks(prompt, chooser, scaling, text):
            if run_manager and chunk.text:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _chunks(
        self, prompt: list[int], chooser: Chooser, scaling: RopeScaling, text: TextStream
    ) -> Iterator[ChatGenerationChunk]:
        """Answer a prompt in chunks of text; the last one says why it ended and what it took."""
        weights = self.weights
        reused_tokens = output_tokens = 0
        ended = False
        with closing(weights.engine.generate(prompt, chooser, scaling)) as events:
            for event in events:
                if isinstance(event, Prefill):
                    reused_tokens += event.reused_tokens
                    if chunk := _progress(event):
                        yield chunk
                    continue
                output_tokens += 1
                ended = event in weights.end_tokens
                if not ended and (piece := text.push(weights.token_bytes(event))):
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if ended or text.stopped:
                    break
        rest = text.finish()
        usage = UsageMetadata(
            input_tokens=len(prompt),
            output_tokens=output_tokens,
            total_tokens=len(prompt) + output_tokens,
            input_token_details=InputTokenDetails(cache_read=reused_tokens),
        )
        ended = ended or text.stopped or chooser.complete
        yield self._last_chunk(rest, usage, ended=ended)

    def _last_chunk(self, rest: str, usage: UsageMetadata, *, ended: bool) -> ChatGenerationChunk:
        """Close an answer; `ended` tells one that came to its end from one cut at its limit."""
        message = AIMessageChunk(
            content=rest,
            usage_metadata=usage,
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

    def _scaling(self, prompt_tokens: int, answer_tokens: int) -> RopeScaling:
        """Choose how positions are encoded; refuse what is longer than the window can become."""
        weights = self.weights
        if prompt_tokens + answer_tokens > weights.extended_context_tokens:
            raise ContextError(
                prompt_tokens=prompt_tokens,
                answer_tokens=answer_tokens,
                context_tokens=weights.extended_context_tokens,
            )
        if not weights.engine.network.extends:
            return PLAIN
        return choose_scaling(prompt_tokens + answer_tokens, weights.context_tokens, self.extension)


def _progress(event: Prefill) -> ChatGenerationChunk | None:
    """Make an empty chunk that tells how far a prompt is read; None for one read at once."""
    if event.read_tokens + event.reused_tokens == event.prompt_tokens:
        return None
    # A list, for LangChain joins lists end to end; of two equal numbers it would keep one.
    told: dict[str, Any] = {"prefilled_tokens": [event.read_tokens + event.reused_tokens]}
    if event.is_first:
        told["prompt_tokens"] = event.prompt_tokens
    return ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=told))
