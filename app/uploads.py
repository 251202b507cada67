"""Uploaded files on their way into the library: streamed to disk, read from there, removed."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
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
        content: its bytes, which are read once.
    """

    name: str
    content: BinaryIO


@contextlib.contextmanager
def on_disk(upload: Upload, home: Path) -> Iterator[Path]:
    """Keep `upload` in a file below `home` while it is read, and no copy in memory.

    Raises:
        LibraryError: if it cannot be written there.
    """
    with contextlib.ExitStack() as folders:
        try:
            folder = folders.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX, dir=home))
            path = Path(folder) / "file"
            with path.open("xb") as file:
                shutil.copyfileobj(upload.content, file, _COPY_BYTES)
        except OSError as error:
            raise LibraryError(
                f"{upload.name} could not be kept in {home} ({error.strerror}); "
                "free some space or check the rights of that folder, then drop it again.",
            ) from error
        finally:
            upload.content.close()
        yield path


def clear_leftovers(home: Path) -> None:
    """Remove uploads below `home` that a killed server left more than a day ago."""
    oldest = time.time() - _LEFTOVER_SECONDS
    for folder in home.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another server may be removing it
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)
