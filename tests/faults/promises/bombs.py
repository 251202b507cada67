"""Small files that grow: each ends as a document or a sentence, within its limits."""

import io
import time
import zipfile
import zlib
from itertools import islice

import psutil

from agent.errors import DocumentError
from agent.formats.isolate import Limits, parse_file
from tests.agent.formats.make import run
from tests.faults.promise import Outcome, Promise

LIMITS = Limits(memory_bytes=400_000_000, cpu_seconds=15, wall_seconds=60.0, idle_seconds=40.0)
_PATIENCE_SECONDS = 70.0
_GROWTH_BYTES = 50_000_000
_MEGABYTE = 1_000_000


def pdf(*objects):
    """Return a PDF of these objects; the first is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def stream(data, about=b""):
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (about, len(data), data)


def one_page(content, more=(), resources=b"", box=b"0 0 595 842"):
    page = b"<</Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources <<%s>>>>"
    return pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        page % (box, resources),
        content,
        *more,
    )


def laughs(depth=30):
    """Forms that call two forms each."""
    forms = []
    for level in range(depth):
        inner = b"/XObject <</X %d 0 R>>" % (6 + level) if level + 1 < depth else b""
        about = b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources <<%s>>" % inner
        forms.append(stream(b"/X Do /X Do" if inner else b"0 0 1 1 re f", about))
    return one_page(stream(b"/X Do"), forms, b"/XObject <</X 5 0 R>>")


def packed(times, megabytes=256):
    """A page's content that unpacks to very much, packed several times over."""
    pack = zlib.compressobj(9)
    chunk = b" " * _MEGABYTE
    data = b"".join([*(pack.compress(chunk) for _ in range(megabytes)), pack.flush()])
    for _ in range(times - 1):
        data = zlib.compress(data, 9)
    return one_page(stream(data, b"/Filter [%s]" % b" ".join([b"/FlateDecode"] * times)))


def parentheses(count=3_000_000):
    return one_page(stream(zlib.compress(b"BT (" + b"(" * count), b"/Filter /FlateDecode"))


def deep_pages(depth=5_000):
    kids = [b"<</Type /Pages /Kids [%d 0 R] /Count 1>>" % (3 + n) for n in range(depth)]
    return pdf(b"<</Type /Catalog /Pages 2 0 R>>", *kids, b"<</Type /Page /Parent 2 0 R>>")


def circle_of_pages():
    return pdf(
        b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Kids [2 0 R 2 0 R] /Count 9999999>>"
    )


def endless_page():
    return one_page(stream(b"0 0 1 1 re f"), box=b"0 0 595 2147483647")


def archive(**files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return held.getvalue()


def xml_laughs():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><TEI><text>&a11;</text></TEI>'.encode()


def outside_entity():
    return (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><TEI>&a;</TEI>'
    )


BOMBS = {
    "circle.pdf": circle_of_pages,
    "endless page.pdf": endless_page,
    "laughs.xml": xml_laughs,
    "outside.xml": outside_entity,
    "brackets.md": lambda: b"[" * 200_000,
    "quotes.md": lambda: b">" * 100_000 + b" x",
    "nested.html": lambda: b"<div>" * 200_000 + b"x",
    "many.docx": lambda: archive(**{f"f{n}": b"" for n in range(50_000)}),
    "spaces.docx": lambda: archive(word__document_dot_xml=b" " * 200_000_000),
    "deep.pdf": deep_pages,
    "laughs.pdf": laughs,
    "packed once.pdf": lambda: packed(1),
    "packed thrice.pdf": lambda: packed(3),
    "parentheses.pdf": parentheses,
    "nested.rtf": lambda: b"{\\rtf1 " + b"{" * 1_000_000,
    "wide.csv": lambda: b"," * 5_000_000,
}  # fmt: skip


def tried(count, folder, limits):
    """Read each; return those that did not end well, or made this process grow."""
    me, broken = psutil.Process(), []
    for name, make in islice(BOMBS.items(), count):
        path = folder / name
        path.write_bytes(make())
        before, began = me.memory_info().rss, time.monotonic()
        try:
            document, _ = run(parse_file(path, name, limits=limits))
            if "root:" in document.text:
                broken.append(f"{name}: read another file")
        except DocumentError as error:
            if "fault in Longread" in str(error):
                broken.append(str(error))
        if time.monotonic() - began > _PATIENCE_SECONDS:
            broken.append(f"{name}: took {time.monotonic() - began:.0f} s")
        if me.memory_info().rss - before > _GROWTH_BYTES:
            broken.append(f"{name}: this process grew")
        path.unlink()
    return Outcome(min(count, len(BOMBS)), tuple(broken))


def ours(count, folder):
    return tried(count, folder, LIMITS)


def control(_count, _folder):
    """Unpack in this very process, as a parser without a child does."""
    me = psutil.Process()
    before = me.memory_info().rss
    held = zlib.decompress(zlib.compress(b" " * 200_000_000))
    grown = me.memory_info().rss - before > _GROWTH_BYTES
    del held
    return Outcome(1, ("this process grew",) if grown else ())


PROMISE = Promise(
    "A file that grows when it is read costs itself, within its limits",
    "16 bombs of 8 formats, made on the spot, end as a document or a sentence; this process does "
    "not grow by 50 MB, and no other file is read",
    ours, control, "unpacks in its own process", 9, len(BOMBS),
)  # fmt: skip
