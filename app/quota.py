"""How much people may upload: each of them, and all together.

Streamlit holds a file in memory from when it is dropped until it is handed in; from then on it lies
on the disk. Both have an end, for one person as for all.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from agent import Library
from app import strings
from app.identity import of_request
from app.jobs.journal import Journal
from app.settings import Limits, load_settings
from app.uploads import Upload

MEGABYTE: Final = 1_000_000
_UPLOADS: Final = "/_stcore/upload_file/"
_BYTES_A_TOKEN: Final = 4  # of a text, about


@dataclass(frozen=True, slots=True)
class Used:
    """What lies on the disk: documents that came through the page, and files that wait to be read.

    Attributes:
        by_person: bytes of each; a document that two have dropped counts for both.
        in_all: bytes of all, each document once.
    """

    by_person: Counter[str]
    in_all: int


def used(library: Library, journal: Journal) -> Used:
    """Count what lies on the disk."""
    tokens = {entry.id: entry.tokens for entry in library.documents()}
    by_person, in_all = Counter[str](), 0
    for identity, owners in journal.owners.owned().items():
        if identity in tokens:
            file = library.file(identity)
            size = _BYTES_A_TOKEN * tokens[identity] + (file.stat().st_size if file else 0)
            by_person.update(dict.fromkeys(owners, size))
            in_all += size
    for job in journal.open_jobs():
        size = sum(map(_size_of, job.submission.uploads))
        by_person[job.owner] += size
        in_all += size
    return Used(by_person, in_all)


def _size_of(upload: Upload) -> int:
    try:
        return upload.path.stat().st_size
    except OSError:  # read by now
        return 0


def refusal(library: Library, journal: Journal, owner: str, size: int, limits: Limits) -> str:
    """Say why files of so many bytes cannot be taken from this owner; "" if they can."""
    held = used(library, journal)
    if held.by_person[owner] + size > limits.person_mb * MEGABYTE:
        taken = held.by_person[owner] / MEGABYTE
        return strings.no_room_for_you(size / MEGABYTE, taken, limits.person_mb)
    if held.in_all + size > limits.all_mb * MEGABYTE:
        return strings.no_room(limits.all_mb)
    return ""


def in_memory() -> dict[str, int]:
    """Return how many bytes Streamlit holds of files, by session."""
    manager = st.runtime.get_instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        raise TypeError("files lie elsewhere than in Streamlit's memory: count them there")
    storage = list(manager.file_storage.items())
    return {session: sum(len(f.data) for f in list(files.values())) for session, files in storage}


@dataclass(slots=True)
class UploadQuota:
    """Refuses files that would take more memory than a person, or all, may have.

    Plain ASGI: Starlette's `BaseHTTPMiddleware` would wrap the bodies of uploads.

    Attributes:
        app: what serves the request.
        held: says how many bytes are in memory, by session.
        person_bytes: most of one person.
        all_bytes: most of all.
    """

    app: ASGIApp
    held: Callable[[], Mapping[str, int]] = in_memory
    person_bytes: int = 500 * MEGABYTE
    all_bytes: int = 2_000 * MEGABYTE
    _owners: dict[str, str] = field(default_factory=dict)  # by session of Streamlit
    _coming: Counter[str] = field(default_factory=Counter)  # bytes under way, by owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        is_upload = scope["type"] == "http" and scope["method"] == "PUT"
        if not (is_upload and scope["path"].startswith(_UPLOADS)):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        session = scope["path"].removeprefix(_UPLOADS).partition("/")[0]
        # Whoever came first with a session's file stays the one it counts for.
        person = of_request(load_settings(), request) or session
        owner = self._owners.get(session, person)
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or "transfer-encoding" in request.headers:
            response = PlainTextResponse(strings.NO_LENGTH, 411)
        elif self._is_too_much(owner, int(length)):
            response = PlainTextResponse(strings.TOO_MUCH_AT_ONCE, 413)
        else:
            self._coming[owner] += int(length)
            self._owners[session] = owner
            try:
                await self.app(scope, receive, send)
            finally:
                self._coming[owner] -= int(length)
                self._forget()
            return
        await response(scope, receive, send)

    def _forget(self) -> None:
        """Forget whose the sessions were of which nothing is held."""
        held = self.held()
        self._coming = +self._coming
        self._owners = {
            session: owner
            for session, owner in self._owners.items()
            if held.get(session) or self._coming[owner]
        }

    def _is_too_much(self, owner: str, size: int) -> bool:
        held = Counter(self._coming)
        for session, stored in self.held().items():
            held[self._owners.get(session, session)] += stored
        is_persons = held[owner] + size > self.person_bytes
        return is_persons or held.total() + size > self.all_bytes
