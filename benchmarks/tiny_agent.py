"""Print what the agent finds with the tiny reader in documents of up to a million tokens.

    python -m benchmarks.tiny_agent [--lengths 10000,100000,1000000] [--samples 1]

The tiny reader (`docs/tiny-reader.md`) holds 512 tokens of its own; the agent carries it through
the rest, by searching and by reading every window. It knows no prompt but its own, so extraction is
asked for in that; all else is as for any model: windows, many at once, quotes checked, pages.
Results are kept in `benchmarks/results/tiny_agent.json`; what is there is not done again.
"""

import argparse
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path

import torch

from agent.evaluation.examine import Tried, examine
from agent.evaluation.needle_test import NeedleTest, make_batches
from agent.evaluation.results import Results
from agent.evaluation.subject import ThroughAgent
from agent.evaluation.trial import Result
from agent.evidence import Excerpt
from agent.readers.base import Extraction
from agent.readers.claims import read_quotes
from agent.readers.quoting import QuotingReader
from agent.readers.speaking import say_whole
from app.grid import as_text, grids
from app.machine import machine_and_versions
from model.qwen2 import ChatQwen2

READER = Path(__file__).parents[1] / "tests" / "fixtures" / "tiny_reader"
RESULTS = Path(__file__).parent / "results" / "tiny_agent.json"
STRATEGIES = ("retrieve", "sweep")
ANSWER_TOKENS = 72


class TinyReader(QuotingReader):
    """Reads with the tiny model; answers with the quotes that were found, as they stand."""

    name = "tiny reader"
    identity = "tiny reader"
    window_tokens = 200  # Longread's own count, which is less than the tiny vocabulary's
    at_once = 8

    def __init__(self, model: ChatQwen2) -> None:
        self._model = model

    @classmethod
    def load(cls) -> "TinyReader":
        """Return the tiny reader of the tests, on one thread of the processor."""
        torch.set_num_threads(1)
        return cls(ChatQwen2.from_folder(READER, device="cpu", max_tokens=ANSWER_TOKENS))

    def extract(
        self, question: str, excerpts: Sequence[Excerpt]
    ) -> Generator[None, None, Extraction]:
        """Ask in the prompt it was trained on; what it quotes is a claim like any other."""
        read = " ".join(" ".join(excerpt.text.split()) for excerpt in excerpts)
        reply, ending = yield from say_whole(self._model, self.name, f"{read}\n\n{question}")
        return Extraction(tuple(read_quotes(reply)), ending.usage)


def main() -> None:
    """Do what is not done yet, and print all of it."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--lengths", default="10000,100000,1000000")
    options.add_argument("--samples", type=int, default=1)
    options.add_argument("--strategies", default=",".join(STRATEGIES))
    given = options.parse_args()
    test = NeedleTest([int(n) for n in given.lengths.split(",")], samples=given.samples)
    done = measure(test, given.strategies.split(","), Results(RESULTS))
    print("\n\n".join(map(as_text, grids(done))))


def measure(test: NeedleTest, strategies: Sequence[str], results: Results) -> list[Result]:
    """Do all trials that are not done yet; return what came of all."""
    reader, done = TinyReader.load(), []
    for strategy in strategies:
        with tempfile.TemporaryDirectory() as home:
            subject = ThroughAgent(strategy, Path(home), reader)
            batches = make_batches(test, subject)
            for event in examine(subject, batches, results, made_on=machine_and_versions()):
                if isinstance(event, Tried):
                    done.append(event.result)
                    print(f"{strategy}: {event.done} of {event.total}", file=sys.stderr)
    return done


if __name__ == "__main__":
    main()
