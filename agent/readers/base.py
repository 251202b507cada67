"""The acts of reading. A strategy says what is read and when; a reader does the reading."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from agent.evidence import NO_USAGE, Claim, Evidence, Excerpt, Sentence, Usage
from agent.looks import Decision, Situation

QUESTIONS_LANGUAGE: Final = "the language of the question"
DOCUMENTS_LANGUAGE: Final = "the language of the document"
NOTES: Final = 8  # the most that is noted of one window for a summary


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a reader found in the excerpts it was given, not yet checked against them."""

    claims: tuple[Claim, ...]
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True)
class Written:
    """How writing the answer ended.

    Attributes:
        answered: False if the reader says that the evidence does not answer the question.
        verbatim: the text is made of the evidence's own words, and holds no others to check.
    """

    answered: bool
    usage: Usage = NO_USAGE
    verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Condensed:
    """What a reader made of notes: sentences, each with the numbers of its notes, from 1."""

    sentences: tuple[Sentence, ...]
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True)
class Decided:
    """What a reader wants to do next, not yet checked."""

    decision: Decision
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True)
class Keywords:
    """What a reader would search for, best first; empty if it knows nothing better."""

    queries: tuple[str, ...]
    usage: Usage = NO_USAGE


class Reader(Protocol):
    """Anyone who can find quotes that answer a question and write an answer from them.

    Every act is a generator that yields at least a few times a second while it works, so that
    closing it stops the work soon.

    Attributes:
        name: what answers say about who read: "quoting", or the chat model's name.
        identity: changes whenever the same act could have another result: what was read is kept
            under it. Empty for a reader that is quicker than looking up what it has read.
        window_tokens: how many tokens of excerpts it reads well at once.
        direct_tokens: the most it reads at once where that saves searching.
        at_once: how many readings may be under way together.
    """

    name: str
    identity: str
    window_tokens: int
    direct_tokens: int
    at_once: int

    def extract(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Return claimed quotes from `excerpts` that help to answer `question`, best first.

        Raises:
            TooLongError: if the excerpts do not fit the model's window.
            ReaderError: if the reading failed; other readings are not touched by it.
        """
        ...

    def list_items(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Return every item in `excerpts` that the question asks for, each a claim that says it.

        Raises:
            TooLongError: if the excerpts do not fit the model's window.
            ReaderError: if the reading failed; other readings are not touched by it.
        """
        ...

    def summarise(
        self, focus: str, excerpts: Sequence[Excerpt], language: str = DOCUMENTS_LANGUAGE
    ) -> Generator[None, None, Extraction]:
        """Return what is most important in `excerpts`, at most `NOTES` claims that say it each.

        `focus` is what matters to whoever asked; it may be empty.

        Raises:
            TooLongError: if the excerpts do not fit the model's window.
            ReaderError: if the reading failed; other readings are not touched by it.
        """
        ...

    def condense(
        self,
        focus: str,
        notes: Sequence[str],
        sentences: int,
        language: str = DOCUMENTS_LANGUAGE,
    ) -> Generator[None, None, Condensed]:
        """Return what the notes say in about so many sentences, in the order of the notes.

        Raises:
            TooLongError: if the notes do not fit the model's window.
            ReaderError: if it failed, or no sentence says on which notes it rests.
        """
        ...

    def keywords(self, question: str, samples: Sequence[str]) -> Generator[None, None, Keywords]:
        """Return queries in the words that the documents, of which these are samples, would use.

        Raises:
            TooLongError: if question and samples do not fit the model's window.
            ReaderError: if the reader names none.
        """
        ...

    def decide(self, question: str, situation: Situation) -> Generator[None, None, Decided]:
        """Return the next step towards an answer, or that the answer can be written.

        Raises:
            TooLongError: if the situation does not fit the model's window.
            ReaderError: if the reader names no step.
        """
        ...

    def answer(
        self,
        question: str,
        evidence: Sequence[Evidence],
        language: str = QUESTIONS_LANGUAGE,
    ) -> Generator[str, None, Written]:
        """Yield the answer piece by piece, marks `[n]` for `evidence[n - 1]`; "" while it waits.

        With no evidence, yield one sentence that says that nothing was found. `language` is what to
        answer in, in words of English.
        """
        ...

    def combine(
        self, question: str, parts: Sequence[str], language: str = QUESTIONS_LANGUAGE
    ) -> Generator[str, None, Written]:
        """Yield one answer made of partial ones, their marks kept; "" while it waits."""
        ...
