"""A sweep with a model that does read: the tiny reader, with nothing scripted.

It knows no prompt but its own (`docs/tiny-reader.md`), so its extraction is asked for in that; all
else is as for any model: windows, hosting, many at once, quotes checked, pages.
"""

import random
from pathlib import Path

import pytest
import torch

from agent import Library, ask
from agent.readers.base import Extraction
from agent.readers.claims import read_quotes
from agent.readers.quoting import QuotingReader
from agent.readers.speaking import say_whole
from model.qwen2 import ChatQwen2
from scripts.train_tiny_reader import corpus
from tests.agent.strategies.planted import answer_of
from tests.make import make_document

TINY = Path(__file__).parents[2] / "fixtures" / "tiny_reader"
DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
PAGES = 48
SENTENCES_A_PAGE = 12
READER_TOKENS = 512  # its window
SEED = 4_000_000  # neither of training nor of the benchmark


class TinyReader(QuotingReader):
    """Reads with the tiny model; answers with the quotes that were found, as they stand."""

    name = "tiny reader"
    identity = "tiny reader"
    window_tokens = 200  # Longread's own count, which is less than the tiny vocabulary's
    at_once = 8

    def __init__(self, model):
        self._model = model

    def extract(self, question, excerpts):
        read = " ".join(" ".join(excerpt.text.split()) for excerpt in excerpts)
        reply, ending = yield from say_whole(self._model, self.name, f"{read}\n\n{question}")
        return Extraction(tuple(read_quotes(reply)), ending.usage)


@pytest.fixture(scope="module")
def planted():
    """Return a document of many windows, and the needle planted at each depth with its page."""
    rng = random.Random(SEED)  # noqa: S311  text, no secret
    pages = [
        [corpus.make_sentence(rng) for _ in range(SENTENCES_A_PAGE)] for _ in range(PAGES)
    ]  # fmt: skip
    needles = {}
    for depth, key in zip(DEPTHS, corpus.make_keys(rng, len(DEPTHS)), strict=True):
        needle = corpus.make_needle(rng, key)
        page = round(depth * (PAGES - 1))
        pages[page].insert(rng.randint(2, SENTENCES_A_PAGE - 2), needle.text)
        needles[depth] = needle, page + 1
    return make_document(*(" ".join(page) + "\n\n" for page in pages)), needles


@pytest.fixture(scope="module")
def reader():
    torch.set_num_threads(1)
    return TinyReader(ChatQwen2.from_folder(TINY, device="cpu", max_tokens=72))


def test_needles_at_every_depth_are_found_and_quoted_to_their_page(planted, reader, tmp_path):
    document, needles = planted
    library = Library(tmp_path / "home")
    library._keep(document)
    right, strangers = 0, 0
    for needle, page in needles.values():
        question = f"What is the magic number of {needle.key}?"
        answer = answer_of(ask(question, document, library=library, model=reader, strategy="sweep"))
        assert answer.coverage.is_complete
        assert answer.usage.input_tokens > 10 * READER_TOKENS
        found = {(c.quote, c.page) for c in answer.citations}
        right += (needle.text, page) in found
        strangers += len(found - {(needle.text, page)})
    assert right >= 4
    assert strangers <= 3
