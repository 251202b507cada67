"""EPUB: every document of the spine is a page, called as the book's own contents call it.

Source: EPUB 3.3 and, for NCX, Open Packaging Format 2.0.1.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

from agent.formats.archive import member_names, open_archive
from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.html import decode_html, html_to_piece
from agent.formats.pages import clean, join

if TYPE_CHECKING:
    from lxml.etree import _Element

_MIME_TYPE = b"application/epub+zip"
# Where a zip file's first member begins: after a header of 30 bytes and the name "mimetype".
_MIME_TYPE_START = 38
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# Fonts scrambled so that nobody copies them; the text is in the open.
_FONT_SCRAMBLING = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
_PICTURES = "image/"
_NCX = "application/x-dtbncx+xml"


def _sniff(data: bytes) -> bool:
    return data[_MIME_TYPE_START:].startswith(_MIME_TYPE) or _CONTAINER in member_names(data)


def _parse(data: bytes, on_page: OnPage) -> Parsed:
    with open_archive(data) as archive:
        _refuse_locked(archive)
        package_path = _package_path(archive)
        package = _xml(archive, package_path)
        manifest = _manifest(package, package_path)
        labels = _labels(archive, manifest)
        spine = _spine(package, manifest)
        pieces = []
        for index, item in enumerate(spine):
            on_page(index, len(spine))
            pieces.append(_piece(archive, item, labels))
    return join("inscriptis", pieces)


@dataclass(frozen=True, slots=True)
class _Item:
    """One file of the book, by its path in the archive."""

    path: str
    media_type: str
    properties: frozenset[str]


def _read(archive: ZipFile, path: str) -> bytes:
    try:
        return archive.read(path)
    except KeyError as error:
        raise Refused(f"is damaged: its part {path!r} is missing; get it again.") from error


def _xml(archive: ZipFile, path: str) -> "_Element":
    """Parse one of the book's own tables, without entities and without fetching anything."""
    from lxml import etree  # noqa: PLC0415 - needed for few formats

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(_read(archive, path), parser)
    except etree.XMLSyntaxError:
        root = None
    # With recover=True lxml returns None for what it can make nothing of, against its own types.
    if root is None:
        raise Refused(f"is damaged: its part {path!r} cannot be read; get it again.")
    return root


def _refuse_locked(archive: ZipFile) -> None:
    if _ENCRYPTION not in archive.namelist():
        return
    methods = _xml(archive, _ENCRYPTION).iterfind(".//{*}EncryptedData/{*}EncryptionMethod")
    if any(method.get("Algorithm") not in _FONT_SCRAMBLING for method in methods):
        raise Refused("is locked by copy protection (DRM); get a copy without it.")


def _package_path(archive: ZipFile) -> str:
    root_file = _xml(archive, _CONTAINER).find(".//{*}rootfile")
    path = None if root_file is None else root_file.get("full-path")
    if not path:
        raise Refused("is damaged: it does not say where its contents are; get it again.")
    return path


def _manifest(package: "_Element", package_path: str) -> dict[str, _Item]:
    return {
        item.get("id", ""): _Item(
            _resolve(package_path, item.get("href", "")),
            item.get("media-type", ""),
            frozenset(item.get("properties", "").split()),
        )
        for item in package.iterfind(".//{*}manifest/{*}item")
    }


def _resolve(base: str, reference: str) -> str:
    """Return the path in the archive that `reference`, written in the file `base`, points to."""
    path = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path))


def _spine(package: "_Element", manifest: dict[str, _Item]) -> list[_Item]:
    references = [ref.get("idref", "") for ref in package.iterfind(".//{*}spine/{*}itemref")]
    missing = [reference for reference in references if reference not in manifest]
    if missing or not references:
        raise Refused("is damaged: its reading order is broken; get it again.")
    return [manifest[reference] for reference in references]


def _piece(archive: ZipFile, item: _Item, labels: dict[str, str]) -> Piece:
    if item.media_type.startswith(_PICTURES):
        return Piece("\n", labels.get(item.path, ""))
    html, _ = decode_html(_read(archive, item.path))
    piece = html_to_piece(html)
    return Piece(piece.text.rstrip("\n") + "\n", labels.get(item.path, ""), piece.headings)


def _labels(archive: ZipFile, manifest: dict[str, _Item]) -> dict[str, str]:
    """Return where the table of contents puts each file, "Book One › II"; the first name counts."""
    labels: dict[str, str] = {}
    for item in manifest.values():
        if "nav" in item.properties:
            named = _nav_entries(_xml(archive, item.path))
        elif item.media_type == _NCX:
            named = _ncx_entries(_xml(archive, item.path))
        else:
            continue
        for reference, titles in named:
            label = " › ".join(filter(None, (" ".join(clean(title).split()) for title in titles)))
            if reference and label:
                labels.setdefault(_resolve(item.path, reference), label)
    return labels


def _nav_entries(nav: "_Element") -> Iterator[tuple[str, list[str]]]:
    """Yield the link of each entry of an EPUB 3 contents, and the titles that lead to it."""
    for link in nav.iterfind(".//{*}nav//{*}a"):
        entries = reversed(list(link.iterancestors("{*}li")))
        names = [next(entry.iterchildren("{*}a", "{*}span"), link) for entry in entries] or [link]
        yield link.get("href", ""), ["".join(map(str, name.itertext())) for name in names]


def _ncx_entries(ncx: "_Element") -> Iterator[tuple[str, list[str]]]:
    """Yield the link of each entry of an EPUB 2 contents, and the titles that lead to it."""
    for point in ncx.iterfind(".//{*}navPoint"):
        content = point.find("{*}content")
        points = [*reversed(list(point.iterancestors("{*}navPoint"))), point]
        titles = [entry.findtext("{*}navLabel/{*}text", "") for entry in points]
        yield ("" if content is None else content.get("src", "")), titles


FORMAT = Format("epub", "EPUB", (".epub",), _sniff, _parse)
