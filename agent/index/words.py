"""Words of any script, as the keyword index and the quoting reader cut and compare them.

A word is a run of letters, digits and their marks, folded (NFKC, full case folding; optional vowel
marks of Hebrew and Arabic dropped; digits of every script are one). Accents are kept here, because
stemmers need them and in Vietnamese they make the word; `to_terms` drops them.

Scripts written without spaces, and Korean, whose particles stick to the word, give overlapping
pairs of letters. A letter there takes its marks along, and in Thai and Lao the vowel written before
it: pairs of code points would tear syllables apart and find less (docs/log.md, 2026-11-24).
"""

import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from agent.index.stems import stem

# Part of every index key: raise it when the same text would give other words.
WORDS_VERSION = "2"

# What marks a word as it is written, in the index: no letter, so never part of a term.
WRITTEN = "="

# Hebrew points, Arabic vowel marks and the Arabic stretching line: written or not, the same word.
# U+0653-U+0655 are kept here: they make letters of their own with the alef below them.
_OPTIONAL = re.compile(
    "[\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u00ad]"
)
_ACCENTS = re.compile("[\u0300-\u036f\u0653-\u0655]")
# Letters of one sound that people type for each other, and that no decomposition brings together.
_ALIKE = str.maketrans(
    {
        "ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe",
        "ة": "ه", "ۃ": "ه", "ہ": "ه", "ھ": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "ٱ": "ا",
    }
)  # fmt: skip
_ZEROS = "\u0660\u06f0\u0966\u09e6\u0e50\u0ed0\u1040\u17e0"  # the digits of each follow its zero
_DIGITS = str.maketrans({ord(zero) + n: str(n) for zero in _ZEROS for n in range(10)})
# NFKC takes Thai and Lao am apart, which nobody writes as two.
_TORN_AM = re.compile("\u0e4d\u0e32|\u0ecd\u0eb2")
_AM = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}

_HANGUL = "\uac00-\ud7af"
# Thai, Lao, Burmese, Khmer, kana, bopomofo, Han and Hangul, with their combining marks.
_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf"
    f"\u4e00-\u9fff{_HANGUL}\uf900-\ufaff\U00020000-\U0003ffff"
)
# A letter, digit or combining mark; the marks are letters to the scripts of India.
_LETTER = (
    r"[\w\u0300-\u036f\u0483-\u0487\u0653-\u0655\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff"
    r"\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17d7-\u17ff\u200d\u3099\u309a]"
)
_RUN = re.compile(rf"{_LETTER}+(?:[.,]{_LETTER}+)*")
_PAIRED_RUN = re.compile(f"[{_HANGUL}]+|[{_PAIRED}]+?(?=[{_HANGUL}]|[^{_PAIRED}]|$)|[^{_PAIRED}]+")
_FIRST_PAIRED = "\u0e00"
_IS_PAIRED = re.compile(f"[{_PAIRED}]")
_IS_HANGUL = re.compile(f"[{_HANGUL}]")
# One letter with the vowel before it (Thai, Lao), what is stacked below it (Burmese, Khmer) and
# all its marks.
_STACKED = "\u1039\u17d2"
_MARKS = (
    "\u0e31\u0e33-\u0e3a\u0e45\u0e47-\u0e4e\u0eb1\u0eb3-\u0ebc\u0ec8-\u0ece\u102b-\u1038\u103a-\u103e"
    "\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1071-\u1074\u1082-\u108d\u17b4-\u17d1\u17d3\u17dd"
    "\u3099\u309a\u200d"
)
_CLUSTER = re.compile(rf"[\u0e40-\u0e44\u0ec0-\u0ec4]?\w(?:[{_MARKS}]|[{_STACKED}]\w)*|.")
# Where a letter is a character: Han, kana, bopomofo and Hangul.
_PLAIN = re.compile("[\u3005\u3007\u3040-\u3098\u309b-\u30ff\u3100-\u312f\u3400-\U0003ffff]+")
_ACRONYM = re.compile(r"(?:[^\W\d]\.)+[^\W\d]")
_JOINS = re.compile("[.,]")
# A word broken at the end of a line: "exam-\nple".
_LINE_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad][ \t]*\n[ \t]*(?=[^\W\d_])")


