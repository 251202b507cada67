"""Files of many formats into documents; the folder is the registry.

A format is one module of this folder with a `FORMAT`: adding the file is all it takes.
"""

import functools
import hashlib
import importlib
import pkgutil
from pathlib import PurePath

from agent.document import Document
from agent.errors import DocumentError
from agent.formats.base import Format, NotTaken, OnPage, Parsed, Refused
from agent.formats.kinds import refuse_known
from agent.formats.unseen import without_unseen

# Raised whenever the text, the pages or the headings of some file come out otherwise than before.
FORMATS_VERSION = 6

_FALLBACK = "text"


# The two ends of the child process: of no use inside of it, and dear to import.
_NO_FORMATS = (".child", ".isolate")


@functools.cache
def formats() -> tuple[Format, ...]:
    """Return every format there is, by name."""
    names = (module.name for module in pkgutil.iter_modules(__path__, f"{__name__}."))
    modules = [importlib.import_module(name) for name in names if not name.endswith(_NO_FORMATS)]
    found = (getattr(module, "FORMAT", None) for module in modules)
    return tuple(sorted(filter(None, found), key=lambda format_: format_.name))


def parse(
    data: bytes,
    name: str,
    on_page: OnPage,
    *,
    password: str | None = None,
    allow_blank: bool = False,
) -> Document:
    """Read a file in this process; for files of strangers use `agent.formats.isolate`.

    Args:
        data: the file's bytes, whose SHA-256 becomes the document's id.
        name: the file's name; its suffix counts only where the bytes do not tell the format.
        on_page: called with (pages done, pages in all), the last time with all of them done.
        password: opens the file if it is locked.
        allow_blank: take a document without text, as one of scans is.

    Raises:
        DocumentError: if the file cannot be taken; says why and what would help.
    """
    try:
        format_, parsed = _read(data, name, on_page, password)
        parsed = without_unseen(parsed)
        _refuse_blank(parsed, allow_blank=allow_blank)
    except NotTaken as error:
        raise DocumentError(name, f"{error.reason}; taken are {_titles()}.") from error
    except Refused as error:
        raise DocumentError(name, error.reason) from error
    on_page(len(parsed.pages), len(parsed.pages))
    return Document(
        id=hashlib.sha256(data).hexdigest(),
        name=name,
        format=format_.name,
        engine=parsed.engine,
        text=parsed.text,
        pages=parsed.pages,
        headings=parsed.headings,
        notes=parsed.notes,
        attachments=parsed.attachments,
    )


def _read(data: bytes, name: str, on_page: OnPage, password: str | None) -> tuple[Format, Parsed]:
    format_ = _choose(data, name)
    if password and format_.unlock:
        return format_, format_.unlock(data, on_page, password)
    return format_, format_.parse(data, on_page)


def _refuse_blank(parsed: Parsed, *, allow_blank: bool) -> None:
    if not allow_blank and not parsed.text.strip():
        raise Refused(parsed.blank)


def _choose(data: bytes, name: str) -> Format:
    """Tell the format by the bytes, then by the suffix; what is left can only be plain text."""
    if not data.strip():
        raise Refused("is empty; check that it was saved or downloaded whole.")
    for format_ in formats():
        if format_.sniff(data):
            return format_
    refuse_known(data)
    suffix = PurePath(name).suffix.lower()
    for format_ in formats():
        if suffix in format_.suffixes:
            return format_
    return next(format_ for format_ in formats() if format_.name == _FALLBACK)


def _titles() -> str:
    *titles, last = (format_.title for format_ in formats())
    return f"{', '.join(titles)} and {last}"
