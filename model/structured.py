"""Structured output in LangChain's form: a schema goes with the call, an object comes back."""

import json
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableLambda, RunnableMap, RunnablePassthrough
from langchain_core.utils.pydantic import is_pydantic_v1_subclass
from pydantic import BaseModel

from model.errors import PromptError
from model.json_schema import schema_of


def with_schema(
    model: BaseChatModel, schema: dict[str, Any] | type, *, include_raw: bool
) -> Runnable[LanguageModelInput, Any]:
    """Make a runnable that answers with an object of a schema.

    Args:
        model: takes `response_format`, and follows it.
        schema: a pydantic class, a TypedDict or a JSON schema.
        include_raw: return `raw`, `parsed` and `parsing_error` instead of the object alone.
    """
    json_schema = schema_of(schema)
    bound = model.bind(
        response_format={"type": "json_schema", "json_schema": {"schema": json_schema}},
        ls_structured_output_format={
            "kwargs": {"method": "json_schema"},
            "schema": schema,
        },
    )
    parser = RunnableLambda(_parser(schema))
    if not include_raw:
        return bound | parser
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=bound) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def _parser(schema: Any) -> Callable[[BaseMessage], Any]:
    """Return what turns an answer into an object: of the pydantic class, else plain values."""
    if not isinstance(schema, type):
        return lambda message: json.loads(_text(message))
    if is_pydantic_v1_subclass(schema):
        parse: Any = schema
        return lambda message: parse.parse_raw(_text(message))
    if issubclass(schema, BaseModel):
        return lambda message: schema.model_validate_json(_text(message))
    return lambda message: json.loads(_text(message))


def _text(message: BaseMessage) -> str:
    return str(message.text)


def schema_from(response_format: Any) -> dict[str, Any]:
    """Take the JSON schema out of OpenAI's `response_format`.

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
