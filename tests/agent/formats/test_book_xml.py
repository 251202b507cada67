"""XML of books is read without its tags; XML of data keeps them."""

import pytest

from agent.errors import DocumentError
from agent.formats import parse


def _parse(text: str):
    return parse(text.encode(), "some.xml", lambda _done, _of: None)


BOOKS = {
    "DocBook": (
        (
            "<!DOCTYPE book PUBLIC '-//OASIS//DTD DocBook XML V4.5//EN' 'docbookx.dtd'>"
            "<book><bookinfo><title>The yard</title></bookinfo><chapter><title>Hulls</title>"
            "<para>They are built in halves&mdash;two of them.</para><section><title>Keels</title>"
            "<itemizedlist><listitem><para>Oak</para></listitem></itemizedlist></section></chapter>"
            "</book>"
        ),
        ((1, "The yard"), (2, "Hulls"), (3, "Keels")),
        "The yard\n\nHulls\n\nThey are built in halves—two of them.\n\nKeels\n\n  * Oak",
    ),
    "JATS": (
        (
            '<?xml version="1.0"?><article xmlns:xlink="x"><front><article-meta><title-group>'
            "<article-title>On hulls"
            "</article-title></title-group></article-meta></front><body><sec><title>Method</title>"
            "<p>We weighed <italic>two</italic> hulls.</p></sec></body></article>"
        ),
        ((1, "On hulls"), (2, "Method")),
        "On hulls\n\nMethod\n\nWe weighed two hulls.\n",
    ),
    "FictionBook": (
        (
            '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><body><title>'
            "<p>The yard</p></title><section><title><p>One</p><p>Hulls</p></title>"
            "<p>They came late.</p></section>"
            "</body><binary>bm9ib2R5IHNlZXMgdGhpcw==</binary></FictionBook>"
        ),
        ((1, "The yard"), (1, "One Hulls")),
        "The yard\n\nOne Hulls\n\nThey came late.\n",
    ),
}


@pytest.mark.parametrize("kind", BOOKS)
def test_a_book_has_its_outline_and_no_tags(kind):
    source, headings, text = BOOKS[kind]
    document = _parse(source)
    assert document.format == "xml"
    assert tuple((heading.level, heading.title) for heading in document.headings) == headings
    assert document.text == text


@pytest.mark.parametrize(
    "data",
    [
        "<?xml version='1.0'?><orders><order><price>3</price></order></orders>",
        "<?xml version='1.0'?><bookstore/>",
        "<section>A piece of HTML.<br></section>",
    ],
)
def test_data_keep_their_tags_which_say_what_they_mean(data):
    document = _parse(data)
    assert document.format == "text"
    assert document.text == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("<TEI><text>", "is damaged: it cannot be read as XML"),
        ("<!DOCTYPE TEI [<!ENTITY a 'aaa'>]><TEI>&a;</TEI>", "declares entities of its own"),
        ("<TEI>&undeclared;</TEI>", "is damaged: it cannot be read as XML"),
        ("<TEI><p/></TEI>", "holds no text"),
        ("<TEI>" + "<div>" * 300 + "x" + "</div>" * 300 + "</TEI>", "is damaged"),
    ],
)
def test_what_cannot_be_read_is_refused(data, why):
    with pytest.raises(DocumentError, match=why):
        _parse(data)
