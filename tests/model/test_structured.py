"""Structured output of ChatQwen2: an object of the schema, whatever the weights are worth."""

import json
from typing import Literal, TypedDict

import jsonschema
import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel, Field

from model.errors import PromptError
from model.qwen2 import ChatQwen2


class Finding(BaseModel):
    """What a reader noted."""

    quote: str = Field(max_length=40)
    page: int
    kind: Literal["figure", "claim"]


class Notebook(BaseModel):
    """What a reader noted, in all."""

    findings: list[Finding] = Field(max_length=3)
    enough: bool


class Place(TypedDict):
    name: str
    pages: list[int]


JSON_SCHEMA = {
    "title": "step",
    "type": "object",
    "properties": {"action": {"enum": ["search", "read"]}, "words": {"type": "string"}},
    "required": ["action", "words"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("max_tokens", [60, 400])
@pytest.mark.parametrize("settings", [{}, {"temperature": 2.0, "seed": 5}])
def test_an_answer_is_of_the_pydantic_class(weights, max_tokens, settings):
    chat = ChatQwen2(weights=weights, max_tokens=max_tokens, **settings)
    notebook = chat.with_structured_output(Notebook).invoke("What does it say?")
    assert isinstance(notebook, Notebook)
    assert Notebook.model_validate(notebook.model_dump()) == notebook


def test_an_answer_is_of_the_typed_dict_or_json_schema(chat):
    place = chat.with_structured_output(Place).invoke("Where?", max_tokens=60)
    assert set(place) == {"name", "pages"}
    step = chat.with_structured_output(JSON_SCHEMA).invoke("What next?", max_tokens=60)
    jsonschema.validate(step, JSON_SCHEMA)


def test_the_raw_answer_is_the_json_and_within_the_limit(weights):
    chat = ChatQwen2(weights=weights, max_tokens=40)
    made = chat.with_structured_output(JSON_SCHEMA, include_raw=True).invoke("What next?")
    assert made["parsing_error"] is None
    assert json.loads(made["raw"].content) == made["parsed"]
    assert made["raw"].usage_metadata["output_tokens"] <= 40
    assert made["raw"].response_metadata["finish_reason"] == "stop"


def test_streamed_pieces_make_up_the_json(chat):
    bound = chat.bind(response_format=response_format(JSON_SCHEMA), max_tokens=40)
    streamed = "".join(chunk.text for chunk in bound.stream("What next?"))
    assert json.loads(streamed) == json.loads(bound.invoke("What next?").content)


def test_several_schemas_share_a_batch(chat):
    schemas = [JSON_SCHEMA, {"type": "object", "properties": {"n": {"type": "integer"}}}, None]
    runs = [
        chat.bind(response_format=response_format(schema)) if schema else chat for schema in schemas
    ]
    alone = [run.invoke("What next?", max_tokens=40).content for run in runs]
    streams = [run.stream([HumanMessage("What next?")], max_tokens=40) for run in runs]
    together = ["" for _ in runs]
    live = dict(enumerate(streams))
    while live:
        for place, stream in list(live.items()):
            chunk = next(stream, None)
            if chunk is None:
                del live[place]
            else:
                together[place] += chunk.text
    assert together == alone


def response_format(schema):
    return {"type": "json_schema", "json_schema": {"schema": schema}}


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda chat: chat.with_structured_output(int), "int cannot be written as a JSON schema"),
        (
            lambda chat: chat.with_structured_output(JSON_SCHEMA, method="regex", tools=[]),
            "takes no tools: leave it out",
        ),
        (
            lambda chat: chat.with_structured_output(JSON_SCHEMA).invoke("a", max_tokens=3),
            "the shortest answer to this schema takes",
        ),
        (
            lambda chat: chat.invoke("a", response_format={"type": "json_object"}),
            "response_format must be",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_one_sentence(chat, ask, words):
    with pytest.raises(PromptError, match=words):
        ask(chat)
