"""What all visits to this server process share: the library, and the journal of jobs.

Not Streamlit's caches: any visitor can clear those.
"""

import functools
from dataclasses import dataclass

from agent import Library
from agent.entries import Entry
from app.jobs.journal import Journal
from app.settings import Settings
from app.wire import open_library


def shared_library(settings: Settings) -> Library:
    """Return the library, which is searched by the worker; here it is looked at.

    Raises:
        LibraryError: if it cannot be used; the next call tries again.
    """
    return _library(settings)


def shared_journal(settings: Settings) -> Journal:
    """Return the journal of the library's jobs.

    Raises:
        LibraryError: if it cannot be used; the next call tries again.
    """
    return _journal(settings)


def forget_shared() -> None:
    """Let the next visit open both anew, for they may have been moved or replaced."""
    _library.cache_clear()
    _journal.cache_clear()


@dataclass(frozen=True, slots=True)
class Visit:
    """What one run of the page has at hand.

    Attributes:
        owner: who is at the page.
        settings: of this server.
        library: all documents, as the owner calls them; `entries` says which of them may be shown.
        journal: all jobs; those of the owner may be shown.
    """

    owner: str
    settings: Settings
    library: Library
    journal: Journal

    @classmethod
    def of(cls, settings: Settings, owner: str) -> "Visit":
        """Open what a visit needs.

        Raises:
            LibraryError: if the library or the journal cannot be used.
        """
        journal = shared_journal(settings)
        library = shared_library(settings).called(journal.owners.names(owner))
        return cls(owner, settings, library, journal)

    def entries(self) -> list[Entry]:
        """Return the documents that the owner may see: their own, and those of nobody.

        The latter were added in a shell or in Python, by whoever owns this machine; where a proxy
        says who is there, that is somebody else.
        """
        owned = self.journal.owners.owned()
        nobodys = set[str]() if self.settings.user_header else {self.owner}
        entries = self.library.documents()
        return [entry for entry in entries if self.owner in owned.get(entry.id, nobodys)]


@functools.lru_cache(maxsize=1)
def _library(settings: Settings) -> Library:
    return open_library(settings)


@functools.lru_cache(maxsize=1)
def _journal(settings: Settings) -> Journal:
    return Journal(settings.home)
