"""A chat model as a reader: any langchain-core `BaseChatModel`, no tool calling needed.

An act, a prompt: copy out quotes, then answer from those that code has found in the document.
The model never sees a quote of its own that was not there.
"""

from collections.abc import Callable, Generator, Iterator, Sequence

from langchain_core.language_models import BaseChatModel

from agent.errors import ReaderError
from agent.evidence import Claim, Evidence, Excerpt, cite
from agent.looks import Situation
from agent.prompts import fill, prompts_digest
from agent.readers.base import (
    DOCUMENTS_LANGUAGE,
    QUESTIONS_LANGUAGE,
    Condensed,
    Decided,
    Extraction,
    Keywords,
    Written,
)
from agent.readers.claims import read_quotes, read_sentences, read_statements
from agent.readers.deciding import decide
from agent.readers.keywords import ask_for_keywords
from agent.readers.speaking import (
    Ending,
    half_window,
    model_name,
    say,
    say_whole,
    settings_of,
)
from agent.untrusted import fence_mark
from model.control import neutralise, restore

# What a 7B model reads well at once: its accuracy falls from 8K tokens on (Qwen2 technical
# report, arXiv 2407.10671, table 12).
WINDOW_TOKENS = 6_000
# A whole document of so many is better read at once than searched: half of the native window.
DIRECT_TOKENS = 16_000
# Servers batch what comes together, and so does our own engine.
AT_ONCE = 8
NOT_FOUND = "The quotes found do not answer this question."
CUT_OFF = " … (The answer was cut off here, at the model's limit of tokens.)"
NOTHING_READ = "Nothing in the passages read answers this question."
_REFUSAL = "NOT FOUND"  # the word the answer prompt asks for
_NOTHING = "NONE"  # the word the extract prompt asks for


