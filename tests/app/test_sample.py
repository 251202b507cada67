"""The sample report: its PDF is what its Markdown says, and its numbers add up."""

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[2]
MARKDOWN = ROOT / "app" / "sample" / "report.md"
PDF = ROOT / "app" / "sample" / "report.pdf"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "scripts/make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def text() -> str:
    return MARKDOWN.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    return PdfReader(PDF)


@pytest.fixture(scope="module")
def pages(reader: PdfReader) -> list[str]:
    return [page.extract_text() for page in reader.pages]


def headings(text: str) -> list[tuple[int, str]]:
    """Depth (0 for a chapter) and title of each heading below the title of the report."""
    found = re.findall(r"^(##|###) (.+)$", text, flags=re.MULTILINE)
    return [(len(marks) - 2, title) for marks, title in found]


def outline(reader: PdfReader) -> list[tuple[int, str, int]]:
    """Depth, title and page (from 0) of each bookmark."""

    def walk(entries: list, depth: int) -> Iterator[tuple[int, str, int]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, depth + 1)
            else:
                page = reader.get_destination_page_number(entry)
                assert page is not None
                yield depth, entry.title, page

    return list(walk(reader.outline, 0))


def table_rows(text: str) -> list[list[list[str]]]:
    """The cells of each table, row by row, with the header and without the line below it."""
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    split = [
        [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
        for table in tables
    ]
    return [[rows[0], *rows[2:]] for rows in split]


def number(cell: str) -> float:
    return float(cell.replace(",", "").strip("*") or 0)


def test_the_pdf_is_what_the_script_makes_of_the_markdown_now(script, text):
    assert script.make(text) == PDF.read_bytes(), "run scripts/make_sample.py"


def test_the_front_matter_is_numbered_in_roman_and_the_report_from_one(reader):
    assert len(reader.pages) >= 12
    arabic = [str(page) for page in range(1, len(reader.pages) - 2)]
    assert reader.page_labels == ["i", "ii", "iii", *arabic]


def test_every_page_prints_its_own_label(reader, pages):
    for label, page in zip(reader.page_labels, pages, strict=True):
        assert label in page.splitlines()[:3]


def test_the_outline_has_the_headings_of_the_markdown(reader, text):
    assert [(depth, title) for depth, title, _ in outline(reader)] == headings(text)


def test_each_bookmark_leads_to_the_page_that_shows_its_heading(reader, pages):
    for _, title, page in outline(reader):
        assert title in pages[page].splitlines()


def test_the_contents_print_the_label_of_the_page_of_each_heading(reader, pages):
    lines = pages[1].splitlines()
    printed = list(pairwise(lines))
    for _, title, page in outline(reader):
        if title != "Contents":
            assert (title, reader.page_labels[page]) in printed


def test_no_word_of_the_markdown_is_missing_in_the_pdf(text, pages):
    linkless = re.sub(r"\]\(#[^)]*\)", "", text)
    word = r"[\w\N{RIGHT SINGLE QUOTATION MARK}.,]+"
    in_markdown = Counter(re.findall(word, linkless))
    in_pdf = Counter(re.findall(word, " ".join(pages)))
    assert in_markdown - in_pdf == Counter()


def test_the_totals_of_the_tables_are_the_sums_of_their_columns(text):
    shares = {"On time, %"}  # the share of a total is not the sum of the shares
    sums = [rows for rows in table_rows(text) if rows[-1][0].startswith("**")]
    assert [rows[-1][0].strip("*") for rows in sums] == [
        *("All routes", "All routes", "All routes", "Fleet", "All ports"),
        *("Income", "Costs", "All"),
    ]
    for rows in sums:
        for column, name in enumerate(rows[0]):
            total = rows[-1][column]
            if re.search(r"\d", total) and name not in shares:
                cells = [row[column] for row in rows[1:-1]]
                assert sum(map(number, cells)) == pytest.approx(number(total)), (name, cells)


def test_contents_that_leave_out_a_chapter_are_refused(script, text):
    with pytest.raises(ValueError, match="Contents lists"):
        script.make(text.replace("- [Glossary](#glossary)\n", ""))


@pytest.mark.parametrize("unknown", ["```\ncode\n```", "a `code` span", "|`code`|\n|--|\n|cell|"])
def test_markdown_that_the_script_cannot_draw_is_refused(script, text, unknown):
    with pytest.raises(ValueError, match="teach the script to draw it"):
        script.make(f"{text}\n\n{unknown}\n")
