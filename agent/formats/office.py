"""What the files of office programs have in common: zip files of XML that point to one another.

Source: ECMA-376, part 2 (Open Packaging Conventions).
"""

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

from agent.formats.archive import open_archive
from agent.formats.base import Refused

if TYPE_CHECKING:
    from lxml.etree import _Element

_DTD = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_XML = (".xml", ".rels", ".rdf")


@dataclass(frozen=True, slots=True)
class Relation:
    """What one part of a file has to do with another: "worksheet", and its path."""

    kind: str
    path: str


def open_office(data: bytes, title: str) -> ZipFile:
    """Open a zip file as `open_archive` does, whose XML declares no entities.

    No office program writes such declarations; bombs do.

    Raises:
        Refused: if it does, or for the reasons of `open_archive`.
    """
    archive = open_archive(data)
    for name in archive.namelist():
        if name.endswith(_XML) and any(dtd in archive.read(name) for dtd in _DTD):
            raise Refused(f"declares XML entities, as no {title} does; not taken.")
    return archive


def damaged(title: str) -> Refused:
    """Return the refusal of a file whose parts are broken."""
    return Refused(f"is damaged: it cannot be read as {title}; save it again or as PDF.")


def read_xml(archive: ZipFile, path: str, title: str) -> "_Element":
    """Parse one part, without entities and without fetching anything."""
    from lxml import etree  # noqa: PLC0415 - needed for few formats

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(archive.read(path), parser)
    except (KeyError, etree.XMLSyntaxError, ValueError) as error:
        raise damaged(title) from error


def relations(archive: ZipFile, part: str, title: str) -> dict[str, Relation]:
    """Return what `part` points to in the same file, by the names it uses for it.

    Args:
        archive: the whole file.
        part: path of the part; "" for the file itself.
        title: what the file is called where it is refused.
    """
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    if path not in archive.namelist():
        return {}
    return {
        relation.get("Id", ""): Relation(
            relation.get("Type", "").rpartition("/")[2],
            _resolve(folder, relation.get("Target", "")),
        )
        for relation in read_xml(archive, path, title).iterfind("{*}Relationship")
        if relation.get("TargetMode") != "External"
    }


def _resolve(folder: str, target: str) -> str:
    path = unquote(target)
    if path.startswith("/"):
        return posixpath.normpath(path.lstrip("/"))
    return posixpath.normpath(posixpath.join(folder, path))
