"""Print what keywords are worth where question and document are in different languages.

    python -m benchmarks.keywords FOLDER

FOLDER is ml_xquad (github.com/google-deepmind/xquad): the same questions in many languages. All
English texts are one document. Asked: how often the question's own words hold so little that a
reader is asked for keywords. Found: how often a passage of the right text is among the sixteen that
are read, by the question's own words, and with the English question for keywords: what a reader
that translates well would come to, and no more.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent import Library
from agent.document import Document, Page
from agent.index.base import Hit
from agent.querying import ENOUGH, in_turn, share_held
from agent.readers.quoting import QuotingReader
from agent.run import Run
from agent.strategies.retrieve import PASSAGES

LANGUAGES = ("en", "de", "es", "ru", "tr", "vi", "zh", "ar", "hi", "th")
EVERY = 4  # questions; all of them say the same


def paragraphs(folder: Path, language: str) -> Iterator[dict]:
    """Yield the texts with their questions, in the same order in every language."""
    data = json.loads((folder / f"xquad.{language}.json").read_text("utf-8"))["data"]
    for article in data:
        yield from article["paragraphs"]


def as_document(texts: Sequence[str]) -> Document:
    """Make one document with a text a page."""
    pages, start = [], 0
    for number, text in enumerate(texts, start=1):
        pages.append(Page(number, str(number), start, start + len(text)))
        start += len(text)
    whole = "".join(texts)
    identity = hashlib.sha256(whole.encode()).hexdigest()
    return Document(identity, "xquad.txt", "text", "benchmark", whole, tuple(pages))


def is_on(page: Page, hits: Sequence[Hit]) -> bool:
    """Whether any of the passages found touches the page."""
    spans = [hit.passage.span for hit in hits]
    return any(span.start < page.end and span.end > page.start for span in spans)


def main(folder: Path) -> None:
    """Print a row for each language."""
    english = list(paragraphs(folder, "en"))
    document = as_document([f"{each['context']}\n\n" for each in english])
    asked = {
        q["id"]: (q["question"], page)
        for each, page in zip(english, document.pages, strict=True)
        for q in each["qas"]
    }
    with tempfile.TemporaryDirectory() as home:
        library = Library(Path(home))
        library.keep(document)
        run = Run("", library, (document.id,), QuotingReader())
        print("| questions in | asked for keywords, % | found by own words, % | with keywords, % |")
        print("|---|---|---|---|")
        for language in LANGUAGES:
            rows = [
                _row(run, q["question"], *asked[q["id"]])
                for each in paragraphs(folder, language)
                for q in each["qas"][::EVERY]
            ]
            shares = [100 * sum(column) / len(rows) for column in zip(*rows, strict=True)]
            print(f"| {language} | " + " | ".join(f"{share:.0f}" for share in shares) + " |")


def _row(run: Run, question: str, english: str, page: Page) -> tuple[bool, bool, bool]:
    hits = run.library.search(question, run.documents, PASSAGES)
    is_asked = share_held(run, hits) < ENOUGH
    both = in_turn([hits, run.library.search(english, run.documents, PASSAGES)])[:PASSAGES]
    return is_asked, is_on(page, hits), is_on(page, both if is_asked else hits)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
