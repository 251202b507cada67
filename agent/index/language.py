"""Which of Qwen2's languages a text is written in, as far as its words are concerned.

A guess by script and by function words. It decides only how words are stemmed, so a text it cannot
tell is given none ("") and found by its words as they are written.
"""

import functools
import re
import unicodedata
from collections import Counter

# The commonest words that few of the other languages have; letters as `str.lower` leaves them.
_SIGNS = {
    "en": "the of and to in is was that for it with on as be by this are from",
    "de": "der die und das den von zu mit sich des auf für ist dem nicht ein eine auch werden im",
    "fr": "le la les des et du une que dans qui pour est pas sur au par plus ce avec il aux",
    "es": "el la los las y que del se un una por con para su es lo como más al en",
    "pt": "o os as e que do da dos das em um uma não para com se na no por mais à ao",
    "it": "il di che la e gli un una o ha alla ed per è del della non con si dei sono nel le da i",
    "nl": "de het een van en in op te dat die is voor met zijn niet aan er om ook naar",
    "cs": "se na v že je z do s jsou byl pro jako ale by k za která však nebo být má při",
    "pl": "w z na się nie do że to jest lub przez od za po jak oraz dla są był który",
    "tr": "ve bir bu da de için ile olarak olan çok daha en gibi kadar sonra ise her olduğu",
    "vi": "của và là có được cho trong một các không với những đã người này khi để từ đến",
    "id": "yang dan di dengan untuk dari ini pada itu tidak dalam adalah akan ke oleh telah juga",
    "tl": "ang ng sa mga na at ay ni para kay hindi ito isang mula kung nang siya",
    "ceb": "ang sa ug nga mga ni kay usa dili niini iyang kini sila usab siya aron unsa",
    "ru": "и в не на что с он как по это из за его от но для было к о а",
    "hi": "के है में की और से का को हैं पर यह ने कि लिए एक भी नहीं इस था",
}
_SIGN_SETS = {language: frozenset(words.split()) for language, words in _SIGNS.items()}
_ENOUGH = 0.1  # of the words; running text has 0.15 to 0.45 of its own language
_DIFFERENT_SIGNS = 3  # fewer may be the names of variables
_MORE_THAN_NEXT = 1.25  # Tagalog and Cebuano, Spanish and Portuguese share some
_WORD = re.compile(r"[^\W\d_][\w\u0900-\u0963]*")
# Letters that only one of the languages of a script has.
_URDU = re.compile("[ٹڈڑےںہھ]")
_PERSIAN = re.compile("[پچژگیک]")
_SCRIPTS = (
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("arabic", re.compile("[\u0620-\u06ff]")),
)
_OF_SCRIPT = 0.5  # of all letters
_PIECES, _PIECE = 20, 10_000  # characters looked at: here and there, since texts begin with notices
_KEPT_TEXTS = 16


@functools.lru_cache(maxsize=_KEPT_TEXTS)
def guess_language(text: str) -> str:
    """Return the code of the language (Malay counts as Indonesian), or "" if it is not plain."""
    sample = unicodedata.normalize("NFC", _sample(text)).lower()
    letters = sum(map(str.isalpha, sample)) or 1
    for language, letter in _SCRIPTS:
        if len(letter.findall(sample)) > _OF_SCRIPT * letters:
            return _of_arabic_script(sample) if language == "arabic" else language
    return _by_signs(Counter(_WORD.findall(sample)))


def _sample(text: str) -> str:
    if len(text) <= _PIECES * _PIECE:
        return text
    step = (len(text) - _PIECE) // (_PIECES - 1)
    return "\n".join(text[at * step : at * step + _PIECE] for at in range(_PIECES))


def _of_arabic_script(sample: str) -> str:
    letters = len(re.findall("[\u0620-\u06ff]", sample))
    if len(_URDU.findall(sample)) > 0.05 * letters:  # Persian has none
        return "ur"
    return "fa" if len(_PERSIAN.findall(sample)) > 0.03 * letters else "ar"


def _by_signs(words: Counter[str]) -> str:
    signs = {language: sum(words[sign] for sign in signs) for language, signs in _SIGN_SETS.items()}
    second, best = sorted(signs.values())[-2:]
    language = max(signs, key=signs.__getitem__)
    if best <= _ENOUGH * words.total():
        return ""
    met = len(_SIGN_SETS[language] & words.keys())
    if met >= _DIFFERENT_SIGNS and best >= _MORE_THAN_NEXT * second:
        return language
    return "en" if signs["en"] == best else ""  # a line or two: most often right
