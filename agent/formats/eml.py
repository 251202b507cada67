"""EML: an e-mail message, its headers first; messages within it follow on pages of their own."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message
from typing import TypeAlias

from agent.document import Heading
from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.encoding import decode
from agent.formats.html import html_charset, html_to_piece
from agent.formats.pages import clean, join, split

_HEAD_BYTES = 65_536
_HEADER_LINE = re.compile(rb"([!-9;-~]+):|[ \t]")
_TELLING = {b"date", b"received", b"message-id", b"mime-version", b"return-path", b"subject"}
_MIN_TELLING = 2
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_SUBJECT = "Subject"
_NO_SUBJECT = "message"
_ATTACHED = "Attachments (not read):"

_Mail: TypeAlias = "Message[str, str]"


def _sniff(data: bytes) -> bool:
    """Whether the file begins with a block of headers, of a sender and of what else mail has."""
    lines = data[:_HEAD_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")
    found = [_HEADER_LINE.match(line) for line in lines if line]
    names = {match[1].lower() for match in found if match and match[1]}
    return all(found) and b"from" in names and len(names & _TELLING) >= _MIN_TELLING


def _parse(data: bytes, on_page: OnPage) -> Parsed:
    try:
        reading = _Reading(message_from_bytes(data))
        pieces = [page for piece in reading.pieces() for page in split(piece)]
    except RecursionError as error:
        raise Refused(
            "holds messages nested too deeply to be read; save them one by one."
        ) from error
    on_page(0, len(pieces))
    return join("python email", pieces)


@dataclass(slots=True)
class _Reading:
    """One message while it is read.

    Attributes:
        message: the message itself.
        depth: in how many others it stands.
        blocks: its text and headings so far.
        attached: what is named and not read.
        inner: messages within it.
    """

    message: _Mail
    depth: int = 0
    blocks: list[Piece] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    inner: list["_Reading"] = field(default_factory=list)

    def pieces(self) -> Iterator[Piece]:
        """Yield the message, then those within it."""
        subject = " ".join(header(self.message, _SUBJECT).split())
        self.blocks.append(self._head(subject))
        self._part(self.message)
        if self.attached:
            self.blocks.append(Piece("\n".join((_ATTACHED, *self.attached))))
        yield _joined(self.blocks, subject or _NO_SUBJECT)
        for reading in self.inner:
            yield from reading.pieces()

    def _head(self, subject: str) -> Piece:
        lines = [
            f"{name}: {' '.join(header(self.message, name).split())}"
            for name in _SHOWN
            if self.message[name]
        ]
        text = "\n".join(lines)
        start = len(text) - len(subject)
        return Piece(text, "", (Heading(self.depth + 1, subject, start),) if subject else ())

    def _part(self, part: _Mail) -> None:
        kind = _kind(part)
        if kind == "message/rfc822" and part.is_multipart():
            self._inner(part)
        elif kind == "multipart/alternative" and part.is_multipart():
            self._alternative(_children(part))
        elif kind.startswith("multipart/") and part.is_multipart():
            for child in _children(part):
                self._part(child)
        elif kind in _READ and part.get_content_disposition() != "attachment":
            self._text(part, _READ[kind])
        else:
            self._attach(part)

    def _inner(self, part: _Mail) -> None:
        for message in _children(part):
            reading = _Reading(message, self.depth + 1)
            self.inner.append(reading)
            subject = " ".join(header(message, _SUBJECT).split()) or _NO_SUBJECT
            self.blocks.append(Piece(f"(Message within this one: {subject})"))

    def _alternative(self, parts: list[_Mail]) -> None:
        """Read the plain one of several that say the same, else the last that can be read."""
        plain = [part for part in parts if _kind(part) == "text/plain"]
        others = [part for part in parts if part not in plain]
        readable = [part for part in others if part.is_multipart() or _kind(part) in _READ]
        said = [part for part in plain if _payload(part).strip()][:1] or readable[-1:] or plain[:1]
        for part in (*said, *(part for part in others if part not in readable)):
            self._part(part)

    def _text(self, part: _Mail, read: Callable[[bytes, str | None], Piece]) -> None:
        data = _payload(part)
        try:
            piece = read(data, part.get_content_charset())
        except Refused:  # what calls itself text and is none
            self._attach(part)
            return
        shift = self.depth + 1
        text = piece.text.rstrip("\n")
        headings = (Heading(h.level + shift, h.title, h.start) for h in piece.headings)
        if text.strip():
            self.blocks.append(Piece(text, "", tuple(headings)))

    def _attach(self, part: _Mail) -> None:
        name = " ".join(decoded(part.get_filename() or "").split()) or "without a name"
        kind = " ".join(clean(_kind(part)).split())
        self.attached.append(f"{name} ({kind}, {len(_payload(part)):,} bytes)")


def _joined(blocks: list[Piece], label: str) -> Piece:
    texts: list[str] = []
    headings: list[Heading] = []
    start = 0
    for block in blocks:
        headings += (Heading(h.level, h.title, start + h.start) for h in block.headings)
        texts.append(f"{block.text}\n\n")
        start += len(texts[-1])
    return Piece("".join(texts), label, tuple(headings))


def _children(part: _Mail) -> list[_Mail]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if payload else []


def _kind(part: _Mail) -> str:
    return part.get_content_type()


def _payload(part: _Mail) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _plain(data: bytes, charset: str | None) -> Piece:
    return Piece(clean(decode(data, charset)[0]))


def _html(data: bytes, charset: str | None) -> Piece:
    return html_to_piece(decode(data, charset or html_charset(data))[0])


_READ: dict[str, Callable[[bytes, str | None], Piece]] = {
    "text/plain": _plain,
    "text/html": _html,
    "application/xhtml+xml": _html,
}


def header(message: _Mail, name: str) -> str:
    """Return a header with its encoded words read; "" if the message has none of the name."""
    value: str | Header | None = message[name]
    return "" if value is None else decoded(value)


def decoded(value: str | Header) -> str:
    """Return the words of a header, whatever they are encoded in."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        parts = [(str(value), None)]
    return clean("".join(_words(part, charset) for part, charset in parts))


def _words(part: str | bytes, charset: str | None) -> str:
    if isinstance(part, str):
        part = part.encode("utf-8", "surrogateescape")
    try:
        return decode(part, charset)[0]
    except Refused:
        return part.decode("utf-8", "replace")


FORMAT = Format("eml", "EML", (".eml", ".mht", ".mhtml"), _sniff, _parse)
