"""Take in documents that another library has exported, and believe nothing in the file.

The text must have the digest that stands beside it and be what a parser may hand over. What was
made of it is kept if this version would have made it by the same recipe and it fits the text; all
that is cheap to make is made again. Whether the text is that of the file whose id it bears cannot
be known here, so it is marked: adding the file itself will parse it and put its text in place.
"""

import base64
import contextlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from agent.digest import digest_document
from agent.document import Document, Heading, Page, Span, open_heading
from agent.errors import DocumentError
from agent.exporting import EXPORT_VERSION, KIND, LIST, MAX_LINE
from agent.formats.wire import pack, unpack
from agent.index.language import guess_language
from agent.index.postings import Postings, passage_lengths
from agent.names import printable
from agent.passage import PASSAGE_TOKENS, Passage
from agent.rows import Made, insert, make, reindexed
from agent.sound import covers, holds_words
from agent.store import Store

MAX_DOCUMENTS: Final = 100_000
_MAX_BYTES = 300_000_000  # of one document, unpacked: some thirty million tokens
_MAX_ROWS = 1_000_000  # pages, headings, passages or terms of one document
_MAX_LEVEL = 100
_MAX_TITLES = 300_000_000  # characters of all titles above all passages
_MAX_RATIO = 200  # unpacked to packed; says nothing about a small document
_RATIO_FROM_BYTES = 10_000_000
_BYTES_A_CHARACTER = 4
_ID = re.compile("[0-9a-f]{64}")
_SHORT = 200  # characters of a recipe, a format's or an engine's name
_COUNTS = ("pages", "headings", "passages", "postings")
# What zipfile and what lies under it raise on damaged or unusual archives.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError,
    NotImplementedError, RuntimeError, RecursionError,
)  # fmt: skip


class ExportFile:
    """A file of exported documents.

    Args:
        path: the file.

    Raises:
        DocumentError: if it is none, damaged, or of a newer Longread.
    """

    def __init__(self, path: Path) -> None:
        self._name = printable(path.name)
        with contextlib.ExitStack() as closing:
            try:
                file = closing.enter_context(path.open("rb"))
                self._archive = closing.enter_context(zipfile.ZipFile(file))
                self.documents = self._list()
            except OSError as error:
                raise DocumentError(self._name, f"cannot be read ({error.strerror}).") from error
            except _BROKEN as error:
                raise DocumentError(
                    self._name, "is damaged, or was not written by `longread export`."
                ) from error
            self._open = closing.pop_all()

    def close(self) -> None:
        """Close the file."""
        self._open.close()

    def _list(self) -> list[str]:
        """Return the ids of the documents that the file lists and holds, no more and no less."""
        with self._archive.open(LIST) as stream:
            head = json.loads(stream.read(MAX_LINE + 1)[:MAX_LINE])
        if not isinstance(head, dict) or head.get("kind") != KIND:
            raise ValueError("another kind of file")
        if not isinstance(version := head.get("version"), int) or version > EXPORT_VERSION:
            raise DocumentError(
                self._name, f"was written by a newer Longread (version {version}); update Longread."
            )
        names = self._archive.namelist()
        documents = head.get("documents")
        if not isinstance(documents, list) or len(documents) > MAX_DOCUMENTS:
            raise ValueError("no list, or too long a one")
        if not all(isinstance(each, str) and _ID.fullmatch(each) for each in documents):
            raise ValueError("ids that are none")
        if sorted(names) != sorted([LIST, *(f"{each}.jsonl" for each in documents)]):
            raise ValueError("lists other documents than it holds")
        return documents

    def read(self, identity: str) -> tuple["Received", Made]:
        """Read one document and what was made of it, and check both.

        Raises:
            DocumentError: if it is damaged, or built to fill memory.
        """
        member = self._archive.getinfo(f"{identity}.jsonl")
        limit = max(_RATIO_FROM_BYTES, member.compress_size * _MAX_RATIO)
        try:
            with self._archive.open(member) as stream:
                received = Received(_Lines(stream, min(limit, _MAX_BYTES)), identity)
            return received, received.made()
        except _BROKEN as error:
            what = f"the document {identity[:12]} in it is damaged and was not taken ({error})"
            raise DocumentError(self._name, f"{what}; export it again.") from error


