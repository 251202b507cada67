"""A sweep with a model that does read: the tiny reader, with nothing scripted.

It knows no prompt but its own (`docs/tiny-reader.md`), so its extraction is asked for in that; all
else is as for any model: windows, hosting, many at once, quotes checked, pages.
"""

import random

import pytest

from agent import Library, ask
from benchmarks.tiny_agent import TinyReader
from scripts.train_tiny_reader import corpus
from tests.agent.strategies.planted import answer_of
from tests.make import make_document

DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
PAGES = 48
SENTENCES_A_PAGE = 12
READER_TOKENS = 512  # its window
SEED = 4_000_000  # neither of training nor of the benchmark


@pytest.fixture(scope="module")
def planted():
    """Return a document of many windows, and the needle planted at each depth with its page."""
    rng = random.Random(SEED)
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
    return TinyReader.load()


def test_needles_at_every_depth_are_found_and_quoted_to_their_page(planted, reader, tmp_path):
    document, needles = planted
    library = Library(tmp_path / "home")
    library.keep(document)
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
