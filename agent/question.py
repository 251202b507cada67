"""What a question asks for: one thing or all of a kind, and of what."""

import re
from typing import Final

_LIST: Final = "(?:list|name|find|show|give|collect)"
_PLACES: Final = "(?:mentions?|occurrences?|instances?|places?|passages?|times)"
# As far as the beginning of a question goes, in some of the languages people ask in.
_PATTERNS: Final = (
    rf"(?:\b{_LIST}\b.{{0,20}})?\b(?:all|every|each) (?:the )?{_PLACES} (?:of|where)\b",
    rf"\b{_LIST}\b.{{0,20}}\b(?:all|every|each)\b(?: of)?",
    r"\bhow many (?:times|different)\b|\bevery (?:single|one)\b",
    r"\bnenne alle\b|\bliste alle\b|\bzähle alle\b|\bwie oft\b",
    r"\bliste (tous|toutes)\b|\bcombien de fois\b|\btous les\b.{0,20}\bmentions\b",
    r"\benumera\b|\b(lista|nombra) (todos|todas)\b|\bcuántas veces\b",
    r"\belenca (tutti|tutte)\b|\bquante volte\b|\bliste (todos|todas)\b|\bquantas vezes\b",
    "перечисли|сколько раз|列出所有|列出全部|列举所有|多少次",
    "すべて(挙げ|列挙)|何回|모두 나열|몇 번",
)
_ASKS_FOR_ALL: Final = re.compile("|".join(_PATTERNS), re.IGNORECASE)


def asks_for_all(question: str) -> bool:
    """Tell whether a question asks for everything of a kind ("list all", "how many times").

    Goes by words in some languages; where it does not see it, the strategy can be named.
    """
    return _ASKS_FOR_ALL.search(question) is not None


def information(question: str) -> str:
    """Return what a question is about, without the words that ask for all of it.

    Words such as "list" and "mentions" stand in few passages, so they would be looked for first.
    """
    return _ASKS_FOR_ALL.sub(" ", question, count=1).strip() or question