class _Lines:
    """The lines of a member as JSON, counted: what a zip declares about itself is not believed."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = io.BufferedReader(stream, 1 << 20)  # type: ignore[type-var]  # it is one
        self._left = limit

    def next(self) -> Any:
        line = self._stream.readline(min(MAX_LINE, self._left) + 1)
        self._left -= len(line)
        if self._left < 0:
            raise ValueError("it unpacks to far more than its size, as a zip bomb does")
        if not line.endswith(b"\n"):
            raise ValueError("it ends too early")
        return json.loads(line)

    def rows(self, count: int, *types: type) -> list[list[Any]]:
        """Return the next `count` lines, each a list of values of just these types."""
        rows = []
        for _ in range(count):
            row = self.next()
            if not isinstance(row, list) or tuple(map(type, row)) != types:
                raise ValueError("a line of another form")
            rows.append(row)
        return rows

    def end(self) -> None:
        if self._stream.read(1):
            raise ValueError("it goes on beyond its end")


class Received:
    """One document from a file, checked.

    Attributes:
        document: it.
        recipe: how it says it was made.
        added: when it was first added, in seconds since 1970.
    """

    def __init__(self, lines: _Lines, identity: str) -> None:
        head = lines.next()
        if not isinstance(head, dict) or head.get("id") != identity:
            raise ValueError("another document than it says")
        counts = [head.get(key) for key in _COUNTS]
        if not all(type(count) is int and 0 <= count <= _MAX_ROWS for count in counts):
            raise ValueError("counts that are none, or too many")
        pages, headings, passages, postings = map(int, counts)  # type: ignore[arg-type]  # checked
        self.recipe = _short(head.get("recipe"))
        self.added = _number(head.get("added"))
        self.document = _document(head, lines, pages, headings)
        if digest_document(self.document) != head.get("digest"):
            raise ValueError("its text is not the one that was exported")
        self._passages = lines.rows(passages, int, int)
        self._postings = lines.rows(postings, str, str, str)
        lines.end()

    def made(self) -> Made:
        """Return what is made of the text: as received where that is ours, or made here.

        Raises:
            ValueError: if what was received does not fit the text.
        """
        if reindexed(self.recipe) != self.recipe or not self._passages:
            return make(self.document, self.recipe)
        passages = list(self._received_passages())
        if not covers(((p.number, p.span.start, p.span.end) for p in passages), self._length):
            raise ValueError("its passages do not cover its text")
        "".join(term for term, _, _ in self._postings).encode()  # fails on what is no text
        rows = [(term, _bytes(places), _bytes(counts)) for term, places, counts in self._postings]
        # Counted here, not from the postings, where a word may stand as stem and as written.
        words = passage_lengths(
            self.document.text[passage.span.start : passage.span.end] for passage in passages
        )
        if not holds_words(rows, words, len(passages)):
            raise ValueError("the index does not account for the words of the text")
        language = guess_language(self.document.text)
        return Made(self.recipe, language, passages, Postings(rows, words))

    @property
    def _length(self) -> int:
        return len(self.document.text)

    def _received_passages(self) -> Iterator[Passage]:
        titles, start, read = list[Heading](), 0, 0
        headings = self.document.headings
        for number, (end, tokens) in enumerate(self._passages):
            if not 0 <= tokens <= _BYTES_A_CHARACTER * (end - start):
                raise ValueError("a passage of an impossible length")
            while read < len(headings) and headings[read].start <= start:
                open_heading(titles, headings[read])
                read += 1
            path = tuple(heading.title for heading in titles)
            yield Passage(Span(self.document.id, start, end), number, tokens, path)
            start = end


def _document(head: dict[str, Any], lines: _Lines, pages: int, headings: int) -> Document:
    texts, places, start = [], [], 0
    for number, (label, text) in enumerate(lines.rows(pages, str, str), 1):
        places.append(Page(number, label, start, start + len(text)))
        start += len(text)
        texts.append(text)
    document = Document(
        head["id"],
        printable(_short(head.get("name"))),
        _short(head.get("format")),
        _short(head.get("engine")),
        "".join(texts),
        tuple(places),
        tuple(Heading(*row) for row in lines.rows(headings, int, str, int)),
    )
    _refuse_endless_titles(document)
    told = {"notes": head.get("notes", []), "attachments": head.get("attachments", [])}
    return unpack(pack(document) | told, document.name)  # the gate that what is parsed passes


def _refuse_endless_titles(document: Document) -> None:
    """Refuse headings that would fill memory: a passage keeps all the titles above it."""
    path: list[Heading] = []
    longest = 0
    for heading in document.headings:
        if not 1 <= heading.level <= _MAX_LEVEL:
            raise ValueError("a heading of an impossible level")
        open_heading(path, heading)
        longest = max(longest, sum(len(each.title) for each in path))
    if longest * (1 + len(document.text) // PASSAGE_TOKENS) > _MAX_TITLES:
        raise ValueError("headings that are too long")


def _short(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _SHORT:
        raise ValueError("a name that is missing or too long")
    value.encode()  # half of a pair of surrogates is no text
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or not 0 <= value < 1e11:  # noqa: PLR2004  # year 5138
        raise ValueError("no time")
    return float(value)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def receive(store: Store, file: "ExportFile", identity: str) -> bool:
    """Take a document of an export into a library; return whether it was there already.

    Raises:
        DocumentError: if it cannot be taken.
    """
    with store.reading() as connection:
        if connection.execute("SELECT 1 FROM document WHERE id = ?", (identity,)).fetchone():
            return True
    received, made = file.read(identity)
    with store.writing() as connection:
        insert(connection, received.document, made, imported=True, added=received.added)
    return False