def fold(text: str) -> str:
    """Return `text` in the form in which words are cut, accents kept; its length may change."""
    if "-\n" in text or not text.isascii():
        text = _LINE_HYPHEN.sub("", text)
    text = text.replace("_", " ")
    if text.isascii():
        return text.lower()
    text = _OPTIONAL.sub("", unicodedata.normalize("NFKC", text).casefold())
    # "i" with a dot is what casefold leaves of the Turkish capital.
    text = text.replace("i\u0307", "i").translate(_DIGITS)
    return _TORN_AM.sub(lambda match: _AM[match[0]], unicodedata.normalize("NFC", text))


def drop_accents(word: str) -> str:
    """Return a folded word without accents, letters that are typed for each other made one."""
    if word.isascii():
        return word
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", bare).translate(_ALIKE)


def split_words(text: str) -> list[str]:
    """Return the words of `text` in order, folded, not stemmed; pairs where nothing parts words."""
    return _split(text, _main)


def split_pieces(text: str) -> list[tuple[str, bool]]:
    """Return the words of `text` as `split_words` does, and what else is indexed beside pairs.

    Those, marked True, are the single letters of scripts without spaces and Korean words whole.
    """
    parts = _split(text, lambda part: [part])
    return [
        (piece, is_side)
        for part in parts
        for pieces, is_side in ((_main(part), False), (_side(part), True))
        for piece in pieces
    ]


def indexed_pieces(text: str) -> list[str]:
    """Return what `split_pieces` does, without the marks and in any order: for speed."""
    return _split(text, lambda part: [*_main(part), *_side(part)])


def _split(text: str, cut: Callable[[str], list[str]]) -> list[str]:
    runs = _RUN.findall(fold(text))
    joined = "".join(runs)
    if joined.isascii() and joined.isalnum():  # nothing that _parts would change: most passages
        return runs
    return [piece for run in runs for part in _parts(run) for piece in cut(part)]


def split_units(text: str) -> list[str]:
    """Return words, and single letters where nothing parts words: what a phrase is made of."""
    runs = _RUN.findall(fold(text))
    return [unit for run in runs for unit in _units(run)]


def _whole(run: str) -> str | None:
    """Return a number or an acronym that stays whole: "3,000", "1.5", "U.S.A"."""
    if run[0].isdigit() and not _IS_PAIRED.search(run):
        return run.replace(",", "")
    return run.replace(".", "") if _ACRONYM.fullmatch(run) else None


def _parts(run: str) -> Iterator[str]:
    """Split a run at the marks inside it and where a script without spaces begins or ends."""
    whole = _whole(run)
    if whole is not None:
        yield whole
        return
    for piece in _JOINS.split(run):
        yield from _PAIRED_RUN.findall(piece) if _IS_PAIRED.search(piece) else [piece]


def _units(run: str) -> Iterator[str]:
    for part in _parts(run):
        yield from _letters(part) if _IS_PAIRED.match(part) else [part]


def _main(part: str) -> list[str]:
    if not _IS_PAIRED.match(part):
        return [part]
    letters = _letters(part)
    return list(map(operator.add, letters, letters[1:])) if len(letters) > 1 else [part]


def _side(part: str) -> list[str]:
    if not _IS_PAIRED.match(part):
        return []
    if _IS_HANGUL.match(part):
        return [WRITTEN + part]
    letters = _letters(part)
    return list(letters) if len(letters) > 1 else []


def _letters(part: str) -> Sequence[str]:
    """Return the letters of a script without spaces with what belongs to each."""
    return part if _PLAIN.fullmatch(part) else _CLUSTER.findall(part)


def is_paired(word: str) -> bool:
    """Whether `word` is of a script of which pairs are indexed."""
    return word >= _FIRST_PAIRED and _IS_PAIRED.match(word) is not None


def is_single(word: str) -> bool:
    """Whether a word of such a script is one letter; not in Korean, whose words are known."""
    return _CLUSTER.fullmatch(word) is not None and not _IS_HANGUL.match(word)


def to_terms(words: list[str], language: str) -> list[str]:
    """Return `words` as they are compared in a document of `language`, one for one.

    They are stemmed where there is a stemmer for it, and their accents are dropped.
    """
    return [drop_accents(stem(word, language)) for word in words]
