"""ODT: its XML is rewritten as HTML, and the HTML is read as such.

Read by lxml, which is at hand and kept up, and not by odfpy, whose last release is of 2020.
Source: OpenDocument 1.3, part 3.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from agent.formats.archive import member_names
from agent.formats.base import Format, NotTaken, OnPage, Parsed, Refused
from agent.formats.html import html_to_piece
from agent.formats.office import damaged, open_office, read_xml
from agent.formats.page_number import is_bare
from agent.formats.pages import by_headings

if TYPE_CHECKING:
    from lxml.etree import _Element

_TITLE = "ODT"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
# Where a zip file's first member begins: after a header of 30 bytes and the name "mimetype".
_MIME_TYPE_START = 38
_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_NO_TEXT = frozenset(
    """
    tracked-changes sequence-decls variable-decls user-field-decls dde-connection-decls forms
    annotation-end note image object object-ole plugin title desc ruby-text
    event-listeners list-style style hidden-paragraph covered-table-cell table-column
    table-columns table-header-columns shapes scripts
    """.split()
)
_LISTS = ("<ul>", "<ol>")
_LAST_LEVEL = 6
_MOST_REPEATS = 50


def _sniff(data: bytes) -> bool:
    kind = data[_MIME_TYPE_START:][:100]
    if kind.startswith(_OPEN_DOCUMENT):
        return kind.startswith(_OPEN_DOCUMENT + b"text")
    return {_CONTENT, _MANIFEST} <= set(member_names(data))


def _parse(data: bytes, _on_page: OnPage) -> Parsed:
    with open_office(data, _TITLE) as archive:
        if _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST):
            raise Refused("is protected by a password; save a copy without it.")
        content = read_xml(archive, _CONTENT, _TITLE)
        body = content.find("{*}body/{*}text")
        if body is None:
            raise NotTaken("is an OpenDocument file without text: save it as PDF")
        roots = [content]
        if _STYLES in archive.namelist():
            roots.append(read_xml(archive, _STYLES, _TITLE))
    try:
        writer = _Writer(_numbered(roots), _hidden(roots))
        piece = html_to_piece(writer.html(body, _heads_and_feet(roots)))
    except RecursionError as error:
        raise damaged(_TITLE) from error
    return by_headings("lxml", piece.text, piece.headings)


def _numbered(roots: Iterable["_Element"]) -> set[tuple[str, str]]:
    """Return the list styles and levels whose items have numbers."""
    return {
        (_attribute(style, "name"), _attribute(level, "level"))
        for root in roots
        for style in root.iter("{*}list-style")
        for level in style.iterfind("{*}list-level-style-number")
        if _attribute(level, "num-format")
    }


def _hidden(roots: Iterable["_Element"]) -> set[str]:
    """Return the styles whose text is not shown."""
    return {
        _attribute(style, "name")
        for root in roots
        for style in root.iter("{*}style")
        for properties in style.iterfind("{*}text-properties")
        if _attribute(properties, "display") == "none"
    }


def _heads_and_feet(roots: Iterable["_Element"]) -> list[str]:
    """Return the lines of pages' heads and feet, each once, but for page numbers."""
    lines = (
        " ".join("".join(map(str, paragraph.itertext())).split())
        for root in roots
        for page in root.iter("{*}master-page")
        for place in page
        if _attribute(place, "display") != "false"
        for paragraph in place.iter("{*}p")
    )
    return [line for line in dict.fromkeys(lines) if line and not is_bare(line.casefold())]


def _name(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: "_Element", name: str) -> str:
    """Return an attribute by its local name; no element has two of the same."""
    return next((str(v) for k, v in element.attrib.items() if str(k).endswith("}" + name)), "")


def _count(element: "_Element", name: str, most: int) -> int:
    value = _attribute(element, name)
    return max(1, min(int(value[:9]), most)) if value.isascii() and value.isdigit() else 1


