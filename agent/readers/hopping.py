"""The next step of a search without a model: from what was found on to what that names."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from agent.evidence import Evidence
from agent.index.stems import english_stop_terms
from agent.index.words import split_words
from agent.looks import Decision, Situation

_HOPS: Final = 2  # after the first search: each goes further from what was asked
_NAMES: Final = 4
# Not at the beginning, where any word is written so.
_NAME: Final = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-ZÀ-ÞА-Я][^\W\d_]+(?:\s+[A-ZÀ-ÞА-Я][^\W\d_]+)*")


def next_hop(question: str, situation: Situation) -> Decision:
    """Return a search: first for the question, then for its other words and the names found."""
    looks = situation.looks
    if not looks:
        return Decision("search", question)
    new = situation.found[-looks[-1].noted :] if looks[-1].noted else ()
    names = _names(new, _words(look.looking_for for look in looks))
    if not names or len(looks) > _HOPS:
        return Decision("answer", "")
    said = _words(item.text for item in situation.found)
    left = [word for word in split_words(question) if word.lower() not in said]
    left = [word for word in left if word.lower() not in english_stop_terms()]
    return Decision("search", " ".join([*left, *names]))


def _names(found: Sequence[Evidence], known: set[str]) -> list[str]:
    """Return the names in quotes of which no word was looked for yet, in their order."""
    names = (name[0] for item in found for name in _NAME.finditer(" ".join(item.text.split())))
    return [name for name in dict.fromkeys(names) if not known & _words([name])][:_NAMES]


def _words(texts: Iterable[str]) -> set[str]:
    return {word.lower() for text in texts for word in split_words(text)}
