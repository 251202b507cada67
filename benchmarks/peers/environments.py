"""Environments of the peers: made once, each in a folder of its own, never dependencies of ours."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import platformdirs

ENVIRONMENTS: Final = {
    "qwen-agent": ("qwen-agent[rag]==0.0.34", "soundfile", "tqdm"),
    "langchain": (
        "torch==2.13.0",
        "langchain-community",
        "langchain-huggingface",
        "langchain-openai",
        "langchain-text-splitters",
        "sentence-transformers",
        "faiss-cpu",
        "pypdf",
    ),
}
_READY: Final = "ready"
_VERSIONS: Final = (
    "import sys; from importlib.metadata import version; "
    "print(*(f'{name} {version(name)}' for name in sys.argv[1:]), sep=', ')"
)


def environment(name: str) -> Path:
    """Return the Python of a peer's environment, made and filled first if need be (minutes)."""
    folder = platformdirs.user_cache_path("longread-peers") / name
    python = folder / "bin" / "python"
    if not (folder / _READY).exists():
        print(f"Installing {name} into {folder} ...", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([str(python), *install, *ENVIRONMENTS[name]], check=True)
        (folder / _READY).touch()
    return python


def versions(python: Path, packages: Sequence[str]) -> str:
    """Return the versions of packages in an environment."""
    command = [str(python), "-c", _VERSIONS, *packages]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return said.stdout.strip()
