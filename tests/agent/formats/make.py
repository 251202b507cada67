"""Small files of every format, made in memory, with what must come out of them."""

import io
import zipfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from agent.document import Document

HIDDEN = "nobody sees this"


@dataclass(frozen=True)
class Sample:
    """One file and what a reader of it must find."""

    name: str
    data: bytes
    format: str
    labels: tuple[str, ...]
    headings: tuple[tuple[int, str], ...]
    must_include: tuple[str, ...]
    must_not_include: tuple[str, ...] = (HIDDEN, "\r", "\x00", "\ufeff")


def run(
    reading: Generator[tuple[int, int], None, Document],
) -> tuple[Document, list[tuple[int, int]]]:
    """Exhaust a `parse_file`; return the document and the progress it made."""
    progress: list[tuple[int, int]] = []
    while True:
        try:
            progress.append(next(reading))
        except StopIteration as end:
            return end.value, progress


def make_zip(files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of `files`, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def make_pdf(
    pages: Sequence[Sequence[str]],
    outline: Sequence[tuple[int, str, int]] = (),
    roman: int = 0,
) -> bytes:
    """Draw `pages` of lines; the first `roman` of them are numbered i, ii, ...

    Args:
        pages: lines of each page.
        outline: level from 0, title, number of the page from 1.
        roman: how many pages stand before page 1.
    """
    out = io.BytesIO()
    canvas = Canvas(out)
    for number, lines in enumerate(pages, 1):
        for row, line in enumerate(lines):
            canvas.drawString(72, 760 - 15 * row, line)
        canvas.drawString(72, 5_000, HIDDEN)  # above the upper edge
        for entry, (_, _, target) in enumerate(outline):
            if target == number:
                canvas.bookmarkPage(f"entry {entry}")
        canvas.showPage()
    for entry, (level, title, _) in enumerate(outline):
        canvas.addOutlineEntry(title, f"entry {entry}", level)
    if roman:
        canvas.addPageLabel(0, "ROMAN_LOWER")
        canvas.addPageLabel(roman, "ARABIC")
    canvas.save()
    return out.getvalue()


def encrypt(pdf: bytes, password: str) -> bytes:
    """Lock a PDF; with the password "" everybody may open it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt(password, owner_password="owner", algorithm="RC4-128")  # noqa: S106
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def empty_pdf(pages: int) -> bytes:
    """Return a PDF whose pages hold nothing, as those of a scan hold no text."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def make_docx(body: str, extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return the smallest DOCX that holds `body` (WordprocessingML)."""
    return make_zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1"'
            f' Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body>'
            "</w:document>",
            **(extra or {}),
        }
    )


def paragraph(text: str, style: str = "") -> str:
    """Return a paragraph of WordprocessingML."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def make_epub(chapters: Mapping[str, str], extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return an EPUB 3 of one document a chapter, each called by its key in the contents."""
    numbered = list(enumerate(chapters.items(), 1))
    items = "".join(
        f'<item id="c{n}" href="text/c%20{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n, _ in numbered
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n, _ in numbered)
    links = "".join(
        f'<li><a href="text/c%20{n}.xhtml#top">{title}</a></li>' for n, (title, _) in numbered
    )
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
        'container"><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f"{items}</manifest><spine>{spine}</spine></package>",
        "OPS/nav.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><nav><ol>{links}</ol></nav>'
        "</html>",
    }
    for number, (_, html) in numbered:
        files[f"OPS/text/c {number}.xhtml"] = html
    return make_zip(files | dict(extra or {}), zipfile.ZIP_STORED)


_XHTML = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
    "<head><title/></head><body>{}</body></html>"
)
_CELLS = "<w:tc><w:p><w:r><w:t>Grain</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>1,204</w:t></w:r></w:p></w:tc>"  # noqa: E501
HARBOUR_PDF = make_pdf(
    [
        ["Preface", "The harbour of Vinga was dredged in 1907."],
        ["1. The pilots", "They moved out to the is-", "land in autumn."],
        ["2. The light", "It was lit on 1 November."],
    ],
    outline=[(0, "Preface", 1), (0, "1. The pilots", 2), (1, "2. The light", 3)],
    roman=1,
)

