"""HTML: what a browser would show, with its headings; EPUB and DOCX come through here too."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.document import Heading, Note
from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.css import Styles
from agent.formats.encoding import decode
from agent.formats.html_article import drop_surroundings
from agent.formats.html_hidden import hide, write_hidden
from agent.formats.html_table import HEADINGS, flatten_tables
from agent.formats.pages import by_headings, clean, in_order
from agent.formats.unseen import HIDDEN_END, HIDDEN_START, visible

if TYPE_CHECKING:
    from inscriptis.model.config import ParserConfig
    from lxml.etree import _Element

_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*>|<!--.*?-->)*<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]+encoding\s*=\s*[\"']([\w.:-]+)")
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*>")
_HEAD_BYTES = 4096

# Elements that stand on lines of their own and that inscriptis takes for parts of a line.
_MORE_BLOCKS = (
    "section", "form", "fieldset", "legend", "details", "summary", "dialog", "dl", "dt", "dd",
    "caption", "center", "menu", "hr", "option", "nav", "search",
)  # fmt: skip
_PARTS_OF_LINES = (
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark",
    "s", "samp", "small", "span", "strong", "sub", "sup", "tt", "u", "var",
)  # fmt: skip

# Marks put into the tree and taken out of the text again: characters that no document has, for
# `clean` has removed them. U+FDD1 to U+FDD6 begin a heading of that level.
_HEADING_END = "\ufdd0"
# inscriptis reads entities a second time, which would make "<" of a written "&lt;".
_AMPERSAND = "\ufdd8"
_HEADING_MARKS = re.compile("([\ufdd0-\ufdd6])")

_TOKENS = re.compile(r"<!--|-->|<(/?[a-zA-Z][^\s<>/]*)[^<>]*>")
_NO_TEXT = ("script", "style")
# Less text than this is no ground to suspect a loss.
_LOSS_CHARACTERS = 200
_EXCERPT_CHARACTERS = 200


def html_to_piece(html: str) -> Piece:
    """Return the text of `html` and its headings, hidden text between marks.

    `agent.formats.unseen` takes it out.

    Raises:
        Refused: if the library that reads it loses most of the text, as it does on documents
            nested thousands of levels deep, without saying so.
    """
    tree = _visible(html)
    return Piece("") if tree is None else _piece(tree)


def article_to_piece(html: str) -> tuple[Piece, str]:
    """Return the article of a web page, and what stood around it and was left out.

    Raises:
        Refused: as `html_to_piece`.
    """
    tree = _visible(html)
    if tree is None:
        return Piece(""), ""
    try:
        left_out = drop_surroundings(tree)
    except RecursionError as error:
        raise _too_deep() from error
    return _piece(tree), left_out


def _visible(html: str) -> "_Element | None":
    """Return the tree of what a browser would show, None if there is nothing in it."""
    from lxml import etree  # noqa: PLC0415 - needed for few formats
    from lxml.html import document_fromstring  # noqa: PLC0415 - same

    html = _XML_DECLARATION.sub("", clean(html), count=1)
    try:
        tree = document_fromstring(html)
    except etree.ParserError:  # nothing in it
        return None
    styles, has_scripts = Styles(tree), next(tree.iter("script"), None) is not None
    etree.strip_elements(tree, *_NO_TEXT, etree.Comment, etree.PI, with_tail=False)
    _clean_texts(tree)
    _refuse_loss(_written_characters(html), _characters(tree))
    etree.strip_elements(tree, "noscript", "template", with_tail=False)
    hide(tree, styles, has_scripts=has_scripts)
    for element in tree.iter():
        element.attrib.pop("style", "")
    return tree


def _piece(tree: "_Element") -> Piece:
    before = _characters(tree)
    write_hidden(tree, HIDDEN_START, HIDDEN_END)
    flatten_tables(tree)
    _mark(tree)
    piece = _unmark(_render(tree))
    _refuse_loss(before, len("".join(piece.text.split())))
    return piece


def _refuse_loss(before: int, after: int) -> None:
    if before > _LOSS_CHARACTERS and after * 2 < before:
        raise Refused(
            f"is damaged HTML: only {after:,} of about {before:,} characters could be read; "
            "open it in a browser and save it again, or print it to PDF."
        )


def _characters(tree: "_Element") -> int:
    """Count characters other than white space, without those of the head."""
    return sum(len("".join(_text(body).split())) for body in tree.iter("body"))


def _text(element: "_Element") -> str:
    return "".join(map(str, element.itertext()))


def _written_characters(html: str) -> int:
    """Count the same crudely in the source: all that is neither tag nor script."""
    count = last = 0
    inside = ""
    for token in _TOKENS.finditer(html):
        name = (token.group(1) or token.group()).lower()
        if not inside:
            count += len("".join(html[last : token.start()].split()))
            inside = {"<!--": "-->", "head": "/head"}.get(name, "")
            inside = inside or (f"/{name}" if name in _NO_TEXT else "")
        elif name == inside:
            inside = ""
        last = token.end()
    return count if inside else count + len("".join(html[last:].split()))


def _clean_texts(tree: "_Element") -> None:
    """Clean what entities such as `&#1;` and `&#129;` have brought in after the source was."""
    for element in tree.iter():
        element.text = clean(element.text) if element.text else element.text
        element.tail = clean(element.tail) if element.tail else element.tail


def _mark(tree: "_Element") -> None:
    for element in tree.iter():
        element.text = (element.text or "").replace("&", _AMPERSAND)
        element.tail = (element.tail or "").replace("&", _AMPERSAND)
    for heading in tree.iter(*HEADINGS):
        heading.text = chr(0xFDD0 + int(heading.tag[1])) + (heading.text or "")
        last = heading[-1] if len(heading) else None
        if last is None:
            heading.text += _HEADING_END
        else:
            last.tail = (last.tail or "") + _HEADING_END


def _render(tree: "_Element") -> str:
    from inscriptis.html_engine import Inscriptis  # noqa: PLC0415 - needed for few formats

    try:
        text: str = Inscriptis(tree, _configuration()).get_text()
    except RecursionError as error:
        raise _too_deep() from error
    return text.replace(_AMPERSAND, "&")


def _too_deep() -> Refused:
    return Refused("is nested too deeply to be read; print it to PDF from a browser.")


def _configuration() -> "ParserConfig":
    from inscriptis.css_profiles import STRICT_CSS_PROFILE  # noqa: PLC0415 - needed for few formats
    from inscriptis.html_properties import Display  # noqa: PLC0415 - same
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415 - same
    from inscriptis.model.html_element import HtmlElement  # noqa: PLC0415 - same

    blocks = {tag: HtmlElement(display=Display.block) for tag in _MORE_BLOCKS}
    # Without white space of their own they take that of the <pre> they stand in.
    parts = {tag: HtmlElement(whitespace=None) for tag in _PARTS_OF_LINES}
    return ParserConfig(css=STRICT_CSS_PROFILE | blocks | parts)


def _unmark(text: str) -> Piece:
    """Take the marks of headings out of `text` and note where they were."""
    parts: list[str] = []
    unfinished: list[tuple[int, int]] = []
    found: list[tuple[int, int, int]] = []
    length = 0
    # Every second part is a mark.
    for mark, part in zip(*[iter(["", *_HEADING_MARKS.split(text)])] * 2, strict=True):
        if mark == _HEADING_END and unfinished:
            found.append((*unfinished.pop(), length))
        elif mark and mark != _HEADING_END:
            unfinished.append((ord(mark) - ord(_HEADING_END), length))
        parts.append(part.lstrip() if mark and mark != _HEADING_END else part)
        length += len(parts[-1])
    text = "".join(parts)
    titles = [(level, visible(text[start:end]), start) for level, start, end in found]
    return Piece(text, "", in_order(Heading(*line) for line in titles if line[1]))


def _sniff(data: bytes) -> bool:
    return _START.match(data[:_HEAD_BYTES].replace(b"\x00", b"").lstrip(b"\xff\xfe")) is not None


def html_charset(data: bytes) -> str | None:
    """Return the encoding that the page declares."""
    head = data[:_HEAD_BYTES]
    declared = _XML_ENCODING.match(head) or _CHARSET.search(head)
    return declared.group(1).decode("ascii", "ignore") if declared else None


def decode_html(data: bytes) -> tuple[str, str]:
    """Decode as `decode` does, minding what the page declares."""
    return decode(data, html_charset(data))


def _parse(data: bytes, _on_page: OnPage) -> Parsed:
    html, encoding = decode_html(data)
    piece, left_out = article_to_piece(html)
    parsed = by_headings(f"inscriptis, {encoding}", piece.text, piece.headings)
    if not left_out:
        return parsed
    excerpt = " ".join(left_out.split())[:_EXCERPT_CHARACTERS]
    return replace(parsed, notes=(Note(1, "around", len(left_out), excerpt),))


FORMAT = Format("html", "HTML", (".html", ".htm", ".xhtml"), _sniff, _parse)
