"""Whose documents are whose, and what each person calls them.

The library keeps one copy of a file however many people drop it, under the name it was last given;
what a person sees is the name that it has for them.
"""

from app.jobs.file import JournalFile


class Owners:
    """What the journal knows of people and documents."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def own(self, owner: str, document: str, name: str) -> None:
        """Note that a document came from this owner, under this name."""
        with self._file.writing(durable=True) as connection:
            connection.execute("INSERT OR IGNORE INTO owned VALUES (?, ?)", (owner, document))
        self.call(owner, document, name)

    def call(self, owner: str, document: str, name: str) -> None:
        """Give a document a name, for this owner alone."""
        with self._file.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO called VALUES (?, ?, ?)", (owner, document, name)
            )

    def disown(self, owner: str, document: str) -> bool:
        """Forget that a document is this owner's; return whether it is nobody's now."""
        with self._file.writing() as connection:
            for table in ("owned", "called"):
                connection.execute(
                    f"DELETE FROM {table} WHERE owner = ? AND document = ?",  # noqa: S608 - ours
                    (owner, document),
                )
            others = connection.execute("SELECT 1 FROM owned WHERE document = ?", (document,))
            return others.fetchone() is None

    def disown_all(self, document: str) -> None:
        """Forget whose a document is, and what it is called."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM owned WHERE document = ?", (document,))
            connection.execute("DELETE FROM called WHERE document = ?", (document,))

    def owned(self) -> dict[str, set[str]]:
        """Return for each document that came through the page, whom it belongs to."""
        owners: dict[str, set[str]] = {}
        with self._file.reading() as connection:
            for owner, document in connection.execute("SELECT owner, document FROM owned"):
                owners.setdefault(document, set()).add(owner)
        return owners

    def names(self, owner: str) -> dict[str, str]:
        """Return what documents are called by this owner."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT document, name FROM called WHERE owner = ?", (owner,))
            return dict(rows.fetchall())
