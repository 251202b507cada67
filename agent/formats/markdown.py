"""Markdown: the text is the source itself, the outline its headings."""

import re
from collections.abc import Iterator
from itertools import pairwise

from agent.document import Heading
from agent.formats.base import Format, OnPage, Parsed
from agent.formats.encoding import decode
from agent.formats.pages import by_lines, clean

# Its lines of settings would be taken for a heading underlined by the closing "---".
_FRONT_MATTER = re.compile(r"---\n(?:.*\n)*?---\n")


def _parse(data: bytes, _on_page: OnPage) -> Parsed:
    raw, encoding = decode(data)
    text = clean(raw)
    return by_lines(f"markdown-it, {encoding}", text, tuple(_headings(text)))


def _headings(text: str) -> Iterator[Heading]:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - needed for this format only

    front_matter = _FRONT_MATTER.match(text)
    body = front_matter.end() if front_matter else 0
    line_starts = [body, *(line.end() for line in re.compile("\n").finditer(text, body))]
    # Blocks only: looking through every word of a million-token book for emphasis costs seconds.
    markdown = MarkdownIt("commonmark")
    markdown.core.ruler.enableOnly(["normalize", "block"])
    tokens = markdown.parse(text[body:])
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open" and opening.map and content.content:
            line_start = line_starts[opening.map[0]]
            first_line = content.content.partition("\n")[0]
            yield Heading(
                level=int(opening.tag.removeprefix("h")),
                title=_plain(content.content),
                start=max(text.find(first_line, line_start), line_start),
            )


def _plain(source: str) -> str:
    """Return a heading without its markup; markup alone stays as it is."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - needed for this format only

    (inline,) = MarkdownIt("commonmark").parseInline(source)
    words = [
        " " if token.type == "softbreak" else token.content
        for token in inline.children or []
        if token.type != "html_inline"
    ]
    return " ".join("".join(words).split()) or source


FORMAT = Format("markdown", "Markdown", (".md", ".markdown", ".mdown"), lambda _: False, _parse)
