"""One document's rows: made from its text, written, and read back with their digest checked.

All that is made from the text can be made again from it; the text itself cannot, hence the digest.
"""

import sqlite3
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.digest import digest_document, digest_rows
from agent.document import Document, Heading, Note, Page
from agent.errors import LibraryError
from agent.formats import FORMATS_VERSION
from agent.index.language import guess_language
from agent.index.postings import Indexer, Postings
from agent.index.words import WORDS_VERSION
from agent.passage import CUT_VERSION, PASSAGE_TOKENS, Passage, cut_passages
from model.tokens import VOCABULARY_ID, count_tokens

INDEX_RECIPE: Final = (
    f"cut {CUT_VERSION} at {PASSAGE_TOKENS}, words {WORDS_VERSION}, tokens {VOCABULARY_ID}"
)
RECIPE: Final = f"formats {FORMATS_VERSION}, {INDEX_RECIPE}"

_BATCH: Final = 500  # passages between two signs of progress: a tenth of a second or so


@dataclass(frozen=True, slots=True)
class Made:
    """What is made of a document's text.

    Attributes:
        recipe: by which versions of parsing, cutting, words and tokens.
        language: whose stemmer was used, empty for none.
    """

    recipe: str
    language: str
    passages: list[Passage]
    postings: Postings

    @property
    def tokens(self) -> int:
        """Return how many tokens the passages hold together."""
        return sum(passage.tokens for passage in self.passages)


def make(document: Document, recipe: str = RECIPE) -> Made:
    """Cut and index a document as this version does it; `recipe` says how it was parsed."""
    steps = making(document, recipe)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: Made = end.value
            return made


def making(document: Document, recipe: str) -> Generator[tuple[int, int], None, Made]:
    """Do what `make` does as a stream of `(passages indexed, of all)`, begun when it is cut."""
    passages = cut_passages(document, count_tokens)
    language = guess_language(document.text)
    indexer = Indexer(language)
    for first in range(0, len(passages), _BATCH):
        yield first, len(passages)
        batch = passages[first : first + _BATCH]
        indexer.add(document.text[p.span.start : p.span.end] for p in batch)
    yield len(passages), len(passages)
    return Made(reindexed(recipe), language, passages, indexer.postings())


def reindexed(recipe: str) -> str:
    """Return the recipe of a text parsed as `recipe` says and indexed by this version."""
    return f"{recipe.partition(', ')[0]}, {INDEX_RECIPE}"


def insert(
    connection: sqlite3.Connection,
    document: Document,
    made: Made,
    *,
    imported: bool = False,
    added: float | None = None,
) -> None:
    """Write a whole document in place of what was made of the same file before."""
    connection.execute("DELETE FROM document WHERE id = ?", (document.id,))
    row = connection.execute(
        "INSERT INTO document (id, name, format, engine, recipe, language, tokens, pages, added,"
        " imported, digest, passage_words) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.id,
            document.name,
            document.format,
            document.engine,
            made.recipe,
            made.language,
            made.tokens,
            len(document.pages),
            time.time() if added is None else added,
            imported,
            digest_document(document),
            made.postings.lengths,
        ),
    ).lastrowid
    _insert_text(connection, row, document)
    insert_made(connection, row, made)


def _insert_text(connection: sqlite3.Connection, row: int | None, document: Document) -> None:
    connection.executemany(
        "INSERT INTO page VALUES (?, ?, ?, ?, ?, ?)",
        (
            (row, p.number, p.label, p.start, p.end, document.text[p.start : p.end])
            for p in document.pages
        ),
    )
    connection.executemany(
        "INSERT INTO heading VALUES (?, ?, ?, ?, ?)",
        ((row, number, h.level, h.title, h.start) for number, h in enumerate(document.headings)),
    )
    connection.executemany(
        "INSERT INTO note VALUES (?, ?, ?, ?, ?, ?)",
        ((row, at, n.page, n.kind, n.count, n.text) for at, n in enumerate(document.notes)),
    )
    connection.executemany(
        "INSERT INTO attachment VALUES (?, ?, ?)",
        ((row, number, name) for number, name in enumerate(document.attachments)),
    )


def insert_made(connection: sqlite3.Connection, row: int | None, made: Made) -> None:
    """Write the passages and postings of the document in `row`, which has none."""
    connection.executemany(
        "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?)",
        ((row, *line) for line in passage_rows(made.passages)),
    )
    connection.executemany(
        "INSERT INTO posting VALUES (?, ?, ?, ?)",
        ((row, *line) for line in made.postings.rows),
    )


def passage_rows(passages: Sequence[Passage]) -> list[tuple[int, int, int, int, str]]:
    """Return passages as they are stored: number, start, end, tokens, titles above."""
    return [
        (p.number, p.span.start, p.span.end, p.tokens, "\n".join(p.heading_path)) for p in passages
    ]


def load(connection: sqlite3.Connection, row: int) -> Document:
    """Read the document in `row`.

    Raises:
        LibraryError: if its text is no longer what was stored.
    """
    head = connection.execute(
        "SELECT id, CAST(name AS BLOB), format, engine, digest FROM document WHERE row = ?",
        (row,),
    ).fetchone()
    if head is None:  # an index still names it
        raise LibraryError("The list of documents in the library is damaged; `longread doctor "
                           "--repair` saves what can be read.")  # fmt: skip
    identity, said, form, engine, digest = head
    name = readable(said)
    pages = connection.execute(
        "SELECT number, label, start, end, text FROM page WHERE document = ? ORDER BY number",
        (row,),
    ).fetchall()
    headings = connection.execute(
        "SELECT level, title, start FROM heading WHERE document = ? ORDER BY number",
        (row,),
    ).fetchall()
    if digest_rows((identity, form, engine), pages, headings) != digest:
        raise LibraryError(
            f"{name}: its text in the library is damaged; "
            f"`longread remove {identity[:12]}`, then add the file again.",
        )
    return Document(
        identity,
        name,
        form,
        engine,
        "".join(page[4] for page in pages),
        tuple(Page(*page[:4]) for page in pages),
        tuple(Heading(*line) for line in headings),
        notes=load_notes(connection, row),
        attachments=tuple(
            name
            for (name,) in connection.execute(
                "SELECT name FROM attachment WHERE document = ? ORDER BY number", (row,)
            )
        ),
    )


def readable(text: bytes | None) -> str:
    """Return what can be read of a text that no digest guards: one damaged name must cost no more.

    Anything else that is no UTF-8 shows as damage.
    """
    return (text or b"").decode("utf-8", "replace")


def load_notes(connection: sqlite3.Connection, row: int) -> tuple[Note, ...]:
    """Read what is to be known of the pages of the document in `row`."""
    notes = connection.execute(
        "SELECT page, kind, count, CAST(text AS BLOB) FROM note WHERE document = ? ORDER BY number",
        (row,),
    )
    return tuple(Note(page, kind, count, readable(text)) for page, kind, count, text in notes)
