"""What every format promises, held against files of all of them."""

import hashlib
from itertools import pairwise
from pathlib import Path

import pytest

from agent.formats import formats, parse
from agent.formats.isolate import parse_file
from agent.formats.pages import is_clean
from tests.agent.formats.make import Sample, run
from tests.agent.formats.samples import SAMPLES

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def _parse(sample: Sample):
    return parse(sample.data, sample.name, lambda _done, _of: None)


def test_every_format_has_a_sample():
    assert {format_.name for format_ in formats()} == {sample.format for sample in SAMPLES}


@each_sample
def test_a_file_becomes_a_document_of_its_format_known_by_its_bytes(sample):
    document = _parse(sample)
    assert document.format == sample.format
    assert document.name == sample.name
    assert document.id == hashlib.sha256(sample.data).hexdigest()


@each_sample
def test_pages_follow_one_another_and_cover_the_text(sample):
    document = _parse(sample)
    assert [page.number for page in document.pages] == list(range(1, len(document.pages) + 1))
    assert document.pages[0].start == 0
    assert all(before.end == after.start for before, after in pairwise(document.pages))
    assert document.pages[-1].end == len(document.text)


@each_sample
def test_pages_are_called_as_the_document_calls_them(sample):
    assert tuple(page.label for page in _parse(sample).pages) == sample.labels


@each_sample
def test_headings_stand_where_their_titles_do(sample):
    document = _parse(sample)
    assert tuple((h.level, h.title) for h in document.headings) == sample.headings
    for heading in document.headings:
        place = document.text[heading.start : heading.start + 2 * len(heading.title)]
        assert _letters(place).startswith(_letters(heading.title))
        assert place[0] == heading.title[0] or place[0] in "*`"


def _letters(text: str) -> str:
    """Fold away white space and the marks of Markdown."""
    return "".join(character for character in text if character not in " \n*`")


@each_sample
def test_the_text_is_whole_and_canonical(sample):
    text = _parse(sample).text
    assert is_clean(text)
    for words in sample.must_include:
        assert words in text
    for words in sample.must_not_include:
        assert words not in text


@each_sample
def test_progress_ends_with_all_pages_done(sample):
    seen = []
    parse(sample.data, sample.name, lambda done, of: seen.append((done, of)))
    assert seen == sorted(seen)
    assert seen[-1] == (len(sample.labels), len(sample.labels))
    assert {of for _, of in seen} <= {len(sample.labels)}


@each_sample
def test_a_child_process_reads_the_same_document(sample, tmp_path: Path):
    path = tmp_path / sample.name
    path.write_bytes(sample.data)
    document, progress = run(parse_file(path))
    assert document == _parse(sample)
    assert progress[-1] == (len(sample.labels), len(sample.labels))


def test_the_bytes_decide_the_format_not_the_suffix():
    for sample in SAMPLES:
        if sample.format not in {"text", "markdown", "csv"}:
            document = parse(sample.data, "wrong.txt", lambda _done, _of: None)
            assert document.format == sample.format
