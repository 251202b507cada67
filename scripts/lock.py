"""Print `requirements.lock`: the exact versions of everything Longread and its checks need.

Run it with the Python of an environment in which the wanted versions are installed; what else is
installed there is left out. Dependencies that only other platforms need are not pinned: pip adds
them there.
"""

import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEAD = """\
# Exact versions of everything Longread and its checks need; written by `make lock`.
# torch stands here without CUDA's packages: pip brings those that its own wheel asks for.
"""


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


def main() -> None:
    """Print the lock."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    print(HEAD, end="")
    for name, version in sorted(pinned(wanted).items()):
        print(f"{name}=={version.split('+')[0]}")


if __name__ == "__main__":
    main()
