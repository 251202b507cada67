"""What mammoth passes over in a DOCX, written into its text: formulas, charts, heads and feet.

Formulas and drawings come out where they stand; heads and feet, each once, at the end. Words that
nobody can see are put between marks.
"""

import io
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, ZipFile

from agent.formats.docx_hidden import mark_hidden
from agent.formats.drawn import chart_words, paragraphs, words_of_lines
from agent.formats.formulas import formula_words
from agent.formats.office import Relation, read_xml, relations
from agent.formats.page_number import is_bare

if TYPE_CHECKING:
    from lxml.etree import _Element

MAIN_PART = "word/document.xml"
_STYLES = "word/styles.xml"
_NOTES = tuple(f"word/{name}.xml" for name in ("footnotes", "endnotes", "comments"))
_TITLE = "DOCX"
_SIGNS = (b"oMath", b"headerReference", b"footerReference", b"chart", b"relIds")
_LINES = ("p", "r", "ins", "hyperlink", "smartTag", "fldSimple")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def with_the_rest(archive: ZipFile, data: bytes, marks: tuple[str, str]) -> bytes:
    """Return the file with everything that has words in its text; itself if there is nothing else.

    Args:
        archive: the file, opened.
        data: its bytes.
        marks: put around hidden words; nothing in the file may be equal to them.

    Raises:
        Refused: if a part is broken.
    """
    if MAIN_PART not in archive.namelist():
        return data
    main = archive.read(MAIN_PART)
    root = read_xml(archive, MAIN_PART, _TITLE)
    has_styles = _STYLES in archive.namelist()
    styles = read_xml(archive, _STYLES, _TITLE) if has_styles else None
    parts = {MAIN_PART: root}
    parts |= {
        name: read_xml(archive, name, _TITLE) for name in _NOTES if name in archive.namelist()
    }
    hides = [mark_hidden(part, styles, *marks) for part in parts.values()]
    if not (any(hides) or any(sign in main for sign in _SIGNS)):
        return data
    related = relations(archive, MAIN_PART, _TITLE)
    writer = _Writer(root)
    for formula in list(root.iter("{*}oMath")):
        writer.put_for(formula, formula_words(formula).strip())
    for frame in list(root.iter("{*}graphicData")):
        writer.put_after_paragraph(frame, _drawn(archive, frame, related))
    body = root.find("{*}body")
    edges = list(_heads_and_feet(archive, root, related))
    for edge in edges:
        mark_hidden(edge, styles, *marks)
    for line in dict.fromkeys(line for edge in edges for line in _lines(edge)):
        if body is not None:
            writer.put_at_the_end(body, line)
    return _replaced(archive, parts)


def _replaced(archive: ZipFile, parts: dict[str, "_Element"]) -> bytes:
    """Return a copy of the file without its pictures, some of its parts replaced."""
    from lxml import etree  # noqa: PLC0415 - needed for few formats

    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as copy:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")) and name not in parts:
                copy.writestr(name, archive.read(name))
        for name, root in parts.items():
            copy.writestr(name, etree.tostring(root, encoding="utf-8", xml_declaration=True))
    return out.getvalue()


def _drawn(archive: ZipFile, frame: "_Element", related: dict[str, Relation]) -> list[str]:
    """Return the words of a chart, or of boxes and arrows (SmartArt)."""
    for element in frame:
        for relation in _related(element, related):
            if relation.path in archive.namelist() and relation.kind == "chart":
                return chart_words(read_xml(archive, relation.path, _TITLE)).split("\n")
            if relation.path in archive.namelist() and relation.kind == "diagramData":
                return list(paragraphs(read_xml(archive, relation.path, _TITLE)))
    return []


def _related(element: "_Element", related: dict[str, Relation]) -> list[Relation]:
    return [related[str(value)] for value in element.attrib.values() if str(value) in related]


def _heads_and_feet(
    archive: ZipFile, root: "_Element", related: dict[str, Relation]
) -> Iterator["_Element"]:
    """Yield them: first all heads, then all feet."""
    for kind in ("header", "footer"):
        for reference in root.iter(f"{{*}}{kind}Reference"):
            for relation in _related(reference, related):
                if relation.kind == kind and relation.path in archive.namelist():
                    yield read_xml(archive, relation.path, _TITLE)


def _lines(part: "_Element") -> Iterator[str]:
    """Yield the lines of a head or a foot, but for page numbers."""
    for paragraph in part.iter("{*}p"):
        words = (
            "\t" if str(element.tag).endswith("}tab") else element.text or ""
            for element in paragraph.iter("{*}t", "{*}tab")
        )
        line = " ".join(words_of_lines("".join(words)).split())
        if line and not is_bare(line.casefold()):
            yield line


class _Writer:
    """Puts words into a document of WordprocessingML."""

    def __init__(self, root: "_Element") -> None:
        self._make = root.makeelement
        self._word = str(root.tag).rpartition("}")[0] + "}"

    def put_for(self, element: "_Element", words: str) -> None:
        """Put `words` in the place of `element`."""
        is_in_line = _is_in_line(element)
        outer = element.getparent()
        if outer is not None and str(outer.tag).endswith("}oMathPara"):
            # It holds formulas and how they are set; mammoth passes over it and all that is in it.
            outer.addprevious(self._run(words) if is_in_line else self._paragraph(words))
        elif outer is not None:
            new = self._run(words) if is_in_line else self._paragraph(words)
            new.tail = element.tail
            outer.replace(element, new)

    def put_after_paragraph(self, element: "_Element", lines: list[str]) -> None:
        """Put each line as a paragraph after the one that holds `element`."""
        for holder in itertools.islice(element.iterancestors(f"{self._word}p"), 1):
            for line in reversed(lines):
                holder.addnext(self._paragraph(line))

    def put_at_the_end(self, body: "_Element", line: str) -> None:
        """Put a line as the last paragraph of the body."""
        body.append(self._paragraph(line))

    def _paragraph(self, words: str) -> "_Element":
        paragraph = self._make(f"{self._word}p")
        paragraph.append(self._run(words))
        return paragraph

    def _run(self, words: str) -> "_Element":
        run, text = self._make(f"{self._word}r"), self._make(f"{self._word}t")
        text.text = words
        text.set(_SPACE, "preserve")
        run.append(text)
        return run


def _is_in_line(element: "_Element") -> bool:
    """Whether an element, or the paragraph of formulas around it, stands within a line."""
    outer = element.getparent()
    if outer is not None and str(outer.tag).endswith("}oMathPara"):
        outer = outer.getparent()
    return outer is not None and str(outer.tag).rpartition("}")[2] in _LINES
