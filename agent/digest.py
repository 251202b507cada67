"""The digest of a document's stored text: what tells, years later, whether it is still the same.

SQLite's pages carry no checksum, so a flipped bit on the disk would otherwise be quoted as the
document's own words. Digests are kept in libraries and in exported files: another way of taking
them needs a migration and another version of those files.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from agent.document import Document


def digest_rows(
    head: tuple[Any, Any, Any],
    pages: Iterable[Sequence[Any]],
    headings: Iterable[Sequence[Any]],
) -> str:
    """Return the SHA-256, in hexadecimal, of all that parsing a file has given.

    Args:
        head: id, format and engine. The name is left out: people may change it.
        pages: `(number, label, start, end, text)` of each page.
        headings: `(level, title, start)` of each heading.
    """
    digest, places = hashlib.sha256(), []
    for *place, text in pages:
        places.append(place)
        digest.update(text.encode() if isinstance(text, str) else repr(text).encode())
    # On a damaged disk a number may come back as anything; repr keeps that from being an error.
    frame = json.dumps([head, places, [list(h) for h in headings]], default=repr)
    digest.update(b"\n" + frame.encode())
    return digest.hexdigest()


def digest_document(document: Document) -> str:
    """Return what `digest_rows` returns for the rows of `document`."""
    return digest_rows(
        (document.id, document.format, document.engine),
        ((p.number, p.label, p.start, p.end, document.text[p.start : p.end])
         for p in document.pages),
        ((h.level, h.title, h.start) for h in document.headings),
    )  # fmt: skip
