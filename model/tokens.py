"""Counts Qwen2 tokens without weights, from the vocabulary that ships beside this file."""

import binascii
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import tiktoken

VOCABULARY_SHA256: Final = "b2b1b8dfb5cc5f024bafc373121c6aba3f66f9a5a0269e243470a1de16a33186"
"""SHA-256 of `vocabulary/qwen2.tiktoken`; a test holds the two together."""

VOCABULARY_ID: Final = VOCABULARY_SHA256[:12]
"""Part of every key under which token counts are kept."""

_VOCABULARY: Final = Path(__file__).parent / "vocabulary" / "qwen2.tiktoken"

# Source: PAT_STR of qwen-agent 0.0.34, the same pattern as transformers' Qwen2 tokenizer.
_WORD_PATTERN: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# tiktoken overflows its stack on a run of about a million spaces, so long texts go in pieces.
# The word pattern above always ends a word before a space that follows a non-space, and after a
# newline that a non-space follows.
_PIECE_CHARACTERS: Final = 100_000
_PIECE: Final = re.compile(
    rf"(?s:.{{1,{_PIECE_CHARACTERS}}}(?:(?<=\S)(?= )|(?<=\n)(?=\S)|\Z)|.{{1,{_PIECE_CHARACTERS}}})"
)


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Count the Qwen2 tokens of each text.

    Counts equal those of Qwen2's own tokenizer on plain text (normalised to NFC first, as it
    does). Control tokens are never recognised. A lone surrogate counts as U+FFFD.

    Args:
        texts: any strings; the vocabulary is loaded at the first call (a fraction of a second).

    Returns:
        Tokens of each text, in the order given.
    """
    encode = qwen2_encoding().encode_ordinary
    return [_count(encode, unicodedata.normalize("NFC", text)) for text in texts]


def _count(encode: Callable[[str], list[int]], text: str) -> int:
    """Count a text of any length, a long one in pieces no token can reach across.

    Only a run of 100,000 characters without such a place is cut elsewhere (off by a token or two).
    """
    if len(text) <= _PIECE_CHARACTERS:
        return len(encode(text))
    return sum(len(encode(piece)) for piece in _PIECE.findall(text))


@lru_cache(maxsize=1)
def qwen2_encoding() -> "tiktoken.Encoding":
    """Load the vocabulary once; later calls return the same encoding.

    The file is parsed here because tiktoken's own loader goes through its download cache.
    """
    import tiktoken  # noqa: PLC0415  compiled code that only counting needs

    lines = _VOCABULARY.read_bytes().splitlines()
    ranks = {binascii.a2b_base64(token): int(rank) for token, rank in map(bytes.split, lines)}
    return tiktoken.Encoding(
        "qwen2", pat_str=_WORD_PATTERN, mergeable_ranks=ranks, special_tokens={}
    )
