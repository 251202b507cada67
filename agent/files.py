"""The files of documents whose pages can be shown, kept beside the library's database.

A file is called by the SHA-256 of its bytes, which is the document's id. It is put in place whole:
written under another name first, and moved once its bytes are those that were read.
"""

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agent.errors import DocumentError, LibraryError

SHOWN: Final = frozenset({"pdf"})
"""Formats whose pages can be shown as pictures."""

_FOLDER: Final = "files"
_UNFINISHED: Final = "unfinished-"
_AT_WORK_SECONDS: Final = 3600
_COPY_BYTES: Final = 1 << 20


class KeptFiles:
    """The files kept in a library's folder.

    Args:
        home: the library's folder.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / _FOLDER

    def find(self, identity: str) -> Path | None:
        """Return where the file of a document lies, None if it was not kept."""
        path = self._folder / identity
        return path if path.is_file() else None

    def keep(self, identity: str, source: Path, name: str) -> None:
        """Copy the file of a document, unless it is there.

        Raises:
            DocumentError: if it is not the file that was read any more.
            LibraryError: if it cannot be written.
        """
        if self.find(identity):
            return
        try:
            self._folder.mkdir(exist_ok=True)
            handle, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=self._folder)
            with contextlib.ExitStack() as undo:
                undo.callback(Path(unfinished).unlink, missing_ok=True)
                digest = _copy(source, handle)
                if digest != identity:
                    raise DocumentError(name, "changed while it was being read; add it again.")
                Path(unfinished).replace(self._folder / identity)
        except OSError as error:
            raise LibraryError(
                f"{name} could not be kept in {self._home} ({error.strerror}); "
                "free some space or check the rights of that folder, then add it again.",
            ) from error

    def forget(self, identities: Iterable[str]) -> None:
        """Remove the files of documents.

        Raises:
            LibraryError: if one cannot be removed.
        """
        for identity in identities:
            try:
                (self._folder / identity).unlink(missing_ok=True)
            except OSError as error:
                raise LibraryError(
                    f"{self._folder / identity} could not be removed ({error.strerror}); "
                    "check the rights of that folder, then run `longread doctor --repair`.",
                ) from error

    def strangers(self, identities: Iterable[str]) -> list[str]:
        """Return what lies there of no document, as a run that was killed may leave it.

        What is an hour old or less may belong to a run at work.
        """
        known, latest = set(identities), time.time() - _AT_WORK_SECONDS
        found = (path for path in self._folder.glob("*") if path.name not in known)
        return sorted(path.name for path in found if path.stat().st_mtime < latest)


def _copy(source: Path, handle: int) -> str:
    """Copy to an open file, see it safely on the disk, and return the SHA-256 of its bytes."""
    digest = hashlib.sha256()
    with os.fdopen(handle, "wb") as target, source.open("rb") as file:
        while block := file.read(_COPY_BYTES):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()
