r"""RTF: rewritten as HTML, and the HTML is read as such.

Read by our own hand: of the sample in the tests striprtf drops the footnote, takes Cyrillic and
Japanese for Latin, splits a character beyond U+FFFF, shows hidden text, ends at a binary picture,
and it knows no headings. Source: Rich Text Format Specification 1.9.1.
"""

import re
from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from html import escape

from agent.formats.base import Format, OnPage, Parsed, Refused
from agent.formats.html import html_to_piece
from agent.formats.page_number import is_bare
from agent.formats.pages import by_headings
from agent.formats.rtf_page import Page
from agent.formats.rtf_words import (
    CHARSETS,
    DOCUMENT_CODES,
    EDGES,
    KNOWN,
    NO_TEXT,
    SIGNS,
    SYMBOLS,
)

_START = b"{\\rtf"
_TOKEN = re.compile(
    r"""\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?[0-9]{1,10})?[ ]? | \\'(?P<hex>[0-9a-fA-F]{2})
    | \\(?P<symbol>[^a-zA-Z]) | (?P<brace>[{}]) | [\r\n\x00]+ | (?P<text>[^\\{}\r\n\x00]+) | .""",
    re.VERBOSE | re.DOTALL,
)
_MAX_DEPTH = 1_000
_HEADING_STYLE = re.compile(r"\s*heading (\d)", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_MARKS = {"footnote": "", "comment": "comment "}
_BODY_LEVEL = 9
_MAX_NESTED_TABLES = 20


@dataclass(slots=True)
class _State:
    """What a group inherits from the one around it, and what ends with it."""

    is_skipped: bool = False
    is_hidden: bool = False
    destination: str = ""
    font: int = -1
    fallback: int = 1
    style: int = -1
    outline: int = _BODY_LEVEL
    table_depth: int = 0
    opened: str = ""  # what to do when this very group ends


@dataclass(slots=True)
class _Style:
    number: int = 0
    outline: int = _BODY_LEVEL
    name: str = ""


def _sniff(data: bytes) -> bool:
    return data.lstrip()[: len(_START)] == _START


def _parse(data: bytes, _on_page: OnPage) -> Parsed:
    reader = _Reader()
    reader.read(data.decode("latin-1"))
    piece = html_to_piece(reader.html())
    return by_headings(f"longread, {reader.code}", piece.text, piece.headings)


@dataclass
class _Reader:
    """Follows the groups and control words of one file."""

    code: str = "cp1252"
    _state: _State = field(default_factory=_State)
    _stack: list[_State] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=lambda: [Page()])
    _notes: list[str] = field(default_factory=list)
    _marked: Counter[str] = field(default_factory=Counter)
    _edges: list[str] = field(default_factory=list)
    _fonts: dict[int, str] = field(default_factory=dict)
    _styles: dict[int, int] = field(default_factory=dict)
    _style: _Style = field(default_factory=_Style)
    _bytes: bytearray = field(default_factory=bytearray)
    _skip: int = 0
    _starred: bool = False

    def read(self, text: str) -> None:
        """Read all of `text`, in which each character is a byte."""
        at = text.index("{")
        while (match := _TOKEN.match(text, at)) is not None:
            at = match.end()
            kind = match.lastgroup
            if kind == "text":
                self._add_text(match["text"])
            elif kind == "hex":
                self._add_hex(match["hex"])
            elif kind == "brace":
                self._brace(match["brace"])
                if not self._stack:
                    break
            elif kind == "symbol":
                self._symbol(match["symbol"])
            elif match["word"]:
                number = int(match["number"]) if match["number"] else None
                at += self._word(match["word"], number)
        self._flush()

    def html(self) -> str:
        """Return what was read, then the notes, then heads and feet."""
        parts = [self._pages[0].html(), *self._notes, *self._edges]
        body = "".join(parts).replace("</span><span hidden>", "")  # one letter each, if by numbers
        return f"<html><body>{body}</body></html>"

    def _add_text(self, text: str) -> None:
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        text = text[skipped:]
        if self._state.destination == "stylesheet":
            self._style.name += text
        elif self._has_words():
            self._bytes += text.encode("latin-1")

    def _add_hex(self, digits: str) -> None:
        if self._skip:
            self._skip -= 1
        elif self._has_words():
            self._bytes.append(int(digits, 16))

    def _has_words(self) -> bool:
        return not (self._state.is_skipped or self._state.destination)

    def _is_read(self) -> bool:
        return self._has_words() and not self._state.is_hidden

    def _flush(self) -> None:
        """Decode the bytes that were gathered; only together they may make characters."""
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            self._pages[-1].add(self._shown(escape(self._decode(data), quote=False)))

    def _shown(self, html: str) -> str:
        return f"<span hidden>{html}</span>" if self._state.is_hidden else html

    def _decode(self, data: bytes) -> str:
        for code in (self._fonts.get(self._state.font, self.code), self.code):
            try:
                return data.decode(code)
            except UnicodeDecodeError:
                continue
        return data.decode(self.code, "replace")

    def _add(self, text: str) -> None:
        if self._has_words():
            self._flush()
            self._pages[-1].add(self._shown(escape(text, quote=False)))

    def _brace(self, brace: str) -> None:
        self._flush()
        self._skip = 0
        if brace == "{":
            if len(self._stack) >= _MAX_DEPTH:
                raise Refused("is nested too deeply to be read; save it again or as PDF.")
            self._stack.append(self._state)
            self._state = copy(self._state)
            self._state.opened = ""
        elif self._stack:
            ended, self._state = self._state, self._stack.pop()
            self._end(ended)

    def _end(self, ended: _State) -> None:
        if ended.destination == "stylesheet":
            self._end_style()
        if ended.opened and len(self._pages) > 1:
            self._end_page(ended.opened, self._pages.pop().html())

    def _end_page(self, kind: str, html: str) -> None:
        if kind == "edge":
            # A head for the left pages and one for the right may say the same.
            if html not in self._edges and not is_bare(_TAG.sub(" ", html).casefold()):
                self._edges.append(html)
        elif kind == "box":
            self._pages[-1].add_behind(html)
        else:
            self._marked[kind] += 1
            mark = f"{_MARKS[kind]}{self._marked[kind]}"
            self._notes.append(f"<p>[{mark}] {html.removeprefix('<p>')}")
            self._pages[-1].add(f"[{mark}]")

    def _end_style(self) -> None:
        style, self._style = self._style, _Style()
        named = _HEADING_STYLE.match(style.name)
        outline = int(named[1]) - 1 if named else style.outline
        if 0 <= outline < _BODY_LEVEL:
            self._styles[style.number] = outline

    def _symbol(self, symbol: str) -> None:
        self._flush()
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self.end_paragraph()
        elif self._skip:
            self._skip -= 1
        else:
            self._add(SYMBOLS.get(symbol, ""))

    def _word(self, word: str, number: int | None) -> int:
        """Do what a control word says; return how many bytes behind it are no RTF."""
        self._flush()
        starred, self._starred = self._starred, False
        if word == "bin":
            return max(0, number or 0)
        if word in NO_TEXT or (starred and word not in KNOWN):
            self._state.is_skipped = True
        elif word in SIGNS:
            self._add(SIGNS[word])
        elif word in _ACTIONS:
            _ACTIONS[word](self, 1 if number is None else number)
        elif word in DOCUMENT_CODES:
            self.code = DOCUMENT_CODES[word]
        return 0

    def unicode(self, number: int) -> None:
        """Add a character by its number, and skip what stands there for those who cannot."""
        if self._state.is_hidden:
            self._add(chr(number & 0xFFFF))
        elif self._is_read():
            self._pages[-1].add_unit(number & 0xFFFF)
        self._skip = self._state.fallback

    def set_code(self, number: int) -> None:
        """Take the code page of the document."""
        try:
            "".encode(f"cp{number}")
        except LookupError:
            return
        self.code = f"cp{number}"

    def set_font(self, number: int) -> None:
        """Take a font, or in the table of fonts begin with it."""
        self._state.font = number

    def set_charset(self, number: int) -> None:
        """Note which bytes the font in hand has."""
        if self._state.destination == "fonttbl" and number in CHARSETS:
            self._fonts[self._state.font] = CHARSETS[number]

    def set_style(self, number: int) -> None:
        """Take a style of paragraphs, or in their table begin with it."""
        if self._state.destination == "stylesheet":
            self._style.number = number
        self._state.style = number

    def set_outline(self, number: int) -> None:
        """Take the level of a heading, from 0."""
        if self._state.destination == "stylesheet":
            self._style.outline = number
        self._state.outline = number

    def set_table_depth(self, number: int) -> None:
        """Say in how many tables within one another the paragraph stands."""
        if number > _MAX_NESTED_TABLES:
            raise Refused("has tables nested too deeply to be read; save it again or as PDF.")
        self._state.table_depth = max(0, number)

    def enter_table(self, _number: int) -> None:
        """Say that the paragraph stands in a table."""
        self._state.table_depth = max(1, self._state.table_depth)

    def set_fallback(self, number: int) -> None:
        """Say how many characters stand behind one given by its number."""
        self._state.fallback = max(0, min(number, 100))

    def set_hidden(self, number: int) -> None:
        """Hide text, or show it again."""
        self._state.is_hidden = bool(number)

    def reset_paragraph(self, _number: int) -> None:
        """Begin with a paragraph like all others."""
        self._state.style, self._state.outline, self._state.table_depth = -1, _BODY_LEVEL, 0

    def reset_characters(self, _number: int) -> None:
        """Show text in the usual way."""
        self._state.is_hidden = False

    def begin(self, destination: str) -> None:
        """Enter a group whose text is none of the document's, but tells of it."""
        self._state.destination = destination

    def open_page(self, kind: str) -> None:
        """Enter a group whose text stands elsewhere: a note, a box."""
        if not self._state.is_skipped:
            self._state.opened = kind
            self._pages.append(Page())
            self.reset_paragraph(0)

    def end_paragraph(self, _number: int = 1) -> None:
        """End a paragraph."""
        if self._is_read():
            self._pages[-1].end_paragraph(self._level(), self._state.table_depth)

    def _level(self) -> int:
        outline = self._state.outline
        if not 0 <= outline < _BODY_LEVEL:
            outline = self._styles.get(self._state.style, _BODY_LEVEL)
        return outline + 1 if outline < _BODY_LEVEL else 0

    def break_line(self, _number: int) -> None:
        """End a line within a paragraph."""
        if self._is_read():
            self._pages[-1].add("<br/>")

    def end_cell(self, _number: int) -> None:
        """End a cell of the outermost table."""
        if self._is_read():
            self._pages[-1].end_cell(1)

    def end_nested_cell(self, _number: int) -> None:
        """End a cell of a table within a table."""
        if self._is_read():
            self._pages[-1].end_cell(max(2, self._state.table_depth))

    def end_row(self, _number: int) -> None:
        """End a row of the outermost table."""
        if self._is_read():
            self._pages[-1].end_row(1)

    def end_nested_row(self, _number: int) -> None:
        """End a row of a table within a table."""
        if self._is_read():
            self._pages[-1].end_row(max(2, self._state.table_depth))

    def define_cell(self, how: str) -> None:
        """Note how the cells of a row are merged."""
        if self._is_read():
            self._pages[-1].define_cell(how)


