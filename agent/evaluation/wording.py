"""What needles, questions and filler say in each of Qwen2's 29 languages.

Needles are of RULER's kind (Hsieh et al., arXiv 2404.06654): a key, here a city, has a value, its
magic number. The sentences are ours, and are kept so plain that keys need no inflection.
"""

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from agent.errors import QuestionError

_FOLDER: Final = resources.files("agent.evaluation.wordings")
_SENTENCES: Final = {
    "needle": {"{key}", "{value}"},
    "hop": {"{key}", "{other}"},
    "question": {"{key}"},
    "all": {"{key}"},
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one language.

    Attributes:
        code: ISO 639 code of the language.
        language: its name in English.
        needle: says the `{value}` of a `{key}`.
        hop: says that the value of a `{key}` is that of an `{other}`.
        question: asks for the value of a `{key}`.
        all: asks for all values of a `{key}`.
        keys: names that can be asked about.
        filler: sentences that say nothing of what is asked, with a `{key}` and maybe a `{count}`.
        joiner: what stands between two sentences.
    """

    code: str
    language: str
    needle: str
    hop: str
    question: str
    all: str
    keys: tuple[str, ...]
    filler: tuple[str, ...]
    joiner: str = " "


def languages() -> tuple[str, ...]:
    """Return the codes of all languages there are wordings of, in their order."""
    names = (file.name for file in _FOLDER.iterdir() if file.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in names))


@functools.cache
def load_wording(code: str) -> Wording:
    """Return the sentences of a language.

    Raises:
        QuestionError: if there are none of it.
        ValueError: if the file lacks a slot or has one too many.
    """
    if code not in languages():
        known = ", ".join(languages())
        raise QuestionError(f"There are no needles in {code!r}; choose from {known}.")
    said: dict[str, Any] = tomllib.loads((_FOLDER / f"{code}.toml").read_text("utf-8"))
    for name, slots in _SENTENCES.items():
        if {slot for slot in ("{key}", "{value}", "{other}") if slot in said[name]} != slots:
            raise ValueError(f"wordings/{code}.toml: {name} must have the slots {sorted(slots)}")
    keys, filler = tuple(said.pop("keys").split()), tuple(said.pop("filler"))
    return Wording(code=code, keys=keys, filler=filler, **said)
