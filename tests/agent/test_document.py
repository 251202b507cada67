"""Places in a document."""

from agent.document import Heading
from tests.make import make_document


def test_every_offset_lies_on_the_page_that_holds_it():
    document = make_document("ab", "cde", "f")
    assert [document.page_at(at).number for at in range(6)] == [1, 1, 2, 2, 2, 3]


def test_the_heading_path_is_the_titles_above():
    headings = (
        Heading(1, "A", 0),
        Heading(2, "B", 2),
        Heading(3, "C", 4),
        Heading(2, "D", 6),
        Heading(1, "E", 8),
    )
    document = make_document("0123456789", headings=headings)
    assert document.heading_path(0) == ("A",)
    assert document.heading_path(5) == ("A", "B", "C")
    assert document.heading_path(7) == ("A", "D")
    assert document.heading_path(9) == ("E",)
    assert make_document("x").heading_path(0) == ()
