"""What is asked: words, and with operators phrases ("...") and beginnings of words (word*)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.index.words import drop_accents, fold, is_paired, split_units

_PHRASE = re.compile(r"[\"“„”]([^\"“„”]+)[\"“„”]|[«「『]([^«»「」『』]+)[»」』]")
_PREFIX = re.compile(r"(?<!\w)([\w.’'-]*\w)\*")


@dataclass(frozen=True, slots=True)
class Query:
    """A query taken apart.

    Attributes:
        words: all of it that is scored by words, the phrases' words among them.
        phrases: words that must stand next to each other in this order.
        prefixes: beginnings of words, folded.
    """

    words: str
    phrases: tuple[tuple[str, ...], ...] = ()
    prefixes: tuple[str, ...] = ()


def parse_query(text: str, *, operators: bool) -> Query:
    """Take `text` apart; without `operators` quotation marks and stars mean nothing."""
    if not operators:
        return Query(text)
    phrases = [tuple(split_units(next(filter(None, m)))) for m in _PHRASE.findall(text)]
    prefixes = []

    def keep_prefix(match: re.Match[str]) -> str:
        *words, last = split_units(match[1]) or [""]
        if not last or is_paired(last):  # where nothing parts words, every word is a beginning
            return match[1]
        prefixes.append(last)
        return " ".join(words)

    words = _PREFIX.sub(keep_prefix, text)
    return Query(words, tuple(filter(None, phrases)), tuple(dict.fromkeys(prefixes)))


def holds_phrase(text: str, phrase: Sequence[str]) -> bool:
    """Whether the words of `phrase` stand in `text` next to each other, in this order.

    Case makes no difference. An accent that the phrase has must be there; one it lacks may be.
    """
    units = split_units(text)
    bare = [drop_accents(unit) for unit in units]
    wanted = [drop_accents(unit) for unit in phrase]
    length = len(wanted)
    for at in range(len(units) - length + 1):
        if bare[at] == wanted[0] and bare[at : at + length] == wanted:
            pairs = zip(units[at : at + length], phrase, wanted, strict=True)
            if all(asked in {unit, plain} for unit, asked, plain in pairs):
                return True
    return False


def holds_prefix(text: str, prefix: str) -> bool:
    """Whether a word of `text` begins with `prefix`, accents compared as in a phrase."""
    return any(
        unit.startswith(prefix) or drop_accents(unit).startswith(prefix)
        for unit in split_units(text)
    )


def folded_words(text: str) -> str:
    """Return the form in which two passages are the same passage."""
    return " ".join(fold(text).split())
