"""The library: documents, their passages and their words, kept on disk under their content.

A document is known by the SHA-256 of its bytes, and what was made of it by the recipe: the
versions and settings of parsing, cutting, words and token counting. The same bytes with the same
recipe are never parsed or indexed twice; another recipe replaces the old result whole.
"""

import contextlib
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

from agent.check import Traces, check
from agent.document import Document
from agent.entries import Entry, added_at, all_entries, entry_at, find_row
from agent.errors import DocumentError, LibraryError
from agent.events import Added, Event, Indexing, Parsing, Refused
from agent.exporting import Exported, export
from agent.files import SHOWN, KeptFiles
from agent.formats.isolate import hash_file
from agent.importing import ExportFile, receive
from agent.index.around import neighbours, section_around
from agent.index.base import Hit
from agent.index.fill import Filling, fill
from agent.index.rerank import Reranker
from agent.index.shelf import load_passages
from agent.index.vectors import Embedder, forget_unused
from agent.inspection import Checking, Fault
from agent.names import printable
from agent.ocr import Ocr, find_ocr
from agent.passage import Passage
from agent.readings import Readings, forget_readings
from agent.recognised import RecognisedPages, forget_recognised
from agent.rows import RECIPE, Made, insert, load, load_notes, making
from agent.scans import read_file
from agent.searching import Searcher, weights
from agent.store import Store

_Called = TypeVar("_Called", Document, Entry)
_LANGUAGE = "SELECT id, language FROM document WHERE row = ?"


