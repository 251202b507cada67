"""Print what the tiny reader finds alone, in its window and beyond it, by how that is stretched.

    python -m benchmarks.tiny_in_context

This is `longread needle --model tests/fixtures/tiny_reader --strategy in-context`, once without any
extension of its window of 512 tokens, once with YARN, once with dual chunks. Results and picture
are kept in `benchmarks/results/tiny_in_context.*`; what is there is not done again.
"""

from pathlib import Path

import click
import torch

from app.needle import needle
from benchmarks.tiny_agent import READER

RESULTS = Path(__file__).parent / "results" / "tiny_in_context.json"
EXTENSIONS = ("none", "yarn", "dual_chunk")
LENGTHS = "512,1024,2048"
SAMPLES = "8"


def main(out: Path = RESULTS) -> None:
    """Do what is not done yet, and print all of it."""
    torch.set_num_threads(1)
    common = ["--model", str(READER), "--strategy", "in-context", "--lengths", LENGTHS]
    common += ["--samples", SAMPLES, "--out", str(out)]
    for extension in EXTENSIONS:
        context = needle.make_context("needle", [*common, "--extension", extension])
        with context:
            needle.invoke(context)
        click.echo()


if __name__ == "__main__":
    main()