class ChatReader:
    """A `Reader` over a chat model.

    Args:
        model: any langchain-core chat model.
        name: what answers call it; by default the model's own name.
        window_tokens: how many tokens of excerpts to hand it at once; by default what a 7B model
            reads well, or half of the model's window if that is less.
        at_once: how many calls may be under way together.
    """

    def __init__(
        self,
        model: BaseChatModel,
        name: str = "",
        window_tokens: int | None = None,
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._model = model
        self.name = name or model_name(model)
        self.window_tokens = window_tokens or half_window(model, WINDOW_TOKENS)
        self.direct_tokens = max(self.window_tokens, half_window(model, DIRECT_TOKENS))
        self.at_once = at_once
        self.identity = f"{self.name} {settings_of(model)} {prompts_digest()}"

    def extract(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Ask the model for quotes; what it answers is taken for a claim, never for the truth.

        Raises:
            TooLongError: if the excerpts do not fit the model's window.
            ReaderError: if the model fails, or answers neither quotes nor `NONE`.
        """
        asked = neutralise(question)
        return (yield from self._claims("extract", excerpts, read_quotes, question=asked))

    def list_items(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Ask the model for all items asked for, each with its quote: claims, as in `extract`.

        Raises:
            TooLongError: if the excerpts do not fit the model's window.
            ReaderError: if the model fails, or answers neither items nor `NONE`.
        """
        asked = neutralise(question)
        return (yield from self._claims("items", excerpts, read_statements, question=asked))

    def summarise(
        self, focus: str, excerpts: Sequence[Excerpt], language: str = DOCUMENTS_LANGUAGE
    ) -> Generator[None, None, Extraction]:
        """Ask the model what must not be left out, each with its quote: claims, as in `extract`.

        Raises:
            TooLongError: if the excerpts do not fit the model's window.
            ReaderError: if the model fails, or answers neither sentences with quotes nor `NONE`.
        """
        fields = {"focus": _in_focus(focus), "language": language}
        return (yield from self._claims("summarise", excerpts, read_statements, **fields))

    def _claims(
        self,
        prompt_name: str,
        excerpts: Sequence[Excerpt],
        read: Callable[[str], Iterator[Claim]],
        **fields: str,
    ) -> Generator[None, None, Extraction]:
        passages = neutralise(
            "\n\n".join(
                f"[{number}] {excerpt.text.strip()}"
                for number, excerpt in enumerate(excerpts, start=1)
            )
        )
        prompt = fill(prompt_name, mark=fence_mark(passages), passages=passages, **fields)
        reply, ending = yield from say_whole(self._model, self.name, prompt)
        claims = tuple(read(reply))
        if not claims and _NOTHING not in reply.upper():
            raise ReaderError(f"{self.name} answered neither quotes nor {_NOTHING}.")
        return Extraction(claims, ending.usage)

    def condense(
        self,
        focus: str,
        notes: Sequence[str],
        sentences: int,
        language: str = DOCUMENTS_LANGUAGE,
    ) -> Generator[None, None, Condensed]:
        """Ask the model for fewer sentences; one that names none of the notes does not count.

        Raises:
            TooLongError: if the notes do not fit the model's window.
            ReaderError: if the model fails, or no sentence says on which notes it rests.
        """
        numbered = neutralise("\n".join(f"[{n}] {note}" for n, note in enumerate(notes, start=1)))
        prompt = fill(
            "condense",
            mark=fence_mark(numbered),
            notes=numbered,
            focus=_in_focus(focus),
            sentences=str(sentences),
            language=language,
        )
        reply, ending = yield from say_whole(self._model, self.name, prompt)
        made = tuple(read_sentences(reply, len(notes)))
        if not made:
            raise ReaderError(f"{self.name} summed notes up without saying on which it rests.")
        return Condensed(made, ending.usage)

    def keywords(self, question: str, samples: Sequence[str]) -> Generator[None, None, Keywords]:
        """Ask the model how the documents would word it, in their language and the question's.

        Raises:
            TooLongError: if question and samples do not fit the model's window.
            ReaderError: if the model fails, or names no words.
        """
        return (yield from ask_for_keywords(self._model, self.name, question, samples))

    def decide(self, question: str, situation: Situation) -> Generator[None, None, Decided]:
        """Ask the model for the next step, as JSON of a fixed form.

        Raises:
            TooLongError: if the situation does not fit the model's window.
            ReaderError: if the model fails, or answers in another form twice.
        """
        return (yield from decide(self._model, self.name, question, situation))

    def answer(
        self,
        question: str,
        evidence: Sequence[Evidence],
        language: str = QUESTIONS_LANGUAGE,
    ) -> Generator[str, None, Written]:
        """Yield the model's answer from the verified quotes as it is written.

        Raises:
            ReaderError: if the model fails.
        """
        if not evidence:
            yield NOTHING_READ
            return Written(answered=False)
        quotes = neutralise(
            "\n\n".join(f'[{c.n}] {c.name}, page {c.page}: "{c.quote}"' for c in cite(evidence))
        )
        prompt = fill(
            "answer",
            mark=fence_mark(quotes),
            evidence=quotes,
            question=neutralise(question),
            language=language,
        )
        return (yield from _unless_refused(say(self._model, self.name, prompt)))

    def combine(
        self, question: str, parts: Sequence[str], language: str = QUESTIONS_LANGUAGE
    ) -> Generator[str, None, Written]:
        """Yield the model's answer made of partial ones as it is written.

        Raises:
            ReaderError: if the model fails.
        """
        notes = neutralise("\n\n".join(parts))
        prompt = fill(
            "combine",
            mark=fence_mark(notes),
            parts=notes,
            question=neutralise(question),
            language=language,
        )
        return (yield from _unless_refused(say(self._model, self.name, prompt)))


def _in_focus(focus: str) -> str:
    """Return what to tell the model of what matters to whoever asked."""
    asked = " ".join(neutralise(focus).split())
    return f"It is wanted for this: {asked}. Leave out what does not bear on that." if asked else ""


def _unless_refused(reply: Generator[str, None, Ending]) -> Generator[str, None, Written]:
    """Pass `reply` on piece by piece, unless it is the refusal word."""
    held = ""
    released = False
    while True:
        try:
            held += restore(next(reply))
        except StopIteration as done:
            ending: Ending = done.value
            break
        if held and (released or not _REFUSAL.startswith(_bare(held)[: len(_REFUSAL)])):
            released = True
            yield held
            held = ""
        else:
            yield ""
    if _bare(held).startswith(_REFUSAL) and "[" not in held:
        yield NOT_FOUND
        return Written(answered=False, usage=ending.usage)
    yield held + (CUT_OFF if ending.is_cut else "")
    return Written(answered=True, usage=ending.usage)


def _bare(text: str) -> str:
    """Return `text` without what a model may dress the refusal word in."""
    return text.strip(" \n\t*_\"'`“”.").upper()
