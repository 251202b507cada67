"""Turns generated tokens into text for people: whole characters, and nothing of a stop word."""

import codecs
from collections.abc import Mapping, Sequence
from functools import lru_cache


@lru_cache(maxsize=1)
def byte_of_letter() -> Mapping[str, int]:
    """Map each letter that byte-level tokenizers write for a byte to that byte.

    Printable bytes stand for themselves, the others for the letters from U+0100 on, in order.

    Source: the GPT-2 tokenizer, `bytes_to_unicode`, which Qwen2's tokenizer keeps.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in set(printable)]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(0x100 + place): byte for place, byte in enumerate(others)}


def decode_letters(token: str) -> bytes:
    """Return the bytes that a byte-level token spells, such as ` the` for `Ġthe`."""
    letters = byte_of_letter()
    return bytes(letters[letter] for letter in token)


class TextStream:
    """Collects the bytes of tokens and gives out text that is certain.

    A character is given out when its last byte is there; bytes that are no UTF-8 become U+FFFD.
    Text that may be the beginning of a stop word is held back until it is known not to be one.

    Attributes:
        stopped: True once a stop word is complete; nothing more is given out.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self.stopped = False
        self._stop = [word for word in stop if word]
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""

    def push(self, data: bytes) -> str:
        """Take the bytes of one token; return the text that is now certain, possibly none."""
        return self._release(self._decoder.decode(data))

    def finish(self) -> str:
        """Return what was held back, because no more tokens come."""
        text = self._release(self._decoder.decode(b"", final=True))
        rest, self._held = self._held, ""
        return text if self.stopped else text + rest

    def _release(self, text: str) -> str:
        """Add text to what is held and return the part no stop word can reach."""
        if self.stopped:
            return ""
        self._held += text
        # By the end, not the beginning, so that the answer does not depend on how tokens cut it.
        found = [
            (start + len(word), start)
            for word in self._stop
            if (start := self._held.find(word)) >= 0
        ]
        if found:
            self.stopped = True
            return self._held[: min(found)[1]]
        keep = max((_overlap(self._held, word) for word in self._stop), default=0)
        certain = self._held[: len(self._held) - keep]
        self._held = self._held[len(certain) :]
        return certain


def _overlap(text: str, word: str) -> int:
    """Count the characters at the end of the text that begin the word."""
    longest = min(len(text), len(word) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(word[:size])), 0)
