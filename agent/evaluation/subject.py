"""Who is examined: a model alone, with the whole document in its prompt, or the agent with it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from agent.ask import ask, reader_of
from agent.document import Document
from agent.errors import ReaderError
from agent.events import Answered
from agent.evidence import NO_USAGE, Answer, Citation, Usage
from agent.library import Library
from agent.readers.base import Reader
from model.control import neutralise, restore
from model.tokens import count_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

IN_CONTEXT: Final = "in-context"
"""The name of the strategy that is none: the document in the prompt, the question after it."""
ANSWER_TOKENS: Final = 96
"""The longest answer in context; three sentences with a value each, in most languages."""
_QUESTION_TOKENS: Final = 64  # the question and the chat template around it


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered.

    Attributes:
        answered: False if whoever answered says that the document does not hold the answer.
        citations: None from a reader that cites nothing.
        share_read: how much of the document was read, from 0 to 1.
    """

    text: str
    answered: bool
    citations: tuple[Citation, ...] | None = None
    usage: Usage = NO_USAGE
    share_read: float = 1.0


class Subject(Protocol):
    """Whoever can be asked about a document.

    Attributes:
        model: the name of the model, or "quoting".
        strategy: the way of reading.
        identity: changes whenever the answers could be others.
        room_tokens: of a length, what is kept free beside the document.
    """

    model: str
    strategy: str
    identity: str
    room_tokens: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text as the model does."""
        ...

    def ask(self, document: Document, question: str) -> Generator[None, None, Said]:
        """Return what is answered; yields a few times a second, so that it can be stopped.

        Raises:
            ReaderError: if the model failed.
        """
        ...

    def forget(self, document: Document) -> None:
        """Let go of what was made of a document; no more is asked of it."""
        ...


class InContext:
    """A chat model with the whole document in its prompt: the needle test as it was first done.

    Lengths are of the prompt with room for the answer, so that the longest is the window itself.

    Args:
        model: any langchain-core chat model that takes `max_tokens`.
        called: more about how it reads, for the name of the strategy.
    """

    room_tokens = ANSWER_TOKENS + _QUESTION_TOKENS

    def __init__(self, model: "BaseChatModel", called: str = "") -> None:
        from agent.readers.speaking import model_name, settings_of  # noqa: PLC0415  # LangChain

        self._model = model
        self.strategy = f"{IN_CONTEXT} ({called})" if called else IN_CONTEXT
        self.model = model_name(model)
        self.identity = settings_of(model)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count with the model's own tokenizer; with Qwen2's where it brings none."""
        own = _own_tokenizer(self._model)
        return [len(own(text)) for text in texts] if own else count_tokens(texts)

    def ask(self, document: Document, question: str) -> Generator[None, None, Said]:
        """Return the model's reply to the document and, after it, the question."""
        from langchain_core.messages import HumanMessage  # noqa: PLC0415  # half a second

        from agent.readers.speaking import speak  # noqa: PLC0415  # imports it too

        prompt = f"{neutralise(document.text).strip()}\n\n{question}"
        bound = self._model.bind(max_tokens=ANSWER_TOKENS)
        pieces = []
        with closing(speak(bound, self.model, [HumanMessage(prompt)])) as reply:
            while True:
                try:
                    pieces.append(next(reply))
                except StopIteration as done:
                    usage: Usage = done.value.usage
                    return Said(restore("".join(pieces)), answered=True, usage=usage)
                yield

    def forget(self, document: Document) -> None:
        """Do nothing: the model keeps as much of a prompt as it has room for."""


class ThroughAgent:
    """The agent with a model, reading in one of its ways from a library of its own.

    Args:
        strategy: the way of reading.
        home: a folder for that library.
        model: any langchain-core chat model, or a reader; None for the quoting reader.
        called: more about how the model reads, for the name of the strategy.
    """

    room_tokens = 0

    def __init__(
        self,
        strategy: str,
        home: Path,
        model: "BaseChatModel | Reader | None" = None,
        called: str = "",
    ) -> None:
        self.strategy = f"{strategy} ({called})" if called else strategy
        self._way = strategy
        self._library = Library(home)
        self._reader = reader_of(model)
        self.model = self._reader.name
        self.identity = self._reader.identity

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count as the library does."""
        return count_tokens(texts)

    def ask(self, document: Document, question: str) -> Generator[None, None, Said]:
        """Return the agent's answer; the document is indexed first where it is new."""
        if document.id not in {entry.id for entry in self._library.documents()}:
            self._library.keep(document)
        events = ask(
            question, document, library=self._library, model=self._reader, strategy=self._way
        )
        for event in events:
            if isinstance(event, Answered):
                return _said(event.answer)
            yield
        raise ReaderError(f"{self.model} ended without an answer.")

    def forget(self, document: Document) -> None:
        """Remove the document with what was read of it."""
        if document.id in {entry.id for entry in self._library.documents()}:
            self._library.remove(document.id)


def _said(answer: Answer) -> Said:
    covered = answer.coverage
    share = covered.tokens_read / max(covered.tokens_total, 1)
    return Said(answer.text, answer.answered, answer.citations, answer.usage, share)


def _own_tokenizer(model: "BaseChatModel") -> Callable[[str], list[int]] | None:
    """Return how a model tokenizes; None for LangChain's default, which downloads GPT-2's."""
    from langchain_core.language_models import BaseLanguageModel  # noqa: PLC0415  # half a second

    has_own = type(model).get_token_ids is not BaseLanguageModel.get_token_ids
    return model.get_token_ids if has_own or model.custom_get_token_ids else None
