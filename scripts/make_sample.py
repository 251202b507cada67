"""Draw the sample report: `app/sample/report.md` becomes `app/sample/report.pdf`.

The same Markdown always gives the same bytes, so a test can hold the two files together. For that
the file carries no date and its streams are not compressed: zlib's output differs between builds.
"""

from __future__ import annotations

import argparse
import io
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from reportlab import platypus
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.sequencer import Sequencer
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SAMPLE = Path(__file__).resolve().parents[1] / "app" / "sample"

# All lengths are in points, 1/72 inch, the unit of PDF.
PAGE_WIDTH, PAGE_HEIGHT = A4
SIDE_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 84, 86, 84
TEXT_WIDTH = PAGE_WIDTH - 2 * SIDE_MARGIN
CELL_PADDING, CELL_SIZE = 6, 8.5

# The title of the chapter whose list is replaced by printed contents.
CONTENTS = "Contents"

INK = HexColor("#1c1c1c")
SEA = HexColor("#12405f")
GREY = HexColor("#66707a")
RULE = HexColor("#b9c3cb")

SERIF, SANS, SANS_BOLD = "Times-Roman", "Helvetica", "Helvetica-Bold"


def _style(name: str, font: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    """A paragraph style; `size` and `leading` in points."""
    options = {"textColor": INK, "allowWidows": 0, "allowOrphans": 0, **more}
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, **options)


BODY = _style("body", SERIF, 11, 15.5, spaceAfter=7.5)
ITEM = _style("item", SERIF, 11, 15.5, spaceAfter=5.5, leftIndent=20, bulletIndent=4)
NOTE = _style("note", SERIF, 9, 12, spaceBefore=3, spaceAfter=13, textColor=GREY)
CAPTION = _style("caption", SANS_BOLD, 9, 12, spaceBefore=7, spaceAfter=5, keepWithNext=1)
COVER_NAME = _style("cover name", SANS_BOLD, 32, 38, textColor=SEA)
COVER_TITLE = _style("cover title", SANS, 22, 30, textColor=SEA, spaceAfter=18)
COVER_TEXT = _style("cover text", SERIF, 13, 19, spaceBefore=6)
HEADING = {"textColor": SEA, "keepWithNext": 1}
CHAPTER = _style("chapter", SANS_BOLD, 18, 23, spaceBefore=26, spaceAfter=9, **HEADING)
SECTION = _style("section", SANS_BOLD, 11.5, 15, spaceBefore=11, spaceAfter=4, **HEADING)


class Heading(platypus.Paragraph):  # type: ignore[misc]  # reportlab ships no types
    """A heading that enters itself into the outline of the PDF.

    Attributes:
        title: Its text, without markup.
        depth: 0 for a chapter, 1 for a section.
        key: Name of its place in the PDF; unique.
    """

    def __init__(self, node: SyntaxTreeNode) -> None:
        self.title = _plain(node)
        self.depth = {"h2": 0, "h3": 1}[node.tag]
        self.key = f"line-{(node.map or (0, 0))[0] + 1}"
        super().__init__(escape(self.title), (CHAPTER, SECTION)[self.depth])

    def draw(self) -> None:
        """Draw the heading and mark its place."""
        self.canv.bookmarkHorizontal(self.key, 0, self.height)
        self.canv.addOutlineEntry(self.title, self.key, level=self.depth)
        super().draw()


