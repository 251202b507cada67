"""Plain text: books, code, logs, tables of values, markup of other kinds."""

from agent.formats.base import Format, OnPage, Parsed, Piece
from agent.formats.encoding import decode
from agent.formats.pages import by_lines, clean, cut, join

# A printed page, between two form feeds, is cut only when it is as long as several.
_PRINTED_PAGE_LINES = 200
_PRINTED_PAGE_CHARACTERS = 20_000


def _parse(data: bytes, _on_page: OnPage) -> Parsed:
    raw, encoding = decode(data)
    engine = f"python, {encoding}"
    if "\f" in raw:
        return join(engine, _printed_pages(raw))
    return by_lines(engine, clean(raw))


def _printed_pages(raw: str) -> list[Piece]:
    """Cut at form feeds, which end pages; a page called "3" is the third printed one."""
    # Many programs also write one before the first page or after the last.
    sections = raw.removeprefix("\f").removesuffix("\f").split("\f")
    texts = [clean(section).removesuffix("\n") + "\n" for section in sections]
    return [
        Piece(text[start:end], str(number))
        for number, text in enumerate(texts, 1)
        for start, end in cut(text, _PRINTED_PAGE_LINES, _PRINTED_PAGE_CHARACTERS)
    ]


FORMAT = Format("text", "plain text", (".txt", ".text"), lambda _data: False, _parse)
