"""XML of books and articles: TEI, DocBook, JATS, FictionBook; rewritten as HTML and read as such.

Other XML is data, whose tags say what it means: it is taken as plain text, tags and all.
"""

import re
from collections.abc import Iterator
from html import escape
from html.entities import html5
from typing import TYPE_CHECKING, Final

from agent.formats.base import Format, OnPage, Parsed, Refused
from agent.formats.encoding import decode
from agent.formats.html import html_charset, html_to_piece
from agent.formats.office import damaged
from agent.formats.pages import by_headings

if TYPE_CHECKING:
    from lxml.etree import _Element

_TITLE = "XML"
_ROOT: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?((?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?\s*>)*)"
    rb"<(?:\w+:)?([\w.]+)",
    re.DOTALL,
)
_ROOTS: Final = frozenset((b"TEI", b"TEI.2", b"teiCorpus", b"FictionBook"))
# HTML may begin with these too, but does not say that it is XML.
_ROOTS_IF_XML: Final = frozenset(
    (b"book", b"article", b"chapter", b"part", b"section", b"refentry")
)
_HEAD_BYTES: Final = 8_192
_ENTITY: Final = re.compile(r"&(\w+;)")
_OF_XML: Final = frozenset(("amp;", "lt;", "gt;", "quot;", "apos;"))
_SECTIONS: Final = frozenset(
    """
    div div1 div2 div3 div4 div5 div6 div7 sec section sect1 sect2 sect3 sect4 sect5 simplesect
    book part chapter article preface appendix glossary bibliography refentry refsect1 refsect2
    """.split()
)
_TITLES: Final = frozenset(("title", "head", "article-title"))
# What stands between a section and its title.
_HOLD_TITLES: Final = frozenset("info bookinfo articleinfo chapterinfo title-group body".split())
_NO_TEXT: Final = frozenset("binary revisionDesc encodingDesc facsimile".split())
_ROWS: Final = frozenset("row tr".split())
_CELLS: Final = frozenset("cell td th entry".split())
_LISTS: Final = frozenset("list itemizedlist orderedlist".split())
_LAST_LEVEL: Final = 6


def _sniff(data: bytes) -> bool:
    root = _ROOT.match(data[:_HEAD_BYTES])
    if root is None or root[2] in _ROOTS:
        return root is not None
    return root[2] in _ROOTS_IF_XML and (b"<?xml" in root[1] or b"<!DOCTYPE" in root[1])


def _parse(data: bytes, _on_page: OnPage) -> Parsed:
    from lxml import etree  # noqa: PLC0415 - needed for few formats

    text, encoding = decode(data, html_charset(data))
    if "<!ENTITY" in text:
        raise Refused("declares entities of its own, as bombs do; save it without them.")
    text = _ENTITY.sub(_named, re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise damaged(_TITLE) from error
    piece = html_to_piece(f"<html><body>{''.join(_blocks(root, 0))}</body></html>")
    return by_headings(f"lxml, {encoding}", piece.text, piece.headings)


def _named(entity: re.Match[str]) -> str:
    """Return what HTML calls so, for the tables of DocBook and JATS are not at hand."""
    return entity[0] if entity[1] in _OF_XML else html5.get(entity[1], entity[0])


def _name(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _blocks(element: "_Element", level: int) -> Iterator[str]:
    """Yield the paragraphs of an element; `level` counts the sections it stands in."""
    name = _name(element)
    level += name in _SECTIONS
    if name in _NO_TEXT:
        return
    if name in _TITLES and _heads_section(element):
        tag = f"h{max(1, min(level, _LAST_LEVEL))}"
        yield f"<{tag}>{_inline(element).strip()}</{tag}>"
    elif name == "table":
        yield from _table(element)
    elif name in _LISTS:
        items = ("".join(_blocks(item, level)) for item in element)
        yield f"<ul>{''.join(f'<li>{_unwrapped(item)}</li>' for item in items if item)}</ul>"
    elif _has_words(element):
        yield f"<p>{_inline(element)}</p>"
    else:
        for child in element:
            yield from _blocks(child, level)


def _heads_section(element: "_Element") -> bool:
    """Whether a title is that of a section, and not of a figure, a list or a source."""
    outer = element.getparent()
    if outer is not None and _name(outer) in _HOLD_TITLES:
        return True
    return outer is not None and _name(outer) in _SECTIONS


def _has_words(element: "_Element") -> bool:
    texts = (element.text, *(child.tail for child in element))
    return any(text and text.strip() for text in texts)


def _table(element: "_Element") -> Iterator[str]:
    yield "<table>"
    for row in element.iter():
        if _name(row) in _ROWS:
            cells = (f"<td>{_inline(cell)}</td>" for cell in row if _name(cell) in _CELLS)
            yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def _inline(element: "_Element") -> str:
    parts = [escape(element.text or "")]
    for child in element:
        name = _name(child)
        words = "" if name in _NO_TEXT else _inline(child)
        if name in {"note", "fn", "footnote"}:
            words = f" [{words.strip()}]"
        elif name in {"lb", "break"}:
            words = "<br/>"
        elif name in {"p", "para", "l", "head"}:
            words = f" {words} "
        parts += (words, escape(child.tail or ""))
    return "".join(parts)


def _unwrapped(item: str) -> str:
    return item.removeprefix("<p>").replace("</p>", "", 1)


FORMAT = Format("xml", _TITLE, (".tei", ".fb2", ".dbk"), _sniff, _parse)
