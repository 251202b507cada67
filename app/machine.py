"""What something was measured on: processor, cores, versions."""

import functools
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("longread", "torch", "transformers")


def machine() -> str:
    """Return the processor, its cores and the version of Python."""
    cpuinfo = Path("/proc/cpuinfo")
    model = platform.processor() or platform.machine()
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line for line in lines if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


@functools.cache
def machine_and_versions() -> str:
    """Return the machine, and the versions that answers depend on."""
    return "; ".join([machine(), *filter(None, map(_named, _PACKAGES))])


def _named(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""
