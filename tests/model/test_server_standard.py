"""LangChain's own contract of a chat model, run over ChatServer and ChatRoute.

The integration tests talk to the fake server, which answers by rule: they show that messages, tools
and forms cross the wire and come back, not that some model is clever.
"""

import inspect
import json
import re

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from model.server import ChatRoute, ChatServer
from tests.model.openai_server import running

MODEL = "Qwen/Qwen2-7B-Instruct"
# What the tests' tools and forms want to be called with.
ARGUMENTS = {
    "magic_function": {"input": 3},
    "magic_function_no_args": {},
    "greeting_generator": {"answer_style": "Pirate"},
    "my_adder_tool": {"a": 1, "b": 2},
    "get_weather": {"location": "San Francisco"},
}

JOKE = ["setup", "punchline"]

# pytest-asyncio runs what is marked.
for _test in vars(ChatModelIntegrationTests).values():
    if inspect.iscoroutinefunction(_test):
        pytest.mark.asyncio(_test)


def reply(body):
    """Answer as a model would that does what it is told."""
    form = body.get("response_format")
    if form:
        properties = form.get("json_schema", {}).get("schema", {}).get("properties", JOKE)
        return [json.dumps(dict.fromkeys(properties, "text"))]
    last = body["messages"][-1]
    tools = [tool["function"]["name"] for tool in body.get("tools", [])]
    if tools and last["role"] == "user" and "Thanks" not in str(last["content"]):
        name = tools[0]
        arguments = json.dumps(ARGUMENTS.get(name) or named_in(last["content"]))
        return {
            "tool_calls": [
                {"index": 0, "id": "1", "function": {"name": name, "arguments": arguments}}
            ]
        }
    return ["An ", "answer", "."]


def named_in(text):
    """Return the arguments for a customer whose name stands in quotation marks."""
    name = re.search("'(.+?)'", text)
    return {"customer_name": name[1], "description": "new"} if name else {}


@pytest.fixture(scope="module")
def fake_server():
    with running() as server:
        yield server


class ServerParams:
    @property
    def chat_model_class(self):
        return ChatServer

    @property
    def chat_model_params(self):
        return {"model": MODEL, "base_url": "http://127.0.0.1:1/v1", "api_key": "none"}


class TestStandard(ServerParams, ChatModelUnitTests):
    pass


class TestRouteStandard(ChatModelUnitTests):
    @property
    def chat_model_class(self):
        return ChatRoute

    @property
    def chat_model_params(self):
        params = {"model": MODEL, "base_url": "http://127.0.0.1:1/v1", "api_key": "none"}
        sizes = (32768, 131072)
        return {"servers": [ChatServer(**params, context_tokens=size) for size in sizes]}


class OverTheWire(ChatModelIntegrationTests):
    """What the fake server plays; pictures, sound and files it does not."""

    @pytest.fixture(autouse=True)
    def _served(self, fake_server):
        self.url, behaviour = fake_server.reset()
        behaviour.models.append("other")
        behaviour.reply = reply

    @property
    def server_params(self):
        return {"model": MODEL, "base_url": f"{self.url}/v1", "api_key": "none"}

    @property
    def supports_json_mode(self):
        return True

    @property
    def structured_output_kwargs(self):
        return {"method": "json_schema"}

    @property
    def has_tool_choice(self):
        return True


class TestIntegration(OverTheWire):
    @property
    def chat_model_class(self):
        return ChatServer

    @property
    def chat_model_params(self):
        return self.server_params

    @property
    def supports_model_override(self):
        return True

    @property
    def model_override_value(self):
        return "other"


class TestRouteIntegration(OverTheWire):
    @property
    def chat_model_class(self):
        return ChatRoute

    @property
    def chat_model_params(self):
        sizes = (32768, 131072)
        return {
            "servers": [ChatServer(**self.server_params, context_tokens=size) for size in sizes]
        }
