"""Long and odd documents that are not ours; skipped where they are not at hand."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from statistics import fmean

import pytest

from agent.errors import DocumentError
from agent.formats import parse
from agent.formats.isolate import parse_file
from tests.agent.formats.make import run
from tests.data import needs


def _read(pattern: str):
    return run(parse_file(needs(pattern)))[0]


def test_a_japanese_book_of_before_unicode_is_read():
    document = _read("books/ja_aozora_cp932/*.txt")
    assert document.engine == "python, cp932"
    assert "は猫である。名前はまだ無い。" in document.text.replace("\u3000", "").replace("\n", "")


def test_war_and_peace_is_read_whole_as_text_and_as_a_book():
    text = _read("books/gutenberg/en_war_and_peace.txt")
    book = _read("books/epub/war_and_peace*.epub")
    assert len(text.text) == 3_227_573
    assert len(book.pages) == 393
    words = "Genoa and Lucca are now just family estates of the Buonapartes"
    assert words in " ".join(text.text.split())
    assert words in " ".join(book.text.split())
    path = book.heading_path(book.text.index("are now just family estates"))
    assert path[-2:] == ("Part I", "I")


def test_a_quarterly_report_is_read_with_its_pages():
    document = _read("docugami_kgrag/sec-10-q/docs/2022 Q3 INTC.pdf")
    assert len(document.pages) == 61
    assert "change in allocation of stock-based\ncompensation" in document.text


def test_in_honest_reports_no_word_is_taken_for_hidden():
    for path in sorted(needs("docugami_kgrag/sec-10-q/docs").glob("*.pdf"))[::4]:
        assert {note.kind for note in run(parse_file(path))[0].notes} <= {"running"}


def test_odd_pdfs_are_taken_or_refused_with_a_sentence():
    for path in sorted(needs("pdf_robust").rglob("*.pdf"))[::60]:
        outcome = _outcome(path)
        assert outcome.strip()
        assert "fault" not in outcome


def _outcome(path: Path) -> str:
    try:
        return run(parse_file(path))[0].text[:80]
    except DocumentError as refusal:
        return refusal.reason


@pytest.mark.parametrize("kind", ["csv", "docx", "odf", "pptx", "xlsx"])
def test_no_word_of_office_documents_is_lost(kind):
    """What ours lacks of the reference text are names of pictures and of kinds of charts.

    Formulas are written as LaTeX there; comments beside slides and cells are not read, and
    not asked for.
    """
    folder = needs(f"formats/docling/{kind}")
    lost = total = 0
    for reference in sorted((folder / "groundtruth").iterdir()):
        path = folder / "sources" / reference.name.removesuffix(".md")
        unread = path.suffix in {".odp", ".ods"} or "equations" in path.name
        unread = unread or ("comments" in path.name and path.suffix != ".docx")
        if unread or not path.exists():
            continue
        ours = set(_words(_outcome_in_full(path)))
        words = _words(reference.read_text("utf-8"))
        total += len(words)
        lost += sum(word not in ours for word in words)
    assert total
    assert lost <= 0.02 * total


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]{3,}", re.sub(r"<!--.*?-->|\(http[^)]*\)", " ", text).lower())


def _outcome_in_full(path: Path) -> str:
    return run(parse_file(path))[0].text


def test_of_web_pages_the_article_is_read_and_little_else():
    """By shingles of four words against what people marked; the whole pages have 0.52 and 0.99."""
    folder = needs("formats/article_extraction")
    precision, recall = [], []
    pages = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    for name, page in sorted(pages.items())[::3]:
        data = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        ours = _shingles(parse(data, "page.html", lambda _done, _of: None).text)
        marked = _shingles(page["articleBody"])
        both = sum((ours & marked).values())
        precision.append(both / max(1, ours.total()))
        recall.append(both / max(1, marked.total()))
    assert fmean(precision) > 0.75
    assert fmean(recall) > 0.97


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
