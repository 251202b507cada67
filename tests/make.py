"""Small documents for tests, made in memory."""

import hashlib

from agent.document import Document, Heading, Page


def make_document(
    *pages: str, name: str = "made.txt", headings: tuple[Heading, ...] = ()
) -> Document:
    """Return a document whose pages hold the given texts, labelled i, ii, iii, ... by number."""
    text = "".join(pages)
    places, start = [], 0
    for number, page in enumerate(pages, start=1):
        places.append(Page(number, f"p{number}", start, start + len(page)))
        start += len(page)
    identity = hashlib.sha256(text.encode()).hexdigest()
    return Document(identity, name, "text", "made", text, tuple(places), headings)
