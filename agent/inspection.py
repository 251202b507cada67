"""What is wrong with a library's file, or with one document in it.

What was made from a text is compared with what the text gives now; the text with its digest.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent.document import Document
from agent.errors import LibraryError
from agent.formats.wire import pack, unpack
from agent.index.vectors import hash_text
from agent.rows import load, make, passage_rows, reindexed
from agent.sound import covers, holds_words
from agent.store import UNREADABLE, Store

_SHOWN = 3  # of SQLite's own findings; one damaged page can give thousands


@dataclass(frozen=True, slots=True)
class Checking:
    """`done` of `total` documents are checked; `name` is next."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong.

    Attributes:
        id: of the document, empty if it is the file as a whole.
        name: for people.
        what: what is wrong and what it means, as the rest of a sentence that begins with the name.
        mendable: whether `repair` can make it right.
        mended: whether it did.
    """

    id: str
    name: str
    what: str
    mendable: bool
    mended: bool = False


FILE: Final = "the library file"
_TEXT_LOST: Final = (
    "its text is damaged and cannot be made again from anything here; "
    "remove it and add its file again"
)


def inspect_file(store: Store) -> str:
    """Return what SQLite finds wrong with the structure of the file, "" if nothing."""
    try:
        with store.reading() as connection:
            found = [row[0] for row in connection.execute(f"PRAGMA integrity_check({_SHOWN})")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(_SHOWN)
    except LibraryError as error:
        return f"cannot be read through ({error})"
    if found != ["ok"]:
        return "is damaged ({})".format("; ".join(" ".join(line.split()) for line in found))
    tables = {table for table, *_ in orphans}
    return f"holds lines of no document ({', '.join(sorted(tables))})" if orphans else ""


def inspect_document(
    connection: sqlite3.Connection, row: int, identity: str, name: str
) -> Fault | None:
    """Return what is wrong with one document, the worst of it."""
    try:
        document = load(connection, row)
    except (LibraryError, *UNREADABLE):
        return Fault(identity, name, _TEXT_LOST, mendable=False)
    try:
        unpack(pack(document), name)
    except ValueError as error:
        return Fault(identity, name, f"is stored in a way it never should be: {error}", False)  # noqa: FBT003
    try:
        wrong = _differences(connection, row, document)
    except (*UNREADABLE, ValueError, TypeError) as error:
        wrong = [f"index ({error})"]
    if not wrong:
        return None
    what = f"its text is whole, but not what was made of it: {', '.join(wrong)}"
    return Fault(identity, name, what, mendable=True)


def _differences(connection: sqlite3.Connection, row: int, document: Document) -> list[str]:
    """Return which of the things made from a text are not as they should be."""
    recipe, *facts = connection.execute(
        "SELECT recipe, language, tokens, pages, passage_words FROM document WHERE row = ?", (row,)
    ).fetchone()
    passages = connection.execute(
        "SELECT number, start, end, tokens, heading_path FROM passage WHERE document = ?"
        " ORDER BY number",
        (row,),
    ).fetchall()
    postings = connection.execute(
        "SELECT term, passages, counts FROM posting WHERE document = ? ORDER BY term", (row,)
    ).fetchall()
    text = document.text
    named = connection.execute(
        "SELECT number, hash FROM passage_text WHERE document = ? ORDER BY number", (row,)
    ).fetchall()
    hashes = [(number, hash_text(text[start:end])) for number, start, end, *_ in passages]
    if reindexed(recipe) == recipe:
        made = make(document, recipe)
        counts = [made.language, made.tokens, len(document.pages), made.postings.lengths]
        due: Sequence[Any] = (passage_rows(made.passages), made.postings.rows, counts)
        stored: Sequence[Any] = (passages, postings, facts)
    else:  # what another version would have made is not known, only what it must fit
        counts = [facts[0], sum(p[3] for p in passages), len(document.pages), facts[3]]
        due = (True, True, counts)
        whole = covers((p[:3] for p in passages), len(text))
        stored = (whole, holds_words(postings, facts[3], len(passages)), facts)
    names = ("passages", "index", "counts")
    wrong = [name for name, is_, ought in zip(names, stored, due, strict=True) if is_ != ought]
    return wrong + ["hashes of passages"] * (named not in ([], hashes))
