"""Downloads a model of the catalogue into the hub cache; the only code here that goes online.

huggingface_hub keeps the files it has finished, but throws the one away that a broken connection or
a stopped process leaves half done, and weights come in files of 4 GB. So the large files are
fetched first, each continued where it ended and then held against its SHA-256, and huggingface_hub
puts the snapshot together around them.
"""

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, Literal, Self

from model.catalog import CatalogModel
from model.errors import WeightsError
from model.fit import GIB
from model.folder import FILES, check_folder, find_snapshot, repository_folder

Progress = Callable[[int, int], None]
"""Is told the bytes that are here and the bytes there will be."""

Presence = Literal["whole", "half-downloaded", "absent"]

_SPARE_BYTES: Final = GIB  # of disk, to be left free


@dataclass(frozen=True, slots=True)
class _File:
    """A large file of a repository."""

    name: str
    size: int  # bytes
    sha256: str


def presence(entry: CatalogModel, *, hub_cache: Path | None = None) -> tuple[Presence, str]:
    """Say whether a model is in the hub cache, and its folder or what is missing from it."""
    folder = find_snapshot(entry.hub_name, hub_cache=hub_cache)
    if folder is not None:
        try:
            check_folder(folder)
        except WeightsError as error:
            return "half-downloaded", str(error)
        return "whole", str(folder)
    blobs = repository_folder(entry.hub_name, hub_cache=hub_cache) / "blobs"
    if blobs.is_dir() and any(blobs.iterdir()):
        return "half-downloaded", f"{blobs} holds parts of it"
    return "absent", ""


def download(
    entry: CatalogModel,
    *,
    hub_cache: Path | None = None,
    endpoint: str | None = None,
    progress: Progress,
) -> Path:
    """Download a model, or what is missing of it, and check it.

    Args:
        entry: which one.
        hub_cache: the hub cache folder; None takes the one huggingface_hub uses.
        endpoint: the hub's address; None takes the one huggingface_hub uses (HF_ENDPOINT).
        progress: told of the large files only, which are all but a thousandth.

    Returns:
        Its folder.

    Raises:
        WeightsError: the hub cannot be reached or lacks it, the disk is too small, or the
            connection broke for good; what has come is kept, and another call goes on from there.
    """
    with _online():
        try:
            folder = _download(entry, hub_cache, endpoint, progress)
        except WeightsError:
            raise
        # huggingface_hub raises its own errors, those of its HTTP library and those of files.
        except Exception as error:
            raise WeightsError(_say_why(entry, error)) from error
    check_folder(folder)
    return folder


def _download(
    entry: CatalogModel, hub_cache: Path | None, endpoint: str | None, progress: Progress
) -> Path:
    from huggingface_hub import hf_hub_url, snapshot_download  # noqa: PLC0415  only needed here
    from huggingface_hub.utils._fixes import WeakFileLock  # noqa: PLC0415  the lock it takes itself
    from huggingface_hub.utils.tqdm import disable_progress_bars  # noqa: PLC0415

    name = entry.hub_name
    blobs = repository_folder(name, hub_cache=hub_cache) / "blobs"
    revision, files = _large_files(name, endpoint)
    wanted = [file for file in files if not (blobs / file.sha256).exists()]
    total, missing = sum(file.size for file in files), sum(file.size for file in wanted)
    parts = [blobs / f"{file.sha256}.incomplete" for file in wanted]
    blobs.mkdir(parents=True, exist_ok=True)
    begun = sum(part.stat().st_size for part in parts if part.exists())
    _check_room(blobs, missing - begun)
    here = total - missing
    locks = blobs.parent.parent / ".locks" / blobs.parent.name  # where huggingface_hub has its own
    locks.mkdir(parents=True, exist_ok=True)
    for file, part in zip(wanted, parts, strict=True):

        def tell(count: int, before: int = here) -> None:
            progress(before + count, total)

        url = hf_hub_url(name, file.name, revision=revision, endpoint=endpoint)
        with WeakFileLock(locks / f"{file.sha256}.lock"):
            if not (blobs / file.sha256).exists():  # another process may have been faster
                _fetch(url, part, file, tell)
                part.replace(blobs / file.sha256)
        here += file.size
    progress(here, total)
    with disable_progress_bars():
        folder = snapshot_download(
            name, cache_dir=hub_cache, endpoint=endpoint, allow_patterns=list(FILES), token=False
        )
    return Path(folder)


