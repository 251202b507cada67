"""Answers in another language than the question: small models drift, Qwen2 into Chinese."""

import re
import unicodedata
from collections import Counter
from typing import Final

from agent.index.language import guess_language

_QUOTED: Final = re.compile(r"“[^“”]*”|„[^“”„]*[“”]|«[^«»]*»|「[^「」]*」|\"[^\"\n]*\"|\[\d+\]")
_INSISTING: Final = "the language that the question is written in, and in no other"
_FEWEST_LETTERS: Final = 12  # fewer are a name or a number, at home in any language
_MOST_FOREIGN: Final = 0.3  # of the letters of an answer
# One tongue is written in all of these.
_TOGETHER: Final = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "BOPOMOFO": "CJK"}
_NAMES: Final = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese",
    "it": "Italian", "nl": "Dutch", "cs": "Czech", "pl": "Polish", "tr": "Turkish",
    "vi": "Vietnamese", "id": "Indonesian", "tl": "Tagalog", "ceb": "Cebuano", "ru": "Russian",
    "hi": "Hindi", "he": "Hebrew", "bn": "Bengali", "ar": "Arabic", "fa": "Persian", "ur": "Urdu",
}  # fmt: skip


def in_words(question: str) -> str:
    """Return in which language to answer, for a model that has not: its name where it is known."""
    name = _NAMES.get(guess_language(question))
    return f"{name}, the language of the question, and in no other" if name else _INSISTING


def has_drifted(question: str, answer: str) -> bool:
    """Tell whether an answer is in another script than its question, or plainly in another tongue.

    What it quotes does not count: that is in the document's language.
    """
    own = _QUOTED.sub(" ", answer)
    asked, said = _scripts(question), _scripts(own)
    if said.total() < _FEWEST_LETTERS or not asked:
        return False
    (script, _), *_ = asked.most_common(1)
    foreign = sum(count for name, count in said.items() if name not in asked)
    if script != "LATIN" or set(said) - {"LATIN"}:
        return foreign > _MOST_FOREIGN * said.total()
    of_question, of_answer = guess_language(question), guess_language(own)
    return bool(of_question and of_answer) and of_question != of_answer


def _scripts(text: str) -> Counter[str]:
    """Count the letters of a text by script, the first word of their Unicode names."""
    names = (unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha())
    return Counter(_TOGETHER.get(name, name) for name in names)
