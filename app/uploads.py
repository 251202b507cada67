"""Uploaded files on their way into the library: streamed to disk, read from there, removed."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from agent.errors import LibraryError

_PREFIX: Final = "upload-"
_COPY_BYTES: Final = 1 << 20
_LEFTOVER_SECONDS: Final = 24 * 3600  # a younger folder may belong to another server at work


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a question.

    Attributes:
        name: what the person calls it; shown, and never used as a path.
        path: where its bytes wait to be read.
    """

    name: str
    path: Path


def keep_upload(name: str, content: BinaryIO, home: Path) -> Upload:
    """Keep a file below `home` until it is read, and empty `content`: no copy stays in memory.

    Raises:
        LibraryError: if it cannot be written there.
    """
    folder = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        with (folder / "file").open("xb") as file:
            shutil.copyfileobj(content, file, _COPY_BYTES)
    except OSError as error:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise LibraryError(
            f"{name} could not be kept in {home} ({error.strerror}); "
            "free some space or check the rights of that folder, then drop it again.",
        ) from error
    finally:
        empty(content)
    return Upload(name, folder / "file")


def empty(content: BinaryIO) -> None:
    """Leave nothing of a file in memory: Streamlit copies once more what it has handed over."""
    content.seek(0)
    content.truncate()


def forget_uploads(uploads: Iterable[Upload]) -> None:
    """Remove files that are read."""
    for upload in uploads:
        shutil.rmtree(upload.path.parent, ignore_errors=True)


def clear_leftovers(home: Path, waiting: Collection[Upload]) -> None:
    """Remove uploads below `home` of more than a day ago that no job waits for."""
    oldest = time.time() - _LEFTOVER_SECONDS
    needed = {upload.path.parent for upload in waiting}
    for folder in home.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another server may be removing it
            if folder not in needed and folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)
