"""Print `requirements.lock`: exact versions and hashes of what Longread and its checks need.

Run it with the Python of an environment in which the wanted versions are installed; what else is
installed there is left out. The hashes are those of the package index, of all files that the
platforms we know may take. Not in it: torch, of which there are builds for each kind of GPU, in
other indexes too, and what only other platforms need. `pip install .` adds them.
"""

import json
import re
import tomllib
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEAD = """\
# Exact versions and hashes of what Longread and its checks need; written by `make lock`.
# torch is pinned in pyproject.toml: its builds for GPUs and CPUs come from several indexes.
"""
INDEX = "https://pypi.org/simple"
LEFT_OUT = {"torch"}
_FORM = "application/vnd.pypi.simple.v1+json"  # PEP 691
# Files for Pythons before 3.11, other Pythons than CPython, and rare machines.
_UNUSED = re.compile(
    r"-(?:cp2\d|cp3\d|cp310)-cp|-pp\d+|-cp\d+t-|(?:s390x|ppc64le|i686|armv7l|riscv64|win32|loong)"
)


def pinned(wanted: list[str]) -> dict[str, str]:
    """Return name and version of each wanted requirement and of all it needs in turn."""
    versions: dict[str, str] = {}
    queue = [Requirement(text) for text in wanted]
    seen: set[tuple[str, frozenset[str]]] = set()
    while queue:
        requirement = queue.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found = distribution(name)
        versions[name] = found.version
        for text in found.requires or []:
            needed = Requirement(text)
            if _applies(needed, extras):
                queue.append(needed)
    return versions


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})


def hashes(name: str, version: str) -> list[str]:
    """Return the hashes of all files of a version, as the index states them."""
    address = f"{INDEX}/{name}/"  # https, whatever the name
    request = urllib.request.Request(address, headers={"Accept": _FORM})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        files = json.load(answer)["files"]
    own = re.compile(
        rf"{re.sub('[-_.]+', '[-_.]+', name)}-{re.escape(version)}(?:-|\.tar|\.zip)", re.IGNORECASE
    )
    found = [
        file["hashes"]["sha256"]
        for file in files
        if own.match(file["filename"]) and not _UNUSED.search(file["filename"])
    ]
    if not found:
        raise SystemExit(f"{INDEX} has no file of {name} {version}")
    return sorted(found)


def main() -> None:
    """Print the lock."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    versions = {
        name: version.split("+")[0]
        for name, version in sorted(pinned(wanted).items())
        if name not in LEFT_OUT
    }
    with ThreadPoolExecutor(8) as pool:
        of_each = list(pool.map(hashes, versions, versions.values()))
    print(HEAD, end="")
    for (name, version), each in zip(versions.items(), of_each, strict=True):
        print(" \\\n    ".join([f"{name}=={version}", *(f"--hash=sha256:{h}" for h in each)]))


if __name__ == "__main__":
    main()
