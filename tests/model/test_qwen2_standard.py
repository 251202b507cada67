"""LangChain's own contract of a chat model, run over ChatQwen2."""

import pytest
from langchain_tests.unit_tests import ChatModelUnitTests

from model.qwen2 import ChatQwen2


class TestStandard(ChatModelUnitTests):
    @pytest.fixture(autouse=True)
    def _loaded(self, weights):
        self.weights = weights

    @property
    def chat_model_class(self):
        return ChatQwen2

    @property
    def chat_model_params(self):
        return {"weights": self.weights}
