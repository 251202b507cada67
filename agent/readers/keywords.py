"""Keywords for a search, as a chat model names them: a line each."""

import re
from collections.abc import Generator, Sequence
from typing import Final

from langchain_core.language_models import BaseChatModel

from agent.errors import ReaderError
from agent.prompts import fill
from agent.readers.base import Keywords
from agent.readers.speaking import say_whole
from agent.untrusted import fence_mark
from model.control import neutralise

_LINES: Final = 3
_CHARACTERS: Final = 200  # of a line; more is no list of keywords
_LEAD: Final = re.compile(r"^\s*(?:[-*•]\s+|\d{1,2}[.)]\s+)?(?:[^\W\d_][^:：\n]{0,30}[:：]\s*)?")


def ask_for_keywords(
    model: BaseChatModel, name: str, question: str, samples: Sequence[str]
) -> Generator[None, None, Keywords]:
    """Return what the model would search for, at most three queries.

    Raises:
        TooLongError: if question and samples do not fit the model's window.
        ReaderError: if the model fails, or names no words.
    """
    told = neutralise("\n\n".join(samples))
    fields = {"mark": fence_mark(told), "samples": told, "question": neutralise(question)}
    reply, ending = yield from say_whole(model, name, fill("keywords", **fields))
    lines = (_LEAD.sub("", line).strip(" \t\"'`*.") for line in reply.splitlines())
    queries = [line[:_CHARACTERS] for line in lines if any(map(str.isalnum, line))]
    if not queries:
        raise ReaderError(f"{name} named no keywords.")
    return Keywords(tuple(dict.fromkeys(queries))[:_LINES], ending.usage)
