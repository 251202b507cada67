"""PDFs with one peculiarity each, drawn or written by hand."""

import io
import zlib
from collections.abc import Callable, Mapping

from reportlab.lib.colors import Color, black, white
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas


def draw(*pages: Callable[[Canvas], None], size: tuple[float, float] = (612, 792)) -> bytes:
    """Draw one page with each of the functions."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def write(
    content: bytes,
    meanings: Mapping[int, str] | None = None,
    page_entries: bytes = b"/MediaBox[0 0 612 792]",
    letters: Mapping[str, str] | None = None,
) -> bytes:
    """Write a PDF of one page by hand.

    Its fonts: F1 of two-byte codes, which has no shapes; F2, Helvetica; F3, Helvetica whose
    letters mean others.

    Args:
        content: what draws the page.
        meanings: what the codes of F1 mean.
        page_entries: further entries of the page.
        letters: what the letters of F3 mean.
    """
    given = {ord(letter): meaning for letter, meaning in (letters or {}).items()}
    return assemble(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R/F2 8 0 R/F3 10 0 R>>>>" + page_entries + b">>",
        _stream(content),
        b"<</Type/Font/Subtype/Type0/BaseFont/Foo/Encoding/Identity-H"
        b"/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Foo/DW 600/FontDescriptor 9 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>",
        _meanings(meanings or {}, 4),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/FontDescriptor/FontName/Foo/Flags 4/Ascent 800/Descent -200"
        b"/FontBBox[0 -200 1000 800]/CapHeight 700/StemV 80/ItalicAngle 0>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 11 0 R>>",
        _meanings(given, 2),
    )


def _meanings(codes: Mapping[int, str], digits: int) -> bytes:
    cmap = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
    cmap += f"1 begincodespacerange <{'0' * digits}> <{'F' * digits}> endcodespacerange "
    cmap += f"{len(codes)} beginbfchar\n"
    for code, text in codes.items():
        cmap += f"<{code:0{digits}X}> <{text.encode('utf-16-be').hex()}>\n"
    return _stream(f"{cmap}endbfchar endcmap end end".encode())


def assemble(*objects: bytes) -> bytes:
    """Make a file of objects, the first of them the catalog."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + content + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def _stream(content: bytes) -> bytes:
    packed = zlib.compress(content)
    return b"<</Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream"


def text(
    words: str,
    x: float = 72,
    y: float = 700,
    *,
    size: float = 12,
    colour: Color = black,
    mode: int = 0,
) -> Callable[[Canvas], None]:
    """Return what writes `words` on a page."""

    def on(canvas: Canvas) -> None:
        line = canvas.beginText(x, y)
        line.setFont("Helvetica", size)
        line.setFillColor(colour)
        line.setTextRenderMode(mode)
        line.textOut(words)
        line.setTextRenderMode(0)
        canvas.drawText(line)

    return on


def box(x: float, y: float, width: float, height: float, colour: Color = black):
    """Return what fills a rectangle."""

    def on(canvas: Canvas) -> None:
        canvas.setFillColor(colour)
        canvas.rect(x, y, width, height, stroke=0, fill=1)

    return on


def picture(x: float, y: float, width: float, height: float) -> Callable[[Canvas], None]:
    """Return what draws a picture, of grey stripes."""
    from PIL import Image  # noqa: PLC0415 - comes with reportlab

    stripes = Image.new("L", (64, 64), 255)
    stripes.paste(128, (0, 20, 64, 30))

    def on(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(stripes), x, y, width, height)

    return on


def one_after_another(*parts: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    """Return what draws all `parts` on one page."""

    def on(canvas: Canvas) -> None:
        for part in parts:
            part(canvas)

    return on


WHITE = white
