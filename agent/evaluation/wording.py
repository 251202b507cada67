"""What needles, questions and filler say in each of Qwen2's 29 languages.

Needles are of RULER's kind (Hsieh et al., arXiv 2404.06654): a key, here a city, has a value, its
magic number. The sentences are ours, and are kept so plain that keys need no inflection.
"""

import functools
import tomllib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from agent.errors import QuestionError
from agent.index.language import guess_language

_FOLDER: Final = resources.files("agent.evaluation.wordings")
_SENTENCES: Final = {
    "needle": {"{key}", "{value}"},
    "hop": {"{key}", "{other}"},
    "question": {"{key}"},
    "all": {"{key}"},
    "cloze": {"{sentence}"},
}
_SLOTS: Final = frozenset().union(*_SENTENCES.values())
_SCRIPTS: Final = {  # beginnings of letters' names, of languages that are known by their script
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "LAO": "lo",
    "MYANMAR": "my",
    "KHMER": "km",
    "CJK": "zh",
}
_SAMPLE: Final = 20_000  # characters
_SOME_KANA: Final = 0.1  # of the letters: Japanese, though most of them may be Chinese


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
        cloze: asks what a `{sentence}` lacks.
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
    cloze: str
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
        if {slot for slot in _SLOTS if slot in said[name]} != slots:
            raise ValueError(f"wordings/{code}.toml: {name} must have the slots {sorted(slots)}")
    keys, filler = tuple(said.pop("keys").split()), tuple(said.pop("filler"))
    return Wording(code=code, keys=keys, filler=filler, **said)


def language_of(text: str) -> str:
    """Return the language in which to ask about a text; English where it cannot be told."""
    guessed = guess_language(text)
    if guessed:
        return guessed
    middle = max(0, (len(text) - _SAMPLE) // 2)
    names = (unicodedata.name(c, "") for c in text[middle : middle + _SAMPLE] if c.isalpha())
    scripts = Counter(name.split()[0].split("-")[0] for name in names if name)
    letters = scripts.total() or 1
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > _SOME_KANA * letters:
        return "ja"
    commonest = max(_SCRIPTS, key=lambda script: scripts[script])
    return _SCRIPTS[commonest] if scripts[commonest] > letters / 2 else "en"
