"""The child process: reads one file from its standard input and answers in lines of JSON.

    {"page": 3, "of": 61}       as often as there is progress
    {"refused": "..."}          at last, or
    {"document": {...}}         at last (see `agent.formats.wire`), or
    {"boxes": [...]}            at last, or {"png": "..."}: what was asked of one page of a PDF

It trusts itself with nothing: it cannot write files nor read others, reaches no network, starts
nothing (where the system can do that, see `agent.formats.sandbox`), and its memory and time are
limited.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from agent.errors import DocumentError
from agent.formats import formats, parse
from agent.formats.sandbox import confine, readable_folders
from agent.formats.wire import pack

_OPEN_FILES = 64
# A reader that ignores the end of its time is killed this much later, in seconds.
_GRACE_SECONDS = 2


def main() -> None:
    """Answer the request in the last argument: {"name", "memory_bytes", "cpu_seconds", ...}."""
    password = os.environ.get("LONGREAD_FILE_PASSWORD")  # noqa: TID251 - of the parent
    # The user's keys are none of its business. Cleared here and not kept from it at the start:
    # some Pythons need their environment to find their own libraries.
    os.environ.clear()  # noqa: TID251  # not read
    request = json.loads(sys.argv[-1])
    answers = _claim_stdout()
    formats()  # first, for importing may write byte code, and nothing can be written after this
    confine(readable_folders(request["agent"], request["path"]))
    _limit(request["memory_bytes"], request["cpu_seconds"])
    _send(answers, _answer(request, password, _reporter(answers)))
    # Without unwinding: nothing here is worth saving, and a parser that was fed rubbish may still
    # crash when it is taken apart.
    os._exit(0)


def _claim_stdout() -> BinaryIO:
    """Keep standard output for the answers; what C libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound what this process can take, where the system can do that (not on Windows)."""
    try:
        import resource  # noqa: PLC0415 - does not exist on Windows
    except ImportError:
        return
    for what, soft, hard in (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + _GRACE_SECONDS),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
    ):
        try:
            resource.setrlimit(what, (soft, hard))
        except (ValueError, OSError):
            # macOS refuses some, and a stricter limit may be in force; the parent watches as well.
            continue


def _reporter(answers: BinaryIO) -> Callable[[int, int], None]:
    return lambda page, of: _send(answers, {"page": page, "of": of})


def _answer(
    request: Mapping[str, Any], password: str | None, on_page: Callable[[int, int], None]
) -> Mapping[str, Any]:
    try:
        return _do(sys.stdin.buffer.read(), request, password, on_page)
    except DocumentError as error:
        traceback.print_exc()
        return {"refused": error.reason}
    except MemoryError:
        return {"refused": "needs more memory than it may take; split it into smaller files."}
    except Exception:  # noqa: BLE001 - a fault of ours or of a library costs this file only
        traceback.print_exc()
        return {"refused": "could not be read, for a fault in Longread; please report it."}


def _do(
    data: bytes,
    request: Mapping[str, Any],
    password: str | None,
    on_page: Callable[[int, int], None],
) -> Mapping[str, Any]:
    if "page_task" in request:
        from agent.formats.pdf_view import answer  # noqa: PLC0415 - needed for this task only

        return answer(data, request, password)
    name, allow_blank = request["name"], request.get("allow_blank", False)
    return {
        "document": pack(parse(data, name, on_page, password=password, allow_blank=allow_blank))
    }


def _send(answers: BinaryIO, message: Mapping[str, Any]) -> None:
    answers.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    answers.flush()
