"""The agent drops into LangChain's chains."""

import subprocess
import sys

import pytest
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests

from agent import Library, LibraryRetriever, as_runnable
from agent.errors import QuestionError
from tests.agent.strategies.planted import Rule, model, planted
from tests.make import make_document

OTHER = make_document("The ferry was painted white. " * 40, name="ferry.txt")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    held = Library(tmp_path_factory.mktemp("home"))
    for document in (planted(), OTHER):
        held.keep(document)
    return held


class TestStandard(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _use(self, library):
        self.library = library

    @property
    def retriever_constructor(self):
        return LibraryRetriever

    @property
    def retriever_constructor_params(self):
        return {"library": self.library}

    @property
    def retriever_query_example(self):
        return "river fields summer"


def test_a_passage_comes_with_its_place(library):
    retriever = LibraryRetriever(library=library, documents=(planted().id[:9],), k=2)
    first, _ = retriever.invoke("Which gate was painted green?")
    place = first.metadata
    assert "Gate 13 was painted green." in first.page_content
    assert planted().text[place["start"] : place["end"]] == first.page_content
    assert (place["name"], place["page"], place["label"]) == ("gates.txt", 15, "p15")
    assert place["score"] > 0
    everywhere = LibraryRetriever(library=library, k=3).invoke("ferry painted white")
    assert everywhere[0].metadata["name"] == "ferry.txt"


def test_a_question_becomes_an_answer_in_a_chain(library):
    asking = as_runnable(
        planted(), library=library, model=model(Rule(pattern=r"Gate 13 was painted \w+\."))
    )
    chain = (
        RunnableLambda(lambda topic: f"In which colour was {topic} painted?")
        | asking
        | RunnableLambda(lambda answer: answer.text)
        | StrOutputParser()
    )
    assert chain.invoke("gate 13").strip() == "Gate 13 was painted green. [1]"
    assert [a.answered for a in asking.batch(["gate 13 colour?", "gate 13 painted?"])] == [True] * 2
    with pytest.raises(QuestionError, match="blank"):
        asking.invoke(" ")


def test_langchain_is_imported_only_when_it_is_asked_for():
    code = "import sys, agent; assert not [m for m in sys.modules if m.startswith('langchain')]"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(ImportError):
        from agent import no_such_name  # noqa: F401, PLC0415
