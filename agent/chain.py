"""The agent inside other people's LangChain chains: as a `Runnable`, and as a retriever."""

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as ChainDocument
from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict

from agent.ask import Source, answer
from agent.budget import NO_LIMIT, Budget
from agent.evidence import Answer
from agent.library import Library
from agent.readers.base import Reader


class LibraryRetriever(BaseRetriever):
    """Finds passages of a library's documents, each with its place.

    Attributes:
        library: where the documents are.
        documents: ids, each whole or the beginning of it; all documents if none are named.
        k: the most passages to return.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    documents: tuple[str, ...] = ()
    k: int = 10

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[ChainDocument]:
        del run_manager
        k = int(kwargs.get("k", self.k))
        return list(self._found(query, k))

    def _found(self, query: str, k: int) -> Iterator[ChainDocument]:
        identities = self.documents or tuple(each.id for each in self.library.documents())
        known = {each.id: each for each in map(self.library.document, identities)}
        for hit in self.library.search(query, identities, k):
            span = hit.passage.span
            document = known[span.document]
            page = document.page_at(span.start)
            yield ChainDocument(
                id=f"{span.document}:{span.start}-{span.end}",
                page_content=document.text[span.start : span.end],
                metadata={
                    "document": span.document,
                    "name": document.name,
                    "page": page.number,
                    "label": page.label,
                    "start": span.start,
                    "end": span.end,
                    "headings": list(hit.passage.heading_path),
                    "score": hit.score,
                },
            )


class _Asking(Runnable[str, Answer]):
    """Answers a question; see `as_runnable`."""

    def __init__(self, documents: Source | Sequence[Source], settings: dict[str, Any]) -> None:
        self._documents, self._settings = documents, settings
        self.name = "longread"

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:  # noqa: A002  # LangChain's name
        """Answer the question `input`.

        Raises:
            ReadError: whatever `agent.answer` raises.
        """
        return self._call_with_config(self._answer, input, config, **kwargs)

    def _answer(self, question: str) -> Answer:
        return answer(question, self._documents, **self._settings)


def as_runnable(
    documents: Source | Sequence[Source],
    *,
    library: Library,
    model: BaseChatModel | Reader | None = None,
    strategy: str = "auto",
    budget: Budget = NO_LIMIT,
) -> Runnable[str, Answer]:
    """Return a LangChain `Runnable` from a question to its `Answer`; see `agent.answer`."""
    settings = {"library": library, "model": model, "strategy": strategy, "budget": budget}
    return _Asking(documents, settings)
