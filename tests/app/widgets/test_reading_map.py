"""The reading map shows every page once, in its state, and says so in words."""

import re

import pytest

from agent.coverage import Coverage, DocumentCoverage, Stretch
from app.widgets.reading_map import map_html

STATES = ("read", "unread", "partly", "failed", "unreadable", "blank")


def covered(*stretches, used=(), name="a <b>.pdf"):
    pages = stretches[-1].last - stretches[0].first + 1
    return DocumentCoverage("d", name, pages, stretches, used)


def drawn(*documents):
    return map_html(Coverage(documents=documents))


def test_stretches_are_as_wide_as_they_have_pages_and_cited_pages_stand_in_their_place():
    document = covered(
        Stretch(1, 4, "read"), Stretch(5, 5, "failed"), Stretch(6, 20, "unread"), used=(1, 20)
    )
    made = drawn(document)
    assert re.findall(r'lr-map-(\w+)" style="flex-grow:(\d+)"', made) == [
        ("read", "4"), ("failed", "1"), ("unread", "15"),
    ]  # fmt: skip
    assert re.findall(r"left:([\d.]+)%;width:([\d.]+)%", made) == [
        ("0.000", "5.000"), ("95.000", "5.000"),
    ]  # fmt: skip
    assert 'title="Page 5: could not be read"' in made
    assert 'title="Pages 6-20: not read"' in made
    assert (
        'role="img" aria-label="Reading map of a &lt;b&gt;.pdf, 20 pages: 4 read, '
        '1 could not be read, 15 not read, 2 cited"'
    ) in made


def test_of_part_of_a_document_the_strip_begins_with_its_first_page():
    made = drawn(covered(Stretch(11, 14, "read"), used=(12,)))
    assert "left:25.000%;width:25.000%" in made


def test_a_page_of_thousands_can_still_be_seen_and_stays_within_the_strip():
    made = drawn(covered(Stretch(1, 5000, "read"), used=(1, 5000)))
    assert re.findall(r"left:([\d.]+)%;width:([\d.]+)%", made) == [
        ("0.000", "0.400"), ("99.600", "0.400"),
    ]  # fmt: skip
    assert len(made) < 700


def test_several_documents_are_named():
    made = drawn(covered(Stretch(1, 2, "read")), covered(Stretch(1, 2, "blank"), name="b"))
    assert made.count('role="img"') == 2
    assert "<p>a &lt;b&gt;.pdf</p>" in made
    assert "<p>" not in drawn(covered(Stretch(1, 2, "read")))


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_look_and_its_words(state):
    assert f'class="lr-map-{state}"' in drawn(covered(Stretch(1, 1, state)))


def test_without_documents_there_is_no_map():
    assert drawn() == ""