class Library:
    """Documents on disk, ready to be searched and read.

    Several processes and threads may use the same library at once.

    Args:
        home: the library's folder, made if need be.
        embedder: searches by meaning too, where `filling` has given passages their vectors;
            without one words alone are searched.
        reranker: reads the question with each of the best passages and puts them in order.
        find_ocr: returns the engine that reads pages which are pictures, or None; by default
            Tesseract where it is installed.

    Raises:
        LibraryError: if the folder cannot be used, or a newer Longread wrote it.
    """

    def __init__(
        self,
        home: Path | str,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
        *,
        find_ocr: Callable[[], Ocr | None] = find_ocr,
    ) -> None:
        try:
            self.home = Path(home).expanduser()
        except RuntimeError as error:
            raise LibraryError(
                f"{home}: there is no such user's home; "
                "set LONGREAD_HOME to a folder you may write to.",
            ) from error
        self._store = Store(self.home)
        self._find_ocr = find_ocr
        self.recognised = RecognisedPages(self._store)
        self._files = KeptFiles(self.home)
        self._searcher = Searcher(embedder, reranker)
        self._names: Mapping[str, str] = {}

    def called(self, names: Mapping[str, str]) -> Self:
        """Return this library as somebody sees it who calls documents otherwise, by their ids."""
        view = copy(self)
        view._names = names  # noqa: SLF001 - of this class
        return view

    def add(
        self, path: Path | str, name: str | None = None, *, password: str | None = None
    ) -> Document:
        r"""Parse and index a file, unless that was done before, and return the document.

        Args:
            path: the file.
            name: what to call it; by default the file's own name. Control characters in it are
                kept as escapes such as `\x1b`, so that it can be shown anywhere as it is.
            password: opens the file if it is locked; it is not kept.

        Raises:
            DocumentError: if the file cannot be taken; says why and what would help.
        """
        for event in self.adding(path, name, password=password):
            if isinstance(event, Added):
                return self.document(event.id)
        raise LibraryError(f"{path}: was not added; run `longread doctor`.")

    def adding(
        self, path: Path | str, name: str | None = None, *, password: str | None = None
    ) -> Iterator[Event]:
        """Do what `add` does as a stream of events that ends with `Added`.

        Raises:
            DocumentError: if the file cannot be taken.
        """
        path = Path(path)
        name = printable(name or path.name or str(path))
        identity = hash_file(path, name)
        entry = self._reuse(identity, name)
        if entry is None:
            parsing = read_file(
                path, name, ocr=self._find_ocr(), kept=self.recognised, password=password
            )
            while True:
                try:
                    page, pages = next(parsing)
                except StopIteration as done:
                    document: Document = done.value
                    break
                yield Parsing(name, page, pages)
            if document.format in SHOWN:
                self._files.keep(identity, path, name)
            yield from self._keeping(document)
        elif entry.format in SHOWN:  # it may have been added before files were kept
            self._files.keep(identity, path, name)
        yield self._added(identity, reused=entry is not None)

    def _added(self, identity: str, *, reused: bool) -> Added:
        with self._store.reading() as connection:
            return added_at(connection, find_row(connection, identity), reused=reused)

    def add_all(
        self, paths: Sequence[Path | str], *, password: str | None = None
    ) -> Iterator[Event]:
        """Add several files; one that cannot be taken gives `Refused`, and the others go on."""
        for path in paths:
            try:
                yield from self.adding(path, password=password)
            except DocumentError as error:
                yield Refused(error.name, error.reason)

    def documents(self) -> list[Entry]:
        """Return what is in the library, newest first."""
        with self._store.reading() as connection:
            return [self._named(entry) for entry in all_entries(connection)]

    def document(self, identity: str) -> Document:
        """Return a whole document by its id or the beginning of it.

        Raises:
            LibraryError: if there is none, or more than one.
        """
        with self._store.reading() as connection:
            return self._named(load(connection, find_row(connection, identity)))

    def file(self, identity: str) -> Path | None:
        """Return the file of a document by its whole id, None if it is not kept.

        Kept are those whose pages can be shown (PDF), of documents that were added here.
        """
        return self._files.find(identity)

    def entry(self, identity: str) -> Entry:
        """Return the line of a document in the list, by its id or the beginning of it.

        Raises:
            LibraryError: if there is none, or more than one.
        """
        with self._store.reading() as connection:
            return self._named(entry_at(connection, find_row(connection, identity)))

    def remove(self, identity: str) -> str:
        """Remove a document with everything made of it, and return its name.

        No word of it is left in the library's own files, which are written anew for that, so to
        remove several, `remove_all` is quicker. What was asked about it in the page, the page and
        `longread remove` remove.

        Raises:
            LibraryError: if there is none of that id, or more than one.
        """
        return self.remove_all([identity])[0]

    def remove_all(self, identities: Sequence[str]) -> list[str]:
        """Remove several documents, all or none, and return their names.

        Raises:
            LibraryError: if one of them is not there, or traces of them could not be wiped out.
        """
        with self._store.writing() as connection:
            rows = dict.fromkeys(find_row(connection, identity) for identity in identities)
            gone = [entry_at(connection, row) for row in rows]
            connection.executemany("DELETE FROM document WHERE row = ?", ((row,) for row in rows))
            forget_recognised(connection, [entry.id for entry in gone])
            forget_readings(connection, [entry.id for entry in gone])
            forget_unused(connection)
            connection.execute("INSERT OR IGNORE INTO chore VALUES ('vacuum')")
        names = [entry.name for entry in gone]
        try:
            self._files.forget(entry.id for entry in gone)
            self._store.wipe()
        except LibraryError as error:
            raise LibraryError(
                f"{', '.join(names)}: removed, but words of it may be left in the file ({error}); "
                "`longread doctor --repair` wipes them out.",
            ) from error
        return names

    def search(
        self,
        query: str,
        documents: Sequence[str],
        k: int,
        *,
        pages: tuple[int, int] | None = None,
        operators: bool = False,
    ) -> list[Hit]:
        """Return at most `k` passages of the documents with these ids, best first.

        With an embedder meaning counts besides words, and a reranker judges the best again; but a
        phrase or a word* get what words alone find, and so do `pages` before they are judged.

        Args:
            query: words, or a question.
            documents: ids, each whole or the beginning of it.
            k: the most hits to return.
            pages: the first and the last page to search in each document; all without.
            operators: whether "some words" and word* mean what they do in `KeywordIndex.search`.
        """
        with self._store.reading() as connection:
            return self._searcher.search(
                connection, query, documents, k, pages, operators=operators
            )

    def passages(self, identity: str) -> list[Passage]:
        """Return all passages of a document, in reading order: they cover its text exactly once."""
        with self._store.reading() as connection:
            return load_passages(connection, find_row(connection, identity), 0, sys.maxsize)

    def weights(self, question: str, documents: Sequence[str]) -> dict[str, dict[str, float]]:
        """Return for each document the words of a question as it holds them, and their rarities."""
        with self._store.reading() as connection:
            return weights(connection, question, documents)

    @property
    def readings(self) -> Readings:
        """What models have read of the documents here."""
        return Readings(self._store)

    def filling(self, documents: Sequence[str]) -> Generator[Filling]:
        """Give the passages of these documents their vectors, as a stream of progress.

        Closing it stops it; what was yielded is kept, and the next run goes on from there. Nothing
        is yielded without an embedder, or where it is made for none of the documents' languages.

        Args:
            documents: ids, each whole or the beginning of it, the most urgent first.
        """
        embedder = self._searcher.embedder
        if embedder is None:
            return
        made_for = embedder.languages
        with self._store.reading() as connection:
            rows = [find_row(connection, identity) for identity in dict.fromkeys(documents)]
            lines = [connection.execute(_LANGUAGE, (row,)).fetchone() for row in rows]
        wanted = [identity for identity, language in lines if not made_for or language in made_for]
        if wanted:
            yield from fill(self._store, wanted, embedder)

    def neighbours(self, hit: Hit, before: int = 1, after: int = 1) -> list[Passage]:
        """Return the passage of `hit` with those before and after it, in reading order."""
        passage = hit.passage
        with self._store.reading() as connection:
            row = find_row(connection, passage.span.document)
            return neighbours(connection, row, passage, before, after)

    def section_around(self, hit: Hit, least_tokens: int) -> list[Passage]:
        """Return the passage of `hit` with more of its section, up to `least_tokens` or its end."""
        passage = hit.passage
        with self._store.reading() as connection:
            row = find_row(connection, passage.span.document)
            return section_around(connection, row, passage, least_tokens)

    def check(self, *, repair: bool = False) -> Iterator[Checking | Fault | Traces]:
        """Check the file and every document in it against its text, as a stream of events.

        Args:
            repair: make anew what can be made from the texts, save what can be read of a damaged
                file, and wipe out traces of removed documents.
        """
        yield from check(self._store, repair=repair)
        with contextlib.suppress(LibraryError):  # a list that cannot be read has been told of
            strangers = self._files.strangers(entry.id for entry in self.documents())
            if strangers and not repair:
                yield Traces()
            self._files.forget(strangers if repair else ())

    def exporting(
        self, path: Path | str, identities: Sequence[str] = ()
    ) -> Iterator[Exported | Refused]:
        """Write documents, with what was made of them, to one new file, as a stream of events.

        Args:
            path: the file; `importing` takes it into another library.
            identities: ids or beginnings of ids; all documents if none are given.

        Raises:
            LibraryError: if a document is not there, or the file cannot be written.
        """
        with self._store.reading() as connection:
            order = "SELECT row, id, name FROM document ORDER BY row"
            rows = connection.execute(order).fetchall()
            chosen = {find_row(connection, identity) for identity in identities}
        return export(
            self._store, [r for r in rows if not identities or r[0] in chosen], Path(path)
        )

    def importing(self, path: Path | str) -> Iterator[Added | Refused]:
        """Take in what `exporting` wrote, as a stream of events.

        A document that is here already stays as it is; one that cannot be taken gives `Refused`,
        and the others go on.

        Raises:
            DocumentError: if the file is none of exported documents.
        """
        with contextlib.closing(ExportFile(Path(path))) as file:
            for identity in file.documents:
                try:
                    reused = receive(self._store, file, identity)
                    yield self._added(identity, reused=reused)
                except DocumentError as error:
                    yield Refused(error.name, error.reason)

    def tokens(self, documents: Sequence[str]) -> int:
        """Return how many tokens the documents with these ids hold together."""
        return sum(self.entry(identity).tokens for identity in documents)

    def _named(self, of: _Called) -> _Called:
        return replace(of, name=self._names.get(of.id, of.name))

    def _reuse(self, identity: str, name: str) -> Entry | None:
        """Return the entry if the document is there as the present recipe makes it.

        An imported text is what somebody else says that the file holds: the file itself is parsed.
        """
        with self._store.reading() as connection:
            found = connection.execute(
                "SELECT name FROM document WHERE id = ? AND recipe = ? AND NOT imported",
                (identity, RECIPE),
            ).fetchone()
        if found is None or self._could_read_more(identity):
            return None
        if found[0] != name:
            with self._store.writing() as connection:
                connection.execute("UPDATE document SET name = ? WHERE id = ?", (name, identity))
        return self.entry(identity)

    def _could_read_more(self, identity: str) -> bool:
        """Whether pages are pictures that were not read, and there is an engine yet to try it."""
        with self._store.reading() as connection:
            notes = load_notes(connection, find_row(connection, identity))
        unread = {note.page for note in notes if note.kind == "scan"}
        ocr = self._find_ocr() if unread else None
        return ocr is not None and not unread <= self.recognised.tried(identity, ocr.name)

    def keep(self, document: Document) -> None:
        """Index a document that a program made, and keep it as if it had been read from a file."""
        for _ in self._keeping(document):
            pass

    def _keeping(self, document: Document) -> Iterator[Indexing]:
        """Index `document` and store it whole, in one transaction."""
        steps = making(document, RECIPE)
        while True:
            try:
                yield Indexing(document.name, *next(steps))
            except StopIteration as end:
                made: Made = end.value
                break
        with self._store.writing() as connection:
            insert(connection, document, made)
