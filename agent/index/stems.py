"""Stems: one form for the forms of a word, by the stemmers of Snowball."""

import functools

import Stemmer

# Snowball's names. Malay inflects like Indonesian. The Arabic stemmer serves readers only: the
# index takes pieces of Arabic words, which find more (docs/log.md, 2026-11-24).
_STEMMERS = {
    "ar": "arabic", "cs": "czech", "de": "german", "en": "english", "es": "spanish",
    "fa": "persian", "fr": "french", "hi": "hindi", "id": "indonesian", "it": "italian",
    "nl": "dutch", "pl": "polish", "pt": "portuguese", "ru": "russian", "tr": "turkish",
}  # fmt: skip
_SHORT_WORD = 3

# Function words that make up a quarter of running English and carry no meaning of their own.
ENGLISH_STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being between both but
    by can could did do does doing down during each few for from further had has have having he
    her here hers him his how i if in into is it its itself just me more most my no nor not now
    of off on once only or other our out over own same she should so some such than that the
    their them then there these they this those through to too under until up very was we were
    what when where which while who whom whose why will with would you your please tell many
    much
    d ll m re s t ve
    """.split()
)


@functools.lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """Return the stem of a folded word, or the word where there is no stemmer for `language`."""
    name = _STEMMERS.get(language)
    if name is None or (word.isascii() and not _is_inflected(word)):
        return word
    return str(_stemmer(name).stemWord(word)) if not any(map(str.isdigit, word)) else word


def _is_inflected(word: str) -> bool:
    # Short words and words with digits are names and numbers more often than inflections.
    return len(word) > _SHORT_WORD and word.isalpha()


@functools.cache
def _stemmer(name: str) -> "Stemmer.Stemmer":
    return Stemmer.Stemmer(name)


@functools.cache
def english_stop_terms() -> frozenset[str]:
    """Return the stop words as they stand in an index, stemmed and not."""
    return ENGLISH_STOP_WORDS | {stem(word, "en") for word in ENGLISH_STOP_WORDS}
