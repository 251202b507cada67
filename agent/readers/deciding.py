"""The next step of a search, decided by a chat model as one JSON object of a fixed form."""

import json
from collections.abc import Generator
from typing import Any, Final

import jsonschema  # type: ignore[import-untyped]
from langchain_core.language_models import BaseChatModel
from langchain_core.utils.json import parse_json_markdown

from agent.errors import ReaderError, TooLongError
from agent.evidence import NO_USAGE
from agent.looks import Decision, Situation
from agent.prompts import fill
from agent.readers.base import Decided
from agent.readers.speaking import Ending, Speaker, say_whole
from agent.untrusted import fence_mark
from model.control import neutralise

_PAGE: Final = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
SCHEMA: Final[dict[str, Any]] = {
    "title": "step",
    "type": "object",
    "properties": {
        "looking_for": {"type": "string", "maxLength": 300},
        "action": {"type": "string", "enum": ["search", "read", "sweep", "outline", "answer"]},
        "document": _PAGE,
        "first_page": _PAGE,
        "last_page": _PAGE,
    },
    "required": ["looking_for", "action", "document", "first_page", "last_page"],
    "additionalProperties": False,
}
_FORMAT: Final = {
    "type": "json_schema",
    "json_schema": {"name": "step", "schema": SCHEMA, "strict": True},
}


def decide(
    model: BaseChatModel, name: str, question: str, situation: Situation
) -> Generator[None, None, Decided]:
    """Return what the model wants to do next.

    The form is enforced where the model's profile says that it can be. A reply in another form is
    asked for once more, and without that: a server may refuse it.

    Raises:
        TooLongError: if the situation does not fit the model's window.
        ReaderError: if the model fails, or answers in another form twice.
    """
    told = neutralise(situation.in_words())
    prompt = fill("decide", mark=fence_mark(told), situation=told, question=neutralise(question))
    usage, wrong = NO_USAGE, ""
    for speaker in (_held_to_the_form(model), model):
        try:
            reply, ending = yield from _reply(speaker, name, prompt, wrong)
            usage += ending.usage
            return Decided(_read(reply), usage)
        except TooLongError:
            raise
        except ReaderError as error:
            wrong = str(error)
        except (ValueError, jsonschema.ValidationError) as error:
            wrong = _sentence(error)
    raise ReaderError(f"{name} named no next step: {wrong}")


def _reply(
    speaker: Speaker, name: str, prompt: str, wrong: str
) -> Generator[None, None, tuple[str, Ending]]:
    repair = f"\n\nYour last reply could not be used ({wrong}). Write the JSON object alone."
    return (yield from say_whole(speaker, name, prompt + repair if wrong else prompt))


def _held_to_the_form(model: BaseChatModel) -> Speaker:
    can = (model.profile or {}).get("structured_output", False)
    return model.bind(response_format=_FORMAT) if can else model


def _read(reply: str) -> Decision:
    value = parse_json_markdown(reply, parser=json.loads)
    jsonschema.validate(value, SCHEMA)
    return Decision(**value)


def _sentence(error: Exception) -> str:
    said = error.message if isinstance(error, jsonschema.ValidationError) else str(error)
    return " ".join(said.split())[:300]