class ReportTemplate(platypus.BaseDocTemplate):  # type: ignore[misc]  # reportlab ships no types
    """The pages: a cover and front matter with Roman numbers, then chapters with Arabic ones.

    Attributes:
        front_pages: How many pages precede page 1; None until page 1 is reached.
        labels: The printed page label of each heading drawn so far, by its key.
    """

    def __init__(self, file: io.BytesIO, title: str) -> None:
        super().__init__(
            file,
            pagesize=A4,
            title=title,
            author=title.split(": ", 1)[0],
            subject="A sample for Longread; everything in it is invented.",
            creator="Longread, scripts/make_sample.py",
            lang="en-GB",
            displayDocTitle=True,
            invariant=1,
            pageCompression=0,
        )
        self.front_pages: int | None = None
        self.labels: dict[str, str] = {}
        self.addPageTemplates(
            [
                _page("cover", self._start_roman),
                _page("front", self._draw_margins),
                _page("opening", self._start_arabic, autoNextPageTemplate="body"),
                _page("body", self._draw_margins),
            ]
        )

    def label(self) -> str:
        """The printed label of the page that is being drawn."""
        if self.front_pages is None:
            return _roman(self.page)
        return str(self.page - self.front_pages)

    def afterFlowable(self, flowable: object) -> None:  # noqa: N802 - reportlab calls it so
        """Note the page of a heading."""
        if isinstance(flowable, Heading):
            self.labels[flowable.key] = self.label()

    def _start_roman(self, canvas: Any, _template: platypus.BaseDocTemplate) -> None:
        canvas.addPageLabel(0, style="ROMAN_LOWER")
        self._draw_label(canvas)

    def _start_arabic(self, canvas: Any, template: platypus.BaseDocTemplate) -> None:
        self.front_pages = self.page - 1
        canvas.addPageLabel(self.front_pages, style="ARABIC", start=1)
        self._draw_margins(canvas, template)

    def _draw_margins(self, canvas: Any, _template: platypus.BaseDocTemplate) -> None:
        self._draw_label(canvas)
        name, rest = self.title.split(": ", 1)
        right, base = PAGE_WIDTH - SIDE_MARGIN, PAGE_HEIGHT - 54
        canvas.setFontSize(8)
        canvas.drawString(SIDE_MARGIN, base, name)
        canvas.drawRightString(right, base, rest)
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        canvas.line(SIDE_MARGIN, base - 7, right, base - 7)

    def _draw_label(self, canvas: Any) -> None:
        canvas.setFont(SANS, 9)
        canvas.setFillColor(GREY)
        canvas.drawCentredString(PAGE_WIDTH / 2, 46, self.label())


def _page(name: str, draw: Callable[..., None], **more: str) -> platypus.PageTemplate:
    height = PAGE_HEIGHT - TOP_MARGIN - BOTTOM_MARGIN
    frame = platypus.Frame(SIDE_MARGIN, BOTTOM_MARGIN, TEXT_WIDTH, height, 0, 0, 0, 0)
    return platypus.PageTemplate(name, [frame], onPage=draw, **more)


def _roman(number: int) -> str:
    counter = Sequencer()
    counter.setFormat("page", "i")
    counter.reset("page", number)
    return str(counter.thisf("page"))


def _cannot_draw(node: SyntaxTreeNode) -> ValueError:
    return ValueError(f"The Markdown holds a {node.type!r}; teach the script to draw it.")


def _plain(node: SyntaxTreeNode) -> str:
    """The text below a node, without markup."""
    if node.children:
        return "".join(map(_plain, node.children))
    if node.type in {"text", "inline"}:
        return node.content
    raise _cannot_draw(node)


def _markup(node: SyntaxTreeNode) -> str:
    """The inline content below a node, as reportlab's paragraph markup."""
    inner = "".join(map(_markup, node.children))
    match node.type:
        case "text":
            return escape(node.content)
        case "inline" | "paragraph":
            return inner
        case "strong":
            return f"<b>{inner}</b>"
    raise _cannot_draw(node)


def _is_strong(node: SyntaxTreeNode) -> bool:
    """Whether all the text of a paragraph or cell is bold."""
    (inline,) = node.children
    # The parser leaves empty texts around the bold one.
    parts = [child for child in inline.children if child.type != "text" or child.content]
    return [part.type for part in parts] == ["strong"]


def _list(node: SyntaxTreeNode) -> Iterator[platypus.Paragraph]:
    for number, item in enumerate(node.children, start=1):
        bullet = f"{number}." if node.type == "ordered_list" else "\N{BULLET}"
        for block in item.children:
            yield platypus.Paragraph(_markup(block), ITEM, bulletText=bullet)


