"""Walls around the child that parses: it can read what its parsers are made of, and nothing else.

On Linux Landlock (kernel 5.13 and newer, docs.kernel.org/userspace-api/landlock.html) takes the
file system away but for the folders named, and TCP with it (6.7); a network namespace of its own
takes the rest of the network. Where a wall cannot be built, as on macOS and Windows or where the
system forbids it, the child goes on without it: `longread doctor` says which walls stand.
"""

import contextlib
import ctypes
import os
import stat
import sys
from collections.abc import Iterable, Sequence
from typing import Final

FILES, NETWORK = "files", "network"

# Numbers of these system calls are the same on all architectures, for they are newer than that.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights on files each version knows
_NETWORK_VERSION, _TCP = 4, 0b11  # to bind and to connect

# Beside Python's own: libraries in C, fonts, time zones, and devices without a memory.
_SYSTEM: Final = (
    "/usr",
    "/lib",
    "/lib64",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/null",
    "/dev/urandom",
)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def confine(readable: Iterable[str]) -> tuple[str, ...]:
    """Take from this process, for good, all files but these and all network; return what could be.

    What is open already stays open. Must be called while there is one thread only.

    Args:
        readable: folders and files that may still be read, with all that is in them.
    """
    if not sys.platform.startswith("linux"):
        return ()
    # First the network: behind Landlock's wall there is none left that could be unshared.
    walls = [wall for wall, build in ((NETWORK, _unshare), (FILES, lambda: _close(readable)))
             if build()]  # fmt: skip
    return tuple(sorted(walls))


def readable_folders(agent: str, path: Sequence[str]) -> list[str]:
    """Return what parsers are made of: Python's own folders, packages, and the agent itself.

    Args:
        agent: the folder of the package `agent`.
        path: where modules are imported from; folders of other kinds, such as the one that a
            program was started in, are left out.
    """
    prefixes = tuple({sys.prefix, sys.base_prefix, sys.exec_prefix})
    packages = [
        entry
        for entry in path
        if entry.startswith(prefixes) or entry.endswith(("site-packages", "dist-packages", ".zip"))
    ]
    return [agent, *prefixes, *packages, *_SYSTEM]


def version() -> int:
    """Return which version of Landlock this system has, 0 for none."""
    if not sys.platform.startswith("linux"):
        return 0
    found = _system_call(_CREATE_RULESET, None, 0, _VERSION)
    return max(found, 0)


def _unshare() -> bool:
    """Leave all networks; return whether that could be done."""
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    return unshare is not None and unshare(_NEW_USER | _NEW_NETWORK) == 0


def _close(readable: Iterable[str]) -> bool:
    """Close the file system but for what may be read; return whether that could be done."""
    known = version()
    if not known:
        return False
    rights = (1 << max(count for since, count in _RIGHTS.items() if since <= known)) - 1
    wanted = _Ruleset(rights, _TCP if known >= _NETWORK_VERSION else 0)
    size = ctypes.sizeof(wanted) if known >= _NETWORK_VERSION else ctypes.sizeof(ctypes.c_uint64)
    ruleset = _system_call(_CREATE_RULESET, ctypes.byref(wanted), size, 0)
    if ruleset < 0:
        return False
    try:
        for place in dict.fromkeys(readable):
            _allow(ruleset, place)
        return (
            ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
            and _system_call(_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(ruleset)


def _allow(ruleset: int, place: str) -> None:
    """Let a folder with all that is in it be read, or a file; what is not there needs no right."""
    with contextlib.suppress(OSError):
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            allowed = _READ_FILE  # libraries are mapped, not run: nothing may be started
            if stat.S_ISDIR(os.fstat(opened).st_mode):
                allowed |= _READ_FOLDER
            rule = _Beneath(allowed, opened)
            _system_call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(opened)


def _system_call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(ctypes.c_long(number), *arguments))
