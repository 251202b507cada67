"""How far the search by meaning is: the page asks for it, the worker makes it and tells."""

from typing import Final

from pydantic import TypeAdapter

from app.filling import Documents, Meaning
from app.jobs.file import JournalFile

_MEANING: Final = TypeAdapter(Meaning)


class Meanings:
    """What the journal knows of the search by meaning."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def want(self, documents: Documents) -> None:
        """Have documents made ready to be searched by meaning; what failed is tried again."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO meaning VALUES (?, 1, ?)",
                (" ".join(documents), _MEANING.dump_json(Meaning(pending=True))),
            )

    def wanted(self) -> list[Documents]:
        """Return, once, the documents that are newly wanted so."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT documents FROM meaning WHERE is_new").fetchall()
        if rows:
            with self._file.writing() as connection:
                connection.executemany("UPDATE meaning SET is_new = 0 WHERE documents = ?", rows)
        return [tuple(documents.split()) for (documents,) in rows]

    def pending(self) -> list[Documents]:
        """Return the documents of which `tell` has not said yet that they are ready."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT documents, state FROM meaning").fetchall()
        read = _MEANING.validate_json
        return [tuple(documents.split()) for documents, state in rows if read(state).pending]

    def tell(self, documents: Documents, meaning: Meaning) -> None:
        """Note how far the search by meaning is."""
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE meaning SET state = ? WHERE documents = ?",
                (_MEANING.dump_json(meaning), " ".join(documents)),
            )

    def meaning(self, documents: Documents) -> Meaning:
        """Return how far the search by meaning is."""
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT state FROM meaning WHERE documents = ?", (" ".join(documents),)
            ).fetchone()
        return _MEANING.validate_json(row[0]) if row else Meaning()
