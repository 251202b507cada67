"""From bytes to text: which encoding a file is in, and never a character replaced in silence."""

import codecs
import re
import unicodedata

from agent.formats.base import NotTaken, Refused

_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What web pages declare, and what browsers take it for. Source: WHATWG Encoding Standard, "Names
# and labels".
_TAKEN_FOR = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "tis-620": "cp874",
}
# What people's files are in, the likelier first; leaves out the dozens of mainframe and DOS code
# pages that a guess on little text falls for. ISO 8859-2 stands before its Windows sister because
# text of the latter nearly always has a byte that does not exist in the former.
_GUESSES = [
    "cp932", "euc_jp", "gb18030", "cp949", "big5", "cp1252", "iso8859_2", "cp1250",
    "cp1251", "koi8_r", "koi8_u", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "cp874", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "cp866", "cp850", "cp437",
    "mac_roman",
]  # fmt: skip
# Guesses closer than this are equally good, and the likelier encoding is taken.
_CLOSE = 0.012
# Signs of Latin-1 between letters; those that some language writes there are left out.
_SIGN_IN_WORD = re.compile(
    "(?<=[^\\W\\d_])[\xa1-\xa9\xac-\xb4\xb6\xb8\xb9\xbc-\xbf\xd7\xf7](?=[^\\W\\d_])"
)
_BINARY = "is binary data of an unknown kind"
_SAMPLE_BYTES = 32_000
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_LINE_WITH_MARKS = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """Return the text of `data` and the name of the encoding it was in.

    In this order: a byte order mark, UTF-8, the `declared` encoding, then what fits best.

    Raises:
        Refused: if the bytes are not text, or no encoding fits all of them.
    """
    text, encoding = _decode_marked(data) or _decode_utf8(data) or _decode_other(data, declared)
    if len(_CONTROLS.findall(text, 0, 100_000)) * 100 > min(len(text), 100_000):
        raise NotTaken(_BINARY)
    return text, encoding


def _decode_marked(data: bytes) -> tuple[str, str] | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding.removesuffix("-sig")
            except UnicodeDecodeError as error:
                raise _damaged(encoding, error) from error
    return None


def _damaged(encoding: str, error: UnicodeDecodeError) -> Refused:
    return Refused(
        f"begins as {encoding.upper()} text but is damaged at byte {error.start}; "
        "save it again as UTF-8."
    )


def _decode_utf8(data: bytes) -> tuple[str, str] | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_nearly_utf8(data):
            # Any other encoding would take it and turn every good character into rubbish.
            raise _damaged("utf-8", error) from error
        return None
    return None if "\x00" in text or _ISO_2022_JP.search(data) else (text, "utf-8")


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether at least nine in ten of the bytes beyond ASCII are parts of UTF-8 characters."""
    beyond = len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))
    good = sum(map(len, _UTF8_CHARACTER.findall(data)))
    return good * 10 >= beyond * 9


def _decode_other(data: bytes, declared: str | None) -> tuple[str, str]:
    for encoding in (*_declared(declared), *_by_zeros(data), *_by_escapes(data)):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    for encoding in _guesses(data):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    if b"\x00" in data:
        raise NotTaken(_BINARY)
    raise Refused("is in no text encoding that can be told; save it again as UTF-8.")


def _declared(label: str | None) -> list[str]:
    """Return the codec for a declared label, or nothing if Python has no text codec for it."""
    try:
        name = codecs.lookup(label or "").name
        "".encode(name)
    except LookupError:  # also what an encoding that is not of text gives
        return []
    return [_TAKEN_FOR.get(name, name)]


def _by_zeros(data: bytes) -> list[str]:
    """Tell UTF-16 without a mark by its spaces and line ends, which every script has.

    Read in the wrong order they become rare characters (U+2000, U+0A00); binary data gives itself
    away by characters that do not exist.
    """
    if len(data) % 2 or b"\x00" not in data:
        return []
    spaces = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data[:_SAMPLE_BYTES].decode(encoding, "ignore")
        unknown = sum(unicodedata.category(character) in {"Cn", "Co"} for character in text)
        if unknown * 100 <= len(text):
            spaces[encoding] = text.count(" ") + text.count("\n")
    return [encoding for encoding in spaces if spaces[encoding] == max(spaces.values()) > 0]


def _by_escapes(data: bytes) -> list[str]:
    return ["iso2022_jp_ext"] if _ISO_2022_JP.search(data) else []


def _guesses(data: bytes) -> list[str]:
    """Return encodings that fit a sample of `data`, best first."""
    if b"\x00" in data:
        return []
    from charset_normalizer import from_bytes  # noqa: PLC0415 - most files are UTF-8

    matches = from_bytes(_sample(data), cp_isolation=_GUESSES, enable_fallback=False)
    # Its own order looks at odd characters (`chaos`) only, which a wrong alphabet need not have;
    # how much it reads like a language (`coherence`) tells Hebrew from Bulgarian. Neither minds
    # the signs in "b³o" and "¿ó³te", which tell that this is no Western encoding but Polish.
    scores = {
        match.encoding: match.coherence - 4 * match.chaos - _signs_in_words(str(match))
        for match in matches
    }
    best = max(scores.values(), default=0.0)
    return sorted(
        scores,
        key=lambda encoding: (
            0.0 if scores[encoding] >= best - _CLOSE else best - scores[encoding],
            _GUESSES.index(encoding),
        ),
    )


def _signs_in_words(text: str) -> float:
    """Return which part of the characters beyond ASCII are signs with a letter behind them."""
    return len(_SIGN_IN_WORD.findall(text)) / max(1, sum(character > "\x7f" for character in text))


def _sample(data: bytes) -> bytes:
    """Return lines that hold bytes beyond ASCII, for only they tell encodings apart."""
    lines: list[bytes] = []
    size = 0
    for line in _LINE_WITH_MARKS.finditer(data):
        lines.append(line.group())
        size += len(lines[-1])
        if size >= _SAMPLE_BYTES:
            break
    return _cut_between_characters(b"".join(lines))


def _cut_between_characters(sample: bytes) -> bytes:
    """Cut to size at a byte that is no part of a longer character in any guessed encoding."""
    if len(sample) <= _SAMPLE_BYTES:
        return sample
    end = _SAMPLE_BYTES
    while end and sample[end - 1] >= 0x30:  # noqa: PLR2004 - below "0" no trail byte is found
        end -= 1
    return sample[: end or len(sample)]
