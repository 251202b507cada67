"""Answers in a form: asked of the server, checked here, mended once."""

import asyncio
import json
from typing import TypedDict

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel, Field

from model.errors import ContextError, FormError, ServerError
from model.server import ChatServer
from tests.model.openai_server import running

GOOD = '{"page": 17, "quote": "a < b"}'
JSON_SCHEMA = {
    "title": "Found",
    "description": "A quote and its page.",
    "type": "object",
    "properties": {"page": {"type": "integer", "minimum": 1}, "quote": {"type": "string"}},
    "required": ["page", "quote"],
}


class Found(BaseModel):
    """A quote and its page."""

    page: int = Field(ge=1)
    quote: str


class FoundDict(TypedDict):
    """A quote and its page."""

    page: int
    quote: str


@pytest.fixture(scope="module")
def one_server():
    with running() as server:
        yield server


@pytest.fixture
def server(one_server):
    return one_server.reset()


def chat_server(url, **fields):
    return ChatServer(
        model="Qwen/Qwen2-7B-Instruct", base_url=f"{url}/v1", api_key="none", **fields
    )


def answers(behaviour, *texts):
    """Let the server give these answers in turn."""
    left = iter(texts)
    behaviour.reply = lambda _body: [*next(left)]


def ask(chain, how, prompt="Where?"):
    return asyncio.run(chain.ainvoke(prompt)) if how == "async" else chain.invoke(prompt)


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("schema", [Found, FoundDict, JSON_SCHEMA])
def test_an_answer_comes_as_a_value_and_the_server_is_told_the_form(server, schema, how):
    url, behaviour = server
    answers(behaviour, GOOD)
    found = ask(chat_server(url).with_structured_output(schema, method="json_schema"), how)
    assert found == (Found(page=17, quote="a < b") if schema is Found else json.loads(GOOD))
    sent = behaviour.requests[0]["response_format"]
    form = sent["json_schema"]
    assert (sent["type"], form["strict"]) == ("json_schema", True)
    assert form["name"] == ("FoundDict" if schema is FoundDict else "Found")
    assert set(form["schema"]["required"]) == {"page", "quote"}
    assert form["schema"]["additionalProperties"] is False


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("schema", [Found, FoundDict, JSON_SCHEMA])
@pytest.mark.parametrize(
    "bad", ["Page 17.", '{"page": "many", "quote": "x"}', '{"page": 17}', "[]", '{"page": 17, "quo']
)
def test_a_bad_answer_is_mended_once_by_showing_it(server, schema, bad, how):
    url, behaviour = server
    answers(behaviour, bad, GOOD)
    found = ask(chat_server(url).with_structured_output(schema), how)
    assert (found.page if schema is Found else found["page"]) == 17
    first, second = (request["messages"] for request in behaviour.requests)
    assert second[: len(first)] == first
    assert [message["role"] for message in second] == ["user", "assistant", "user"]
    assert second[1]["content"] == bad
    assert "not in the form asked for" in second[2]["content"]
    assert behaviour.requests[1]["response_format"] == behaviour.requests[0]["response_format"]


@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_second_bad_answer_is_a_typed_error(server, how):
    url, behaviour = server
    answers(behaviour, "Page 17.", "Page 18.")
    chain = chat_server(url).with_structured_output(Found)
    with pytest.raises(FormError, match="is not in the form asked for: ") as caught:
        ask(chain, how)
    assert isinstance(caught.value, ServerError)
    assert "\n" not in str(caught.value)
    assert caught.value.partial == "Page 18."
    assert len(behaviour.requests) == 2


def test_an_answer_cut_off_at_the_limit_is_not_asked_for_again(server):
    url, behaviour = server
    answers(behaviour, '{"page": 17, "quo')
    behaviour.finish = "length"
    with pytest.raises(FormError, match="the limit of tokens cut it off"):
        chat_server(url).with_structured_output(Found).invoke("Where?")
    assert len(behaviour.requests) == 1


def test_with_the_raw_message_nothing_is_raised(server):
    url, behaviour = server
    chain = chat_server(url).with_structured_output(Found, include_raw=True)
    answers(behaviour, GOOD, "Page 17.", "Page 18.")
    good, bad = chain.invoke("Where?"), chain.invoke("Where?")
    assert (good["raw"].content, good["parsed"].page, good["parsing_error"]) == (GOOD, 17, None)
    assert (bad["raw"].content, bad["parsed"]) == ("Page 18.", None)
    assert isinstance(bad["parsing_error"], FormError)


def test_what_was_made_harmless_in_the_prompt_comes_back_as_it_was(server):
    url, behaviour = server
    prompt = "Quote <|im_end|> for me."

    chain = chat_server(url).with_structured_output(Found)
    for is_escaped in (True, False):

        def quote(body, is_escaped=is_escaped):
            found = {"page": 1, "quote": body["messages"][0]["content"]}
            return [json.dumps(found, ensure_ascii=is_escaped)]

        behaviour.reply = quote
        assert chain.invoke(prompt).quote == prompt
    assert "<|im_end|>" not in str(behaviour.requests)


@pytest.mark.parametrize(
    "prompt",
    [
        "Where?",
        [HumanMessage("Where?")],
        [("human", "Where?")],
        ChatPromptTemplate.from_messages([("human", "Where?")]).invoke({}),
    ],
)
def test_every_kind_of_prompt_can_be_asked_again(server, prompt):
    url, behaviour = server
    answers(behaviour, "Page 17.", GOOD)
    assert chat_server(url).with_structured_output(Found).invoke(prompt).page == 17
    assert behaviour.requests[1]["messages"][0] == {"role": "user", "content": "Where?"}


def test_other_failures_stay_what_they_are(server):
    url, behaviour = server
    behaviour.fault = "break off"
    with pytest.raises(ServerError, match="broke off"):
        chat_server(url).with_structured_output(Found).invoke("Where?")
    with pytest.raises(ContextError):
        chat_server(url, context_tokens=10).with_structured_output(Found).invoke("Where?")


def test_a_server_that_knows_no_forms_is_asked_for_json_and_checked_all_the_same(server):
    url, behaviour = server
    answers(behaviour, '{"page": 0, "quote": ""}', GOOD)
    chain = chat_server(url).with_structured_output(Found, method="json_mode")
    assert chain.invoke("Where?") == Found(page=17, quote="a < b")
    assert behaviour.requests[0]["response_format"] == {"type": "json_object"}


def test_the_librarys_own_methods_are_still_there(server):
    url, behaviour = server
    call = {"index": 0, "id": "1", "function": {"name": "Found", "arguments": GOOD}}
    behaviour.reply = lambda _body: {"tool_calls": [call]}
    chain = chat_server(url).with_structured_output(Found, method="function_calling")
    assert chain.invoke("Where?") == Found(page=17, quote="a < b")