class _Writer:
    """Writes OpenDocument text as HTML; notes come last, with the marks they have in the text.

    Args:
        numbered: list styles and levels whose items have numbers.
        hidden: styles whose text is not shown.
    """

    def __init__(self, numbered: set[tuple[str, str]], hidden: set[str]) -> None:
        self._numbered = numbered
        self._hidden = hidden
        self._notes: list[str] = []
        self._comments = 0
        self._boxes: list[str] = []

    def html(self, body: "_Element", last: Iterable[str] = ()) -> str:
        """Return all of `body`, its notes, and the lines that come last."""
        text = "".join(self._blocks(body))
        after = "".join(f"<p>{escape(line)}</p>" for line in last)
        return f"<html><body>{text}{''.join(self._notes)}{after}</body></html>"

    def _blocks(self, parent: "_Element", style: str = "", level: int = 1) -> Iterator[str]:
        for element in parent:
            yield from self._block(element, style, level)
            boxes, self._boxes = self._boxes, []
            yield from boxes

    def _block(self, element: "_Element", style: str, level: int) -> Iterator[str]:
        name = _name(element)
        if name in _NO_TEXT:
            return
        if self._is_hidden(element):
            yield f"<p hidden>{escape(''.join(map(str, element.itertext())))}</p>"
        elif name == "h":
            tag = f"h{_count(element, 'outline-level', _LAST_LEVEL)}"
            yield f"<{tag}>{self._inline(element)}</{tag}>"
        elif name == "p":
            yield f"<p>{self._inline(element)}</p>"
        elif name == "list":
            yield from self._list(element, style, level)
        elif name == "table":
            yield from self._table(element)
        else:
            yield from self._blocks(element, style, level)

    def _is_hidden(self, element: "_Element") -> bool:
        fields = element.iterfind("{*}hidden-paragraph")
        is_off = _attribute(element, "display") == "none" or any(
            _attribute(field, "is-hidden") == "true" for field in fields
        )
        return is_off or _attribute(element, "style-name") in self._hidden

    def _list(self, element: "_Element", style: str, level: int) -> Iterator[str]:
        style = _attribute(element, "style-name") or style
        # HTML counts from one: where the list does not, no number is better than a wrong one.
        is_counted = (style, str(level)) in self._numbered and not _goes_on(element)
        tag = "ol" if is_counted else "ul"
        yield f"<{tag}>"
        for item in element.iterfind("{*}list-item"):
            words = "".join(self._blocks(item, style, level + 1))
            if words.startswith(_LISTS):  # an item that is there for the list in it
                yield words
            else:
                yield f"<li>{words.removeprefix('<p>').replace('</p>', '', 1)}</li>"
        yield f"</{tag}>"

    def _table(self, element: "_Element") -> Iterator[str]:
        yield "<table>"
        for row in element.iter("{*}table-row"):
            if _owner(row) is element:
                cells = "".join(map(self._cell, row.iterfind("{*}table-cell")))
                yield f"<tr>{cells}</tr>" * _count(row, "number-rows-repeated", _MOST_REPEATS)
        yield "</table>"

    def _cell(self, element: "_Element") -> str:
        columns = _count(element, "number-columns-spanned", 1_000)
        rows = _count(element, "number-rows-spanned", 65_534)
        words = "".join(self._blocks(element))
        repeated = _count(element, "number-columns-repeated", 1_000)
        if not words:
            return f'<td colspan="{max(columns, repeated)}"></td>'
        cell = f'<td colspan="{columns}" rowspan="{rows}">{words}</td>'
        return cell * min(repeated, _MOST_REPEATS)

    def _inline(self, element: "_Element") -> str:
        parts = [escape(element.text or "")]
        for child in element:
            parts += (self._part(child), escape(child.tail or ""))
        return "".join(parts)

    def _part(self, element: "_Element") -> str:
        name = _name(element)
        if name == "note":
            return self._note(element)
        if name == "annotation":
            return self._comment(element)
        if name in {"text-box", "custom-shape", "rect"}:
            self._boxes.append("".join(self._nested(element)))
            return ""
        if name in _NO_TEXT:
            return ""
        if name == "hidden-text" or self._is_hidden(element):
            words = "".join(map(str, element.itertext())) or _attribute(element, "string-value")
            return f"<span hidden>{escape(words)}</span>"
        if name == "line-break":
            return "<br/>"
        return " " if name in {"s", "tab"} else self._inline(element)

    def _note(self, element: "_Element") -> str:
        citation = element.find("{*}note-citation")
        mark = "" if citation is None else escape("".join(map(str, citation.itertext())).strip())
        body = element.find("{*}note-body")
        place = len(self._notes)
        self._notes.append("")
        words = "" if body is None else "".join(self._nested(body))
        self._notes[place] = f"<p>[{mark}] {words.removeprefix('<p>')}"
        return f"[{mark}]"

    def _comment(self, element: "_Element") -> str:
        self._comments += 1
        writer = element.findtext("{*}creator") or ""
        mark = escape(f"comment {self._comments}{f', {writer}' if writer else ''}")
        words = " ".join(self._inline(part) for part in element.iter("{*}p"))
        self._notes.append(f"<p>[{mark}] {words}</p>")
        return f"[{mark}]"

    def _nested(self, element: "_Element") -> Iterator[str]:
        """Yield blocks within a line, whose own boxes stay with them."""
        outer, self._boxes = self._boxes, []
        yield from self._blocks(element)
        self._boxes = outer


def _goes_on(element: "_Element") -> bool:
    """Whether a list does not count from one."""
    starts = (_attribute(item, "start-value") for item in element.iterfind("{*}list-item"))
    return any(
        (_attribute(element, "continue-numbering") == "true", _attribute(element, "continue-list"),
         *starts)
    )  # fmt: skip


def _owner(row: "_Element") -> "_Element | None":
    """Return the table a row belongs to, which another table may hold."""
    return next(row.iterancestors("{*}table"), None)


FORMAT = Format("odt", _TITLE, (".odt", ".ott"), _sniff, _parse)
