"""PPTX: every slide is a page; what stands on it is read from the top down, left to right."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from agent.document import Heading
from agent.formats.archive import member_names
from agent.formats.base import Format, OnPage, Parsed, Piece, Refused
from agent.formats.drawn import chart_words, paragraphs, parse_part, words_of_lines
from agent.formats.office import damaged, open_office
from agent.formats.pages import join
from agent.formats.tables import Cell, one_line, table_lines

_TITLE = "PPTX"
_NOTES = "Notes:"


def _sniff(data: bytes) -> bool:
    return any(name.startswith("ppt/") for name in member_names(data))


def _parse(data: bytes, on_page: OnPage) -> Parsed:
    import pptx  # noqa: PLC0415 - needed for this format only

    open_office(data, _TITLE).close()
    try:
        slides = list(pptx.Presentation(io.BytesIO(data)).slides)
        pieces = []
        for index, slide in enumerate(slides):
            on_page(index, len(slides))
            pieces.append(_piece(slide))
    except Exception as error:  # on broken parts python-pptx raises whatever Python does on them
        raise damaged(_TITLE) from error
    if not any(piece.text.strip() for piece in pieces):
        raise Refused("holds no text on any slide; of pictures, make a PDF and run OCR on it.")
    return join("python-pptx", pieces)


def _piece(slide: Any) -> Piece:
    title = _title(slide)
    shapes = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    name = words_of_lines(title.text_frame.text) if title is not None else ""
    hidden = "" if slide.element.get("show", "1") in {"1", "true"} else "(hidden slide)"
    heading = " ".join(name.split())
    head = "\n".join(filter(None, (name, hidden)))
    notes = _notes(slide)
    blocks = [head, *_blocks(shapes), *_newer(slide), f"{_NOTES}\n{notes}" if notes else ""]
    text = "\n\n".join(filter(None, blocks))
    return Piece(f"{text}\n\n", "", (Heading(1, heading, 0),) if heading else ())


def _title(slide: Any) -> Any:
    """Return the shape that holds the slide's title, if it has one with words."""
    title = slide.shapes.title
    return title if title is not None and title.text_frame.text.strip() else None


def _notes(slide: Any) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return "" if frame is None else words_of_lines(frame.text)


def _blocks(shapes: Sequence[Any]) -> Iterator[str]:
    for shape in _in_reading_order(shapes):
        if shape.element.tag.endswith("}grpSp"):
            yield from _blocks(list(shape.shapes))
        elif shape.has_text_frame:
            yield words_of_lines(shape.text_frame.text)
        elif shape.has_table:
            yield _table(shape.table)
        elif shape.has_chart:
            yield chart_words(shape.chart.element)
        elif shape.element.tag.endswith("}graphicFrame"):
            yield _other_words(shape)


def _in_reading_order(shapes: Sequence[Any]) -> list[Any]:
    """Return shapes by lines: one whose middle is above another's lower edge stands beside it."""
    placed = sorted(shapes, key=_top)
    lines: list[list[Any]] = []
    for shape in placed:
        if lines and _top(shape) < _top(lines[-1][0]) + (lines[-1][0].height or 0) / 2:
            lines[-1].append(shape)
        else:
            lines.append([shape])
    return [shape for line in lines for shape in sorted(line, key=_left)]


def _top(shape: Any) -> int:
    return int(shape.top or 0)


def _left(shape: Any) -> int:
    return int(shape.left or 0)


def _table(table: Any) -> str:
    rows = [
        [
            Cell(one_line(words_of_lines(cell.text)), cell.span_width, cell.span_height)
            for cell in row.cells
        ]
        for row in table.rows
    ]
    return "\n".join(filter(None, table_lines(_without_spanned(table, rows))))


def _without_spanned(table: Any, rows: list[list[Cell]]) -> list[list[Cell]]:
    return [
        [cell for cell, there in zip(row, line.cells, strict=True) if not there.is_spanned]
        for row, line in zip(rows, table.rows, strict=True)
    ]


def _other_words(shape: Any) -> str:
    """Return the words of boxes and arrows (SmartArt), which stand in a part of their own."""
    for name in shape.element.xpath(".//*[local-name()='relIds']/@r:dm"):
        return "\n".join(paragraphs(parse_part(shape.part.related_part(name).blob)))
    return ""


def _newer(slide: Any) -> Iterator[str]:
    """Yield the words of shapes that are written in two ways, which python-pptx does not know."""
    for choice in slide.element.iter("{*}Choice"):
        yield "\n".join(paragraphs(choice))


FORMAT = Format("pptx", _TITLE, (".pptx", ".pptm", ".ppsx", ".potx"), _sniff, _parse)
