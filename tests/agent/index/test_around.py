"""What stands around a passage."""

import pytest

from agent.index.around import neighbours, section_around
from agent.index.shelf import load_passages
from tests.agent.index.shelves import open_connection


@pytest.fixture
def connection():
    """Return a document of five passages of 10 tokens; the middle three are one section."""
    connection = open_connection(["other"], ["a", "b", "c", "d", "e"])
    connection.execute(
        "UPDATE passage SET heading_path = 'Report\nMethods'"
        " WHERE document = 2 AND number BETWEEN 1 AND 3"
    )
    return connection


def at(connection, number):
    return load_passages(connection, 2, number, number)[0]


@pytest.mark.parametrize(
    ("number", "before", "after", "expected"),
    [(2, 1, 1, [1, 2, 3]), (0, 2, 1, [0, 1]), (4, 1, 3, [3, 4]), (2, 0, 0, [2])],
)
def test_neighbours_are_of_the_same_document_in_reading_order(
    connection, number, before, after, expected
):
    found = neighbours(connection, 2, at(connection, number), before, after)
    assert [passage.number for passage in found] == expected
    assert {passage.span.document for passage in found} == {"d2"}


@pytest.mark.parametrize(
    ("number", "least", "expected"),
    [(2, 10, [2]), (2, 11, [2, 3]), (2, 21, [1, 2, 3]), (3, 25, [1, 2, 3]), (1, 99, [1, 2, 3])],
)
def test_a_short_passage_is_widened_within_its_section(connection, number, least, expected):
    found = section_around(connection, 2, at(connection, number), least)
    assert [passage.number for passage in found] == expected
