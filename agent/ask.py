"""Ask a question of documents: a stream of events, or just the answer."""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.budget import NO_LIMIT, Budget
from agent.document import Document
from agent.errors import QuestionError
from agent.events import Added, Answered, Event, Refused
from agent.evidence import Answer
from agent.library import Library
from agent.readers.base import Reader
from agent.readers.kept import kept
from agent.readers.quoting import QuotingReader
from agent.run import Run
from agent.strategies import load_strategy
from agent.strategies import summarize as summaries
from model.tokens import count_tokens

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Source = Document | Path | str


def ask(
    question: str,
    documents: Source | Sequence[Source],
    *,
    library: Library,
    model: "BaseChatModel | Reader | None" = None,
    strategy: str = "auto",
    budget: Budget = NO_LIMIT,
) -> Iterator[Event]:
    """Yield what happens while `question` is answered; the last event is `Answered`.

    Files that are new are parsed and indexed first. A file that cannot be taken gives a `Refused`
    event and the others are asked. Closing the iterator stops the work.

    Args:
        question: in any language.
        documents: documents of `library`, or paths of files; one or several.
        library: where documents and their indexes are kept.
        model: any langchain-core chat model, or a reader; None for the built-in quoting reader,
            which needs no model.
        strategy: the way of reading; "auto" takes the cheapest that serves.
        budget: what may be spent; when it ends, the answer so far comes out, marked as partial.

    Raises:
        QuestionError: if the question is blank or too long, or no document is left to ask.
        ReaderError: if the model fails on everything it was given.
    """
    if not question.strip():
        raise QuestionError("The question is blank; write what you want to know.")
    read = load_strategy(strategy)
    reader = reader_of(model)
    _check_length(question, reader)
    sources = [documents] if isinstance(documents, Document | Path | str) else list(documents)
    identities = yield from _gather(sources, library)
    if not identities:
        raise QuestionError("No document is left to ask; give at least one that can be read.")
    reader = kept(reader, library.readings, identities)
    yield from read(Run(question.strip(), library, identities, reader, budget))


def summarize(
    documents: Source | Sequence[Source],
    *,
    library: Library,
    model: "BaseChatModel | Reader | None" = None,
    length: str = "page",
    focus: str = "",
    pages: tuple[int, int] | None = None,
    budget: Budget = NO_LIMIT,
) -> Iterator[Event]:
    """Yield what happens while documents are summed up; the last event is `Answered`.

    Every page is read; every sentence of the summary has marks that lead to quotes. Files that are
    new, or cannot be taken, and closing the iterator: as in `ask`.

    Args:
        documents: documents of `library`, or paths of files; one or several.
        library: where documents and their indexes are kept.
        model: any langchain-core chat model, or a reader; None for the built-in quoting reader,
            which quotes the sentences that say most.
        length: "paragraph", "page" or "five-pages".
        focus: what it is for, such as "for an investor"; the language of it, too.
        pages: numbers of the first and the last page to sum up; None for all.
        budget: what may be spent; when it ends, the summary of what was read comes out.

    Raises:
        QuestionError: if the length or the pages are none, the focus is too long, or no document
            is left.
        ReaderError: if the model fails on everything it was given.
    """
    if length not in summaries.LENGTHS:
        lengths = ", ".join(summaries.LENGTHS)
        raise QuestionError(f"There is no length {length!r}; choose from {lengths}.")
    reader = reader_of(model)
    _check_length(focus, reader)
    sources = [documents] if isinstance(documents, Document | Path | str) else list(documents)
    identities = yield from _gather(sources, library)
    if not identities:
        raise QuestionError("No document is left to sum up; give at least one that can be read.")
    _check_pages(pages, identities, library)
    reader = kept(reader, library.readings, identities)
    run = Run(focus.strip(), library, identities, reader, budget, pages)
    yield from summaries.summarize(run, length)


def answer(
    question: str,
    documents: Source | Sequence[Source],
    *,
    library: Library,
    model: "BaseChatModel | Reader | None" = None,
    strategy: str = "auto",
    budget: Budget = NO_LIMIT,
) -> Answer:
    """Return the answer alone: `ask` for those who need not watch.

    Raises:
        QuestionError: if the question is blank or a document cannot be taken.
        ReaderError: if the model fails on everything it was given.
    """
    for event in ask(
        question, documents, library=library, model=model, strategy=strategy, budget=budget
    ):
        if isinstance(event, Refused):
            raise QuestionError(f"{event.name}: {event.reason}")
        if isinstance(event, Answered):
            return event.answer
    raise QuestionError(f"The strategy {strategy!r} ended without an answer.")


def _check_pages(pages: tuple[int, int] | None, documents: Sequence[str], library: Library) -> None:
    """Refuse pages that one of the documents does not have."""
    if pages is None:
        return
    first, last = pages
    for document in map(library.document, documents):
        if not 1 <= first <= last or first > len(document.pages):
            count = len(document.pages)
            raise QuestionError(
                f"{document.name} has {count:,} {'page' if count == 1 else 'pages'}; "
                f"{first}-{last} names none of them.",
            )


def _check_length(question: str, reader: Reader) -> None:
    """Refuse a question that leaves no room beside it for what is read."""
    most = reader.window_tokens // 2
    if len(question.encode("utf-8", "replace")) <= most:  # no text has more tokens than bytes
        return
    (tokens,) = count_tokens([question])
    if tokens > most:
        raise QuestionError(
            f"The question has {tokens:,} tokens, more than the {most:,} that leave room for what "
            "is read; shorten it.",
        )


def _gather(
    sources: Sequence[Source],
    library: Library,
) -> Generator[Event, None, list[str]]:
    """Add what is not yet in the library, and return the ids of all that can be asked."""
    identities: list[str] = []
    for source in sources:
        if isinstance(source, Document):
            identities.append(source.id)
            continue
        for event in library.add_all([source]):
            yield event
            if isinstance(event, Added):
                identities.append(event.id)
    return list(dict.fromkeys(identities))


def reader_of(model: "BaseChatModel | Reader | None") -> Reader:
    """Return who reads: a chat model is made a reader, and without one the quoting reader does."""
    if model is None:
        return QuotingReader()
    from langchain_core.language_models import BaseChatModel  # noqa: PLC0415  # half a second

    from agent.readers.chat import ChatReader  # noqa: PLC0415  # imports it too

    return ChatReader(model) if isinstance(model, BaseChatModel) else model