def _large_files(hub_name: str, endpoint: str | None) -> tuple[str, list[_File]]:
    """Ask the hub for the current revision of a model and the large files it consists of."""
    from huggingface_hub import HfApi  # noqa: PLC0415

    # Nobody's key is sent: these models are open.
    info = HfApi(endpoint=endpoint, token=False).model_info(hub_name, files_metadata=True)
    files = [
        _File(file.rfilename, file.lfs.size, file.lfs.sha256)
        for file in info.siblings or []
        if file.lfs is not None and any(fnmatch(file.rfilename, kind) for kind in FILES)
    ]
    return info.sha or "main", sorted(files, key=lambda file: file.name)


def _check_room(folder: Path, wanted_bytes: int) -> None:
    """Refuse a download that would fill the disk."""
    free = shutil.disk_usage(folder).free
    if wanted_bytes + _SPARE_BYTES > free:
        raise WeightsError(
            f"{folder.parent.parent} has {free / GIB:.1f} GiB free, but the download needs "
            f"{wanted_bytes / GIB:.1f} GiB and {_SPARE_BYTES / GIB:.0f} to spare: free some, or "
            "set HF_HUB_CACHE to a folder on a larger disk"
        )


def _fetch(url: str, part: Path, file: _File, tell: Callable[[int], None]) -> None:
    """Fetch one file, going on after what is there of it, and check it by its SHA-256."""
    from huggingface_hub.file_download import http_get  # noqa: PLC0415
    from huggingface_hub.utils._headers import build_hf_headers  # noqa: PLC0415

    with part.open("ab") as stream:
        http_get(
            url,
            stream,
            resume_size=stream.tell(),
            headers=build_hf_headers(token=False),
            expected_size=file.size,
            tqdm_class=_teller(tell),
        )
    with part.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != file.sha256:
        part.unlink()
        raise WeightsError(f"{file.name} was damaged on its way: run the same command again")


def _teller(tell: Callable[[int], None]) -> type:
    """Make a class that huggingface_hub takes for a progress bar and that passes bytes on."""

    class Teller:
        def __init__(self, *_: object, initial: int = 0, **__: object) -> None:
            self._bytes = initial

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, count: float | None = 1) -> None:
            self._bytes += int(count or 0)
            tell(self._bytes)

    return Teller


@contextmanager
def _online() -> Iterator[None]:
    """Let huggingface_hub go online for a while, and report nothing about who uses it.

    It reads HF_HUB_OFFLINE and HF_HUB_DISABLE_TELEMETRY once, at its import, into these constants,
    and looks at them on each request.
    """
    from huggingface_hub import constants  # noqa: PLC0415

    before = constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY
    constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY = False, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE, constants.HF_HUB_DISABLE_TELEMETRY = before


def _say_why(entry: CatalogModel, error: Exception) -> str:
    """Say in one sentence why a download failed."""
    from huggingface_hub.errors import (  # noqa: PLC0415
        HfHubHTTPError,
        RepositoryNotFoundError,
    )

    name = entry.hub_name
    if isinstance(error, RepositoryNotFoundError):
        return f"the hub has no {name}, or not for everyone: check HF_ENDPOINT if you have set it"
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        return f"the hub answered {status} when asked for {name}: run the same command again later"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk is full: free some of it and run the command again, {name} goes on"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be written ({error.strerror}): set HF_HUB_CACHE elsewhere"
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return (
        f"the connection to the hub failed ({reason}): check the network and run the same command "
        f"again, {name} goes on from where it is"
    )
