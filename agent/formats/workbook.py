"""The parts of a workbook that its sheets share: their list, the words, the formats of numbers.

Source: ECMA-376, part 1, chapter 18 (SpreadsheetML).
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import ZipFile

from agent.formats.number_format import BUILT_IN, GENERAL
from agent.formats.office import Relation, damaged, read_xml, relations
from agent.formats.pages import clean
from agent.formats.tables import one_line

if TYPE_CHECKING:
    from lxml.etree import _Element

TITLE = "XLSX"
_MAIN_PART = "xl/workbook.xml"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_YES = {"1", "true", "on"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet before it is read: its name, its part, and whether it is shown."""

    name: str
    part: Relation
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What the sheets of a workbook share.

    Attributes:
        sheets: in their order.
        words: texts that cells point to.
        formats: code of the number format, by the style that cells point to.
        since_1904: whether days are counted from 1904, as on old Macs.
    """

    sheets: Sequence[Sheet]
    words: Sequence[str]
    formats: Sequence[str]
    since_1904: bool


def read_workbook(archive: ZipFile) -> Workbook:
    """Read what the sheets of a workbook share."""
    path = _main_part(archive)
    root = read_xml(archive, path, TITLE)
    parts = relations(archive, path, TITLE)
    by_kind = {relation.kind: relation.path for relation in parts.values()}
    properties = root.find("{*}workbookPr")
    return Workbook(
        sheets=list(_sheets(root, parts)),
        words=_shared_words(archive, by_kind.get("sharedStrings", "")),
        formats=_formats(archive, by_kind.get("styles", "")),
        since_1904=properties is not None and says_yes(properties.get("date1904")),
    )


def _main_part(archive: ZipFile) -> str:
    for relation in relations(archive, "", TITLE).values():
        if relation.kind == "officeDocument":
            return relation.path
    return _MAIN_PART


def _sheets(root: "_Element", parts: dict[str, Relation]) -> Iterator[Sheet]:
    for sheet in root.iterfind("{*}sheets/{*}sheet"):
        identity = next((v for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
        part = parts.get(str(identity))
        if part is None:
            raise damaged(TITLE)
        name = one_line(clean(sheet.get("name", ""))) or "?"
        yield Sheet(name, part, sheet.get("state", "visible") != "visible")


def _shared_words(archive: ZipFile, path: str) -> list[str]:
    if path not in archive.namelist():
        return []
    return [words_of(item) for _, item in iterate(archive.read(path), "si")]


def _formats(archive: ZipFile, path: str) -> list[str]:
    if path not in archive.namelist():
        return []
    styles = read_xml(archive, path, TITLE)
    own = {
        code.get("numFmtId", ""): clean(code.get("formatCode", GENERAL))
        for code in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    ids = [style.get("numFmtId", "0") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    known = {str(number): code for number, code in BUILT_IN.items()} | own
    return [known.get(identity, GENERAL) for identity in ids]


def iterate(data: bytes, *names: str) -> "Iterator[tuple[str, _Element]]":
    """Yield the elements of these names as they end, with their names; then forget them."""
    from lxml import etree  # noqa: PLC0415 - needed for few formats

    tags = [f"{{*}}{name}" for name in names]
    try:
        for _, element in etree.iterparse(
            io.BytesIO(data), tag=tags, resolve_entities=False, no_network=True
        ):
            yield local_name(element), element
            element.clear()
            previous = element.getprevious()
            if previous is not None and (parent := element.getparent()) is not None:
                parent.remove(previous)
    except etree.XMLSyntaxError as error:
        raise damaged(TITLE) from error


def local_name(element: "_Element") -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def words_of(item: "_Element") -> str:
    """Return the words of a text with or without formatting, and without their readings."""
    parts = [
        text.text or ""
        for text in item.iter("{*}t")
        if not str(getattr(text.getparent(), "tag", "")).endswith("}rPh")
    ]
    return one_line(clean(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), "".join(parts))))


def says_yes(value: str | None) -> bool:
    """Whether an attribute says "yes" in one of the ways of XML."""
    return value is not None and value.lower() in _YES
