"""Words of any script, as the keyword index and the quoting reader compare them.

A word is a run of letters and digits, folded: compatibility forms unified (NFKC), case removed,
accents of Latin, Greek and Cyrillic and the optional vowel marks of Hebrew and Arabic dropped.
Scripts written without spaces, and Korean, whose particles stick to the word, give overlapping
pairs of characters, as Lucene's CJKBigramFilter does. English words are stemmed (Snowball).
"""

import functools
import re
import unicodedata
from collections.abc import Iterator

import Stemmer

# Part of every index key: raise it when the same text would give other words.
WORDS_VERSION = "1"

# Accents, Hebrew points, Arabic vowel marks and the Arabic stretching line.
_DROPPED_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]"
)
# Thai, Lao, Burmese, Khmer, kana, bopomofo, Han and Hangul, with their combining marks.
_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
# A letter, digit or combining mark; the marks are letters to the scripts of India.
_LETTER = (
    r"[\w\u0300-\u036f\u0483-\u0487\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    r"\u200d\u3099\u309a]"
)
_RUN = re.compile(rf"{_LETTER}+(?:[.,]{_LETTER}+)*")
_PAIRED_RUN = re.compile(f"[{_PAIRED}]+|[^{_PAIRED}]+")
_IS_PAIRED = re.compile(f"[{_PAIRED}]")
_ACRONYM = re.compile(r"(?:[^\W\d]\.)+[^\W\d]")
_JOINS = re.compile("[.,]")
_SHORT_WORD = 3
# A word broken at the end of a line: "exam-\nple".
_LINE_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad][ \t]*\n[ \t]*(?=[^\W\d_])|\u00ad")

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
_ENGLISH_SIGNS = frozenset(
    """
    the of and to in is was that for it with
    """.split()
)


def fold(text: str) -> str:
    """Return `text` in the form in which words are compared; its length may change."""
    if "-\n" in text or not text.isascii():
        text = _LINE_HYPHEN.sub("", text)
    text = text.replace("_", " ")
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _DROPPED_MARKS.sub("", decomposed))


def split_words(text: str) -> list[str]:
    """Return the words of `text` in order, folded, not stemmed."""
    runs = _RUN.findall(fold(text))
    joined = "".join(runs)
    if joined.isascii() and joined.isalnum():  # nothing that _pieces would change: most passages
        return runs
    return [piece for run in runs for piece in _pieces(run)]


def _pieces(run: str) -> Iterator[str]:
    """Split a run at the marks inside it; "3,000", "1.5" and "U.S.A" stay whole."""
    if _IS_PAIRED.search(run) is None:
        if run[0].isdigit():
            yield run.replace(",", "")
            return
        if _ACRONYM.fullmatch(run):
            yield run.replace(".", "")
            return
    for piece in _JOINS.split(run):
        yield from _paired_pieces(piece)


def _paired_pieces(piece: str) -> Iterator[str]:
    """Cut what is written without spaces into overlapping pairs of characters."""
    if not _IS_PAIRED.search(piece):
        yield piece
        return
    for run in _PAIRED_RUN.findall(piece):
        if _IS_PAIRED.match(run) and len(run) > 1:
            yield from (run[i : i + 2] for i in range(len(run) - 1))
        else:
            yield run


def guess_language(text: str) -> str:
    """Return "en" where running English is plain to see, else "" (no stemming)."""
    sample = re.findall(r"[a-z]+", text[:200_000].lower())
    signs = sum(word in _ENGLISH_SIGNS for word in sample)
    return "en" if signs > 0.1 * len(sample) > 0 else ""


@functools.cache
def english_stop_terms() -> frozenset[str]:
    """Return the stop words as they stand in an index, stemmed and not."""
    return ENGLISH_STOP_WORDS | {_english_stem(word) for word in ENGLISH_STOP_WORDS}


def to_terms(words: list[str], language: str) -> list[str]:
    """Return the index terms of `words` in a document of `language`, one for one."""
    return [_english_stem(word) for word in words] if language == "en" else words


@functools.lru_cache(maxsize=200_000)
def _english_stem(word: str) -> str:
    # Short words and words with digits are names and numbers more often than inflections.
    is_inflected = len(word) > _SHORT_WORD and word.isalpha()
    return str(_english_stemmer().stemWord(word)) if is_inflected else word


@functools.cache
def _english_stemmer() -> "Stemmer.Stemmer":
    return Stemmer.Stemmer("english")