OLDER_SAMPLES = (
    Sample(
        "harbour.pdf",
        HARBOUR_PDF,
        "pdf",
        labels=("i", "1", "2"),
        headings=((1, "Preface"), (1, "1. The pilots"), (2, "2. The light")),
        must_include=("dredged in 1907.\n1. The pilots\n", "the island\nin autumn"),
    ),
    Sample(
        "harbour.txt",
        ("\ufeffOne\r\nTwo\x00\rThree\n" + "more\n" * 60).encode(),
        "text",
        labels=("lines 1-60", "lines 61-63"),
        headings=(),
        must_include=("One\nTwo\nThree\nmore\n",),
    ),
    Sample(
        "printed.txt",
        b"first page\n\x0csecond page\x0cthird page\n\x0c",
        "text",
        labels=("1", "2", "3"),
        headings=(),
        must_include=("first page\nsecond page\nthird page\n",),
        must_not_include=("\x0c",),
    ),
    Sample(
        "harbour.md",
        b"---\ntitle: no heading\n---\n# The *harbour*\n\n```\n# no heading\n```\n\n"
        b"Depth\nof water\n---\n\n> ## Quoted `code`\n",
        "markdown",
        labels=("lines 1-14",),
        headings=((1, "The harbour"), (2, "Depth of water"), (2, "Quoted code")),
        must_include=("# The *harbour*\n\n```\n# no heading\n```\n",),
    ),
    Sample(
        "harbour.html",
        "<!DOCTYPE html><meta charset=iso-8859-1><title>t</title><body style='display:none'>"
        f"<p hidden>{HIDDEN}</p><div style='DISPLAY : none'>{HIDDEN}</div>tail"
        f"<noscript>{HIDDEN}</noscript><script>'{HIDDEN}'</script><template>{HIDDEN}</template>"
        "<section>G\xf6teborg</section><section>Vinga</section><h2>The <i>light</i><br>house</h2>"
        "<p>a &amp;lt; b<!-- c --> &lt;tag&gt;</p><dl><dt>depth<dd>9 m</dl>"
        "<pre>if x:\n    <b>y</b>\n</pre>"
        "<table><tr><th>Year<th>Ships<tr><td>1907<td><p>1,204</p></table>"
        "<table><tr><td><h3>Left</h3>nav</td><td>right column</td></tr></table>".encode("latin-1"),
        "html",
        labels=("part 1",),
        headings=((2, "The light house"), (3, "Left")),
        must_include=(
            "tail", "Göteborg\nVinga", "a &lt; b <tag>", "depth\n9 m", "if x:\n    y\n",
            "| Year | Ships |\n| --- | --- |\n| 1907 | 1,204 |\n", "nav\nright column",
        ),
        must_not_include=(HIDDEN, "\r", "\ufdd1", "\ufdd7", "display"),
    ),
    Sample(
        "harbour.epub",
        make_epub(
            {
                "Preface": _XHTML.format("<h1>Preface</h1><p>Dredged in 1907.</p>"),
                "The pilots": _XHTML.format("<h1>I</h1><p>They moved<?page 2?> out.</p>"),
            },
            {"META-INF/encryption.xml": "<encryption><EncryptedData><EncryptionMethod "
             'Algorithm="http://www.idpf.org/2008/embedding"/></EncryptedData></encryption>'},
        ),
        "epub",
        labels=("Preface", "The pilots"),
        headings=((1, "Preface"), (1, "I")),
        must_include=("Preface\n\nDredged in 1907.\nI\n\nThey moved out.\n",),
    ),
    Sample(
        "harbour.docx",
        make_docx(
            paragraph("The harbour", "Heading1")
            + paragraph("It was dredged in 1907.")
            + f"<w:tbl><w:tr>{_CELLS}</w:tr></w:tbl>"
            + paragraph("The pilots", "Heading2")
            + paragraph("They moved out.") * 70
        ),
        "docx",
        labels=("The harbour", "The pilots", "The pilots"),
        headings=((1, "The harbour"), (2, "The pilots")),
        must_include=(
            "The harbour\n\nIt was dredged in 1907.\n\n| Grain | 1,204 |\n| --- | --- |\n",
        ),
    ),
)  # fmt: skip
