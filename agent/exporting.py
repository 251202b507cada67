"""Write documents, with what was made of them, into one file that another library takes in.

A zip file: `longread.json` says what it is and lists the documents, `ID.jsonl` holds one of them,
line by line: a header, then pages, headings, passages and postings. Nothing in it is code, and
nothing in it is a path. `agent/importing.py` reads it and believes nothing.
"""

import base64
import contextlib
import io
import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from agent.digest import digest_document
from agent.document import Document
from agent.errors import LibraryError
from agent.events import Refused
from agent.rows import load
from agent.store import UNREADABLE, Store

KIND: Final = "longread library"
EXPORT_VERSION: Final = 1
LIST: Final = "longread.json"
MAX_LINE: Final = 32 << 20  # bytes; a page, or the places of one word
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first a zip knows: the same documents give the same file


@dataclass(frozen=True, slots=True)
class Exported:
    """`done` of `total` documents are in the file; `name` is the latest."""

    name: str
    done: int
    total: int


def export(
    store: Store, rows: Sequence[tuple[int, str, str]], path: Path
) -> Iterator[Exported | Refused]:
    """Write the documents in `rows`, each `(row, id, name)`, to a new file.

    The file appears under its name only when it is whole. A document that is damaged, or removed
    meanwhile, gives `Refused`, and the others go on.

    Raises:
        LibraryError: if the file is there already or cannot be written.
    """
    if path.exists():
        raise LibraryError(f"{path}: is there already; name a file that is not.")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield from _write(store, rows, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise LibraryError(f"{path}: cannot be written ({error.strerror}).") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _write(
    store: Store, rows: Sequence[tuple[int, str, str]], file: BinaryIO
) -> Iterator[Exported | Refused]:
    written: list[str] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, (row, identity, name) in enumerate(rows, 1):
            try:
                with store.reading() as connection:
                    lines = list(_lines(connection, row, identity))
            except LibraryError as error:
                yield Refused(name, str(error).removeprefix(f"{name}: "))
                continue
            _add(archive, f"{identity}.jsonl", lines)
            written.append(identity)
            yield Exported(name, done, len(rows))
        head = {"kind": KIND, "version": EXPORT_VERSION, "documents": written}
        _add(archive, LIST, [_line(head)])


def _add(archive: zipfile.ZipFile, name: str, lines: list[bytes]) -> None:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(member, "w", force_zip64=True) as stream, io.BufferedWriter(stream) as buffer:
        buffer.writelines(lines)


def _lines(connection: sqlite3.Connection, row: int, identity: str) -> Iterator[bytes]:
    """Yield a document line by line; without what was made of it where that cannot be read."""
    found = connection.execute(
        "SELECT id, recipe, added FROM document WHERE row = ?", (row,)
    ).fetchone()
    if found is None or found[0] != identity:
        raise LibraryError("was removed from the library meanwhile.")
    document = load(connection, row)
    passages, postings = _made(connection, row)
    yield _line(
        {
            "id": identity,
            "name": document.name,
            "format": document.format,
            "engine": document.engine,
            "recipe": found[1],
            "added": found[2],
            "digest": digest_document(document),
            "pages": len(document.pages),
            "headings": len(document.headings),
            "passages": len(passages),
            "postings": len(postings),
            "notes": [[note.page, note.kind, note.count, note.text] for note in document.notes],
            "attachments": document.attachments,
        }
    )
    yield from map(_line, [*_text(document), *passages, *postings])


def _text(document: Document) -> Iterator[list[Any]]:
    for page in document.pages:
        yield [page.label, document.text[page.start : page.end]]
    for heading in document.headings:
        yield [heading.level, heading.title, heading.start]


def _made(connection: sqlite3.Connection, row: int) -> tuple[list[Any], list[Any]]:
    try:
        passages = connection.execute(
            "SELECT end, tokens FROM passage WHERE document = ? ORDER BY number", (row,)
        ).fetchall()
        postings = [
            [term, *(base64.b64encode(column).decode() for column in columns)]
            for term, *columns in connection.execute(
                "SELECT term, passages, counts FROM posting WHERE document = ? ORDER BY term",
                (row,),
            )
        ]
    except (*UNREADABLE, TypeError):
        return [], []  # damaged: whoever takes the document in makes them from its text
    return passages, postings


def _line(value: Any) -> bytes:
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    if len(line) > MAX_LINE:
        raise LibraryError("has a page too long to be exported; add its file there instead.")
    return line