def _entering(destination: str) -> Callable[[_Reader, int], None]:
    return lambda reader, _number: reader.begin(destination)


def _opening(kind: str) -> Callable[[_Reader, int], None]:
    return lambda reader, _number: reader.open_page(kind)


def _defining(how: str) -> Callable[[_Reader, int], None]:
    return lambda reader, _number: reader.define_cell(how)


_ACTIONS: dict[str, Callable[[_Reader, int], None]] = {
    "u": _Reader.unicode, "uc": _Reader.set_fallback, "ansicpg": _Reader.set_code,
    "f": _Reader.set_font, "fcharset": _Reader.set_charset, "s": _Reader.set_style,
    "outlinelevel": _Reader.set_outline, "itap": _Reader.set_table_depth,
    "intbl": _Reader.enter_table,
    "v": _Reader.set_hidden, "deleted": _Reader.set_hidden, "pard": _Reader.reset_paragraph,
    "plain": _Reader.reset_characters, "par": _Reader.end_paragraph, "sect": _Reader.end_paragraph,
    "page": _Reader.break_line, "line": _Reader.break_line, "cell": _Reader.end_cell,
    "nestcell": _Reader.end_nested_cell, "row": _Reader.end_row,
    "nestrow": _Reader.end_nested_row, "fonttbl": _entering("fonttbl"),
    "stylesheet": _entering("stylesheet"), "footnote": _opening("footnote"),
    "annotation": _opening("comment"), "shptxt": _opening("box"),
    **dict.fromkeys(EDGES, _opening("edge")), "trowd": _defining(""), "clmrg": _defining("beside"),
    "clvmrg": _defining("below"), "cellx": _defining("end"),
}  # fmt: skip

FORMAT = Format("rtf", "RTF", (".rtf",), _sniff, _parse)