def _column_widths(rows: Sequence[Sequence[SyntaxTreeNode]]) -> list[float]:
    """Widths in points: what the cells need, and an equal share of what is left of the line.

    Headers may break between words; other cells may not.
    """
    header, *body = rows
    needed = [max(_width(word) for word in ["", *_plain(cell).split()]) for cell in header]
    for row in body:
        needed = [max(width, _width(_plain(cell))) for width, cell in zip(needed, row, strict=True)]
    needed = [width + 2 * CELL_PADDING for width in needed]
    spare = (TEXT_WIDTH - sum(needed)) / len(needed)
    if spare < 0:
        raise ValueError(f"The table that begins with {_plain(header[0])!r} is wider than a page.")
    return [width + spare for width in needed]


def _width(text: str) -> float:
    # Bold is the wider face, and a row may be bold.
    return float(stringWidth(text, SANS_BOLD, CELL_SIZE))


def _table(node: SyntaxTreeNode) -> platypus.Table:
    rows = [row.children for part in node.children for row in part.children]
    widths = _column_widths(rows)
    cells = [[_plain(cell) for cell in row] for row in rows]
    cells[0] = [
        "\n".join(simpleSplit(text, SANS_BOLD, CELL_SIZE, width - 2 * CELL_PADDING))
        for text, width in zip(cells[0], widths, strict=True)
    ]
    has_note = node.next_sibling is not None and node.next_sibling.type == "blockquote"
    space = 3 if has_note else 14
    table = platypus.Table(cells, widths, style=_table_style(rows), spaceAfter=space)
    table.keepWithNext = has_note
    return table


def _table_style(rows: Sequence[Sequence[SyntaxTreeNode]]) -> platypus.TableStyle:
    """Rules above, below and under the header; bold totals; columns aligned as in the Markdown."""
    whole = ((0, 0), (-1, -1))
    bold_rows = [0] + [number for number, row in enumerate(rows) if _is_strong(row[0])]
    right_columns = [
        number for number, cell in enumerate(rows[0]) if "right" in str(cell.attrs.get("style"))
    ]
    return platypus.TableStyle(
        [
            ("FONT", *whole, SANS, CELL_SIZE, 11),
            ("TEXTCOLOR", *whole, INK),
            ("LEFTPADDING", *whole, CELL_PADDING),
            ("RIGHTPADDING", *whole, CELL_PADDING),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("LINEABOVE", (0, 0), (-1, 0), 1, SEA),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, SEA),
            ("LINEBELOW", (0, 1), (-1, -2), 0.25, RULE),
            ("LINEBELOW", (0, -1), (-1, -1), 1, SEA),
            *(("FONTNAME", (0, row), (-1, row), SANS_BOLD) for row in bold_rows),
            *(("ALIGN", (column, 0), (column, -1), "RIGHT") for column in right_columns),
        ]
    )


def _cover(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Any]:
    """The first page: the title, what follows it, and the note at its foot."""
    name, title = _plain(nodes[0]).split(": ", 1)
    yield platypus.Spacer(1, 150)
    yield platypus.Paragraph(escape(name), COVER_NAME)
    yield platypus.Paragraph(escape(title), COVER_TITLE)
    yield platypus.HRFlowable(90, 3, lineCap="butt", color=SEA, hAlign="LEFT", spaceAfter=20)
    for node in nodes[1:]:
        if node.type == "blockquote":
            yield platypus.Spacer(1, 290)
            yield from _blocks(node)
        else:
            yield platypus.Paragraph(_markup(node), COVER_TEXT)


