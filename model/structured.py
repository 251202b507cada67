"""Answers in a form: asked for, checked here, and mended once by the model itself."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import jsonschema  # type: ignore[import-untyped]
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, convert_to_messages
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.utils.function_calling import convert_to_openai_function
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import ValidationError

from model.control import restore
from model.errors import FormError, PromptError
from model.json_schema import schema_of

_NO_NAME: Final = re.compile(r"[^\w-]", re.ASCII)  # servers take names of these letters only
_MEND: Final = "This is not in the form asked for: {error}. Answer again, with the JSON alone."


def structured(
    chat: BaseChatModel,
    schema: dict[str, Any] | type,
    *,
    method: Literal["json_schema", "json_mode"] = "json_schema",
    strict: bool | None = None,
    include_raw: bool = False,
    **kwargs: Any,
) -> Runnable[LanguageModelInput, Any]:
    """Return a chat model's answers as values in the form of `schema`.

    The model is asked to keep to the form (`response_format`), and what comes back is checked all
    the same: not every server does, and a class may ask for more than a schema can say. An answer
    that fails is shown to the model with the error, once; a second failure is a `FormError`. An
    answer that was cut off is one at once.

    Args:
        chat: a model whose requests may carry a `response_format`.
        schema: a Pydantic class, whose instances are returned; or a TypedDict or JSON schema, for
            dicts.
        method: ask for this form, or for JSON of any form where the server knows no better.
        strict: False lets a server leave fields out or add some.
        include_raw: return `raw` (the message), `parsed` and `parsing_error` instead of raising.
        **kwargs: of every request.

    Raises:
        PromptError: the schema is none.
    """
    form = _Form(schema, schema_of(schema))
    bound = chat.bind(
        response_format=(
            {"type": "json_object"}
            if method == "json_mode"
            else form.response_format(strict=strict is not False)
        ),
        ls_structured_output_format={"kwargs": {"method": method}, "schema": schema},
        **kwargs,
    )

    def answer(prompt: LanguageModelInput, config: RunnableConfig, **call: Any) -> Any:
        read = form.read(bound.invoke(prompt, config, **call))
        if read.may_be_mended:
            read = form.read(bound.invoke(read.again(prompt), config, **call))
        return read.result(include_raw=include_raw)

    async def answer_async(prompt: LanguageModelInput, config: RunnableConfig, **call: Any) -> Any:
        read = form.read(await bound.ainvoke(prompt, config, **call))
        if read.may_be_mended:
            read = form.read(await bound.ainvoke(read.again(prompt), config, **call))
        return read.result(include_raw=include_raw)

    return RunnableLambda(answer, afunc=answer_async, name="structured")


@dataclass(frozen=True, slots=True)
class _Read:
    """An answer, and what could be read from it."""

    raw: BaseMessage
    parsed: Any = None
    error: FormError | None = None

    @property
    def may_be_mended(self) -> bool:
        return self.error is not None and not _is_cut(self.raw)

    def again(self, prompt: LanguageModelInput) -> Sequence[BaseMessage]:
        """Return the prompt once more, followed by the answer and what is wrong with it."""
        asked = _MEND.format(error=self.error)
        return [*_messages(prompt), AIMessage(self.raw.text), HumanMessage(asked)]

    def result(self, *, include_raw: bool) -> Any:
        if include_raw:
            return {"raw": self.raw, "parsed": self.parsed, "parsing_error": self.error}
        if self.error:
            raise self.error
        return self.parsed


@dataclass(frozen=True, slots=True)
class _Form:
    """What answers have to look like."""

    schema: dict[str, Any] | type
    json_schema: dict[str, Any]

    def response_format(self, *, strict: bool) -> dict[str, Any]:
        named = {"title": "answer", **self.json_schema}
        function = convert_to_openai_function(named, strict=strict)
        return {
            "type": "json_schema",
            "json_schema": {
                "name": _NO_NAME.sub("_", function["name"]),
                "schema": function["parameters"],
                "strict": strict,
            },
        }

    def read(self, raw: BaseMessage) -> _Read:
        try:
            return _Read(raw, self._parse(raw.text))
        except (ValueError, ValidationError, jsonschema.ValidationError) as error:
            why = "the limit of tokens cut it off" if _is_cut(raw) else _first_line(error)
            failure = FormError(f"the answer is not in the form asked for: {why}", partial=raw.text)
            failure.__cause__ = error
            return _Read(raw, error=failure)

    def _parse(self, text: str) -> Any:
        # Written anew, so that a joiner which the model escaped is taken out too.
        value = json.loads(restore(json.dumps(json.loads(text), ensure_ascii=False)))
        if isinstance(self.schema, type) and is_basemodel_subclass(self.schema):
            model: Any = self.schema
            # The older Pydantic's classes, which LangChain still takes, call it parse_obj.
            return (getattr(model, "model_validate", None) or model.parse_obj)(value)
        jsonschema.validate(value, self.json_schema)
        return value


def _messages(prompt: LanguageModelInput) -> list[BaseMessage]:
    if isinstance(prompt, PromptValue):
        return prompt.to_messages()
    return convert_to_messages([prompt] if isinstance(prompt, str) else prompt)


def _is_cut(message: BaseMessage) -> bool:
    return message.response_metadata.get("finish_reason") == "length"


def _first_line(error: Exception) -> str:
    """Say an error in one line: Pydantic's and jsonschema's fill a page."""
    return " ".join(str(error).split())[:200]


def schema_from(response_format: Any) -> dict[str, Any]:
    """Take the JSON schema out of a `response_format`.

    Raises:
        PromptError: it is of another type, or holds no schema.
    """
    if isinstance(response_format, Mapping) and response_format.get("type") == "json_schema":
        schema = (response_format.get("json_schema") or {}).get("schema")
        if isinstance(schema, dict):
            return schema
    raise PromptError(
        "response_format must be {'type': 'json_schema', 'json_schema': {'schema': ...}}: use "
        "with_structured_output, which writes it"
    )
