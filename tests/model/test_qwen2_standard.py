"""LangChain's own contract of a chat model, run over ChatQwen2 with a tiny random Qwen2.

The integration suite only asks for the form of answers, so weights that know nothing will do.
"""

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from model.qwen2 import ChatQwen2


class OnTinyQwen2:
    """What both suites need to know of the model."""

    @pytest.fixture(autouse=True)
    def _loaded(self, weights):
        self.weights = weights

    @property
    def chat_model_class(self):
        return ChatQwen2

    @property
    def chat_model_params(self):
        return {"weights": self.weights}


class TestStandard(OnTinyQwen2, ChatModelUnitTests):
    pass


class TestIntegration(OnTinyQwen2, ChatModelIntegrationTests):
    @property
    def chat_model_params(self):
        return {"weights": self.weights, "max_tokens": 60}

    @property
    def structured_output_kwargs(self):
        return {"method": "json_schema"}

    @property
    def supported_usage_metadata_details(self):
        return {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}

    def invoke_with_cache_read_input(self, *, stream=False):
        chat = ChatQwen2(**self.chat_model_params)
        chat.invoke("Where is the harbour?")
        if not stream:
            return chat.invoke("Where is the harbour?")
        first, *rest = chat.stream("Where is the harbour?")
        return sum(rest, first)