def _contents(
    listed: SyntaxTreeNode, headings: Sequence[Heading], labels: Mapping[str, str]
) -> platypus.Table:
    """Chapters and sections with the labels of their pages, each title a link.

    They stand in for the list in the Markdown, which has to name the same chapters.
    """
    titles = [_plain(item) for item in listed.children]
    chapters = [heading.title for heading in headings if heading.depth == 0]
    if titles != chapters:
        raise ValueError(f"{CONTENTS} lists {titles}, but the chapters are {chapters}.")
    style: list[tuple[object, ...]] = [
        ("FONT", (0, 0), (-1, -1), SANS, 9, 11),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("ALIGN", (1, 0), (1, -1), "RIGHT"),
        ("RIGHTPADDING", (1, 0), (1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    for row, heading in enumerate(headings):
        start, end = (0, row), (-1, row)
        style.append(("DESTINATION", start, start, heading.key))
        style.append(("LEFTPADDING", start, start, 14 * heading.depth))
        if heading.depth == 0:
            style.append(("FONTNAME", start, end, SANS_BOLD))
            style.append(("TOPPADDING", start, end, 5))
            style.append(("LINEBELOW", start, end, 0.25, RULE))
    # No page is known while the first of two drawings is made; the rows are the same.
    rows = [[heading.title, labels.get(heading.key, "")] for heading in headings]
    return platypus.Table(rows, colWidths=[TEXT_WIDTH - 40, 40], style=platypus.TableStyle(style))


def _blocks(node: SyntaxTreeNode) -> Iterator[Any]:
    """What a block of Markdown draws."""
    match node.type:
        case "heading":
            yield Heading(node)
        case "paragraph":
            yield platypus.Paragraph(_markup(node), CAPTION if _is_strong(node) else BODY)
        case "ordered_list" | "bullet_list":
            yield from _list(node)
        case "blockquote":
            yield from (platypus.Paragraph(_markup(child), NOTE) for child in node.children)
        case "table":
            yield _table(node)
        case _:
            raise _cannot_draw(node)


def _chapters(root: SyntaxTreeNode) -> list[list[SyntaxTreeNode]]:
    """The blocks of a document, in groups that each begin with the title or a chapter heading."""
    groups: list[list[SyntaxTreeNode]] = []
    for node in root.children:
        if node.tag in {"h1", "h2"}:
            groups.append([])
        groups[-1].append(node)
    return groups


def _story(
    chapters: Sequence[Sequence[SyntaxTreeNode]], labels: Mapping[str, str]
) -> Iterator[Any]:
    """Everything after the cover. Chapters of the front matter and the first begin a page."""
    in_front = True
    for nodes in chapters:
        title = _plain(nodes[0])
        if in_front:
            in_front = not title[0].isdigit()
            yield platypus.NextPageTemplate("front" if in_front else "opening")
            yield platypus.PageBreak()
        if title != CONTENTS:
            yield from itertools.chain.from_iterable(map(_blocks, nodes))
            continue
        own, listed = nodes
        yield Heading(own)
        others = [node for node in itertools.chain(*chapters) if node.type == "heading"]
        yield _contents(listed, [Heading(node) for node in others if node is not own], labels)


def make(markdown: str) -> bytes:
    """Draw a report.

    Args:
        markdown: Its text. `# Organisation: Title` comes first, then the front matter, then
            chapters (`##`), of which the first begins with a number, with sections (`###`).

    Returns:
        The PDF. The same text gives the same bytes.

    Raises:
        ValueError: The Markdown uses something this script cannot draw, its contents do not list
            its chapters, or a table is wider than a page.
    """
    root = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown))
    cover, *chapters = _chapters(root)
    title = _plain(cover[0])
    draft = ReportTemplate(io.BytesIO(), title)
    draft.build([*_cover(cover), *_story(chapters, labels={})])
    file = io.BytesIO()
    ReportTemplate(file, title).build([*_cover(cover), *_story(chapters, draft.labels)])
    return file.getvalue()


def main() -> None:
    """Read the Markdown and write the PDF."""
    parser = argparse.ArgumentParser(description="Draw the sample report.")
    parser.add_argument("output", nargs="?", type=Path, default=SAMPLE / "report.pdf")
    output: Path = parser.parse_args().output
    output.write_bytes(make((SAMPLE / "report.md").read_text(encoding="utf-8")))
    print(f"wrote {output} ({output.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
