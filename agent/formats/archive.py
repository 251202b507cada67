"""The gate every zip file passes before a parser sees it."""

import io
import lzma
import zipfile
import zlib

from agent.formats.base import Refused

MAX_ENTRIES = 10_000
MAX_INFLATED_BYTES = 300_000_000
# A ratio says nothing about a small file: blank forms reach 1,000 to 1.
MAX_RATIO = 200
_RATIO_FROM_BYTES = 10_000_000
_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1
# What zipfile and the decompressors under it raise on damaged or unusual archives.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Open a zip file whose members were all inflated once and found sound.

    Declared sizes are never believed: what comes out is counted.

    Raises:
        Refused: if it is damaged, encrypted, or built to fill memory or to write elsewhere.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise _damaged() from error
    members = archive.infolist()
    if len(members) > MAX_ENTRIES:
        raise Refused(
            f"holds {len(members):,} parts, more than the {MAX_ENTRIES:,} that are taken."
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Refused("is protected by a password; save a copy without it.")
    _refuse_strange_names([member.filename for member in members])
    limit = min(MAX_INFLATED_BYTES, max(_RATIO_FROM_BYTES, len(data) * MAX_RATIO))
    for member in members:
        limit -= _inflated_bytes(archive, member, limit)
    return archive


def member_names(data: bytes) -> list[str]:
    """Return what a zip file lists, or nothing if it is no zip file."""
    if not data.startswith(b"PK"):
        return []
    try:
        return zipfile.ZipFile(io.BytesIO(data)).namelist()
    except _BROKEN:
        return []


def _damaged() -> Refused:
    return Refused("is damaged: it cannot be unpacked; get or save it again.")


def _refuse_strange_names(names: list[str]) -> None:
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            raise Refused(f"holds a part that points outside of it ({name!r}); not taken.")
    if len(set(names)) < len(names):
        raise Refused("holds two parts of the same name; get or save it again.")


def _inflated_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> int:
    """Inflate one member and count its bytes.

    Raises:
        Refused: as soon as it has more than `limit`, or if it is damaged.
    """
    size = 0
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    raise Refused("unpacks to far more than its size, as a zip bomb does.")
    except _BROKEN as error:
        raise _damaged() from error
    return size
