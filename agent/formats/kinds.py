"""Kinds of file that are told by their bytes and not taken, each refused by name."""

from agent.formats.archive import member_names
from agent.formats.base import NotTaken, Refused

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_MAGIC = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
    (b"BZh", "a compressed file: unpack it first"),
    (b"\xfd7zXZ", "a compressed file: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "an archive: unpack it first"),
    (b"Rar!", "an archive: unpack it first"),
    (b"SQLite format 3\x00", "a database"),
    (b"AT&TFORM", "a DjVu document: convert it to PDF"),
    (b"%!PS-Adobe", "a PostScript document: convert it to PDF"),
)
_IN_ZIP = (
    ("xl/workbook.bin", "a binary Excel workbook: save it as .xlsx"),
    ("Index/", "a document of Apple iWork: export it as PDF, .docx, .xlsx or .pptx"),
    ("index.apxl", "a document of Apple iWork: export it as PDF"),
    ("index.xml.gz", "a document of Apple iWork: export it as PDF"),
    ("FixedDocSeq.fdseq", "an XPS document: print it to PDF"),
    ("Contents/section", "a Hangul document: save it as .docx or PDF"),
    ("META-INF/manifest.xml", "an OpenDocument file: save it as .odt, .xlsx, .pptx or PDF"),
    ("", "a zip archive: unpack it and give the files in it"),
)
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_OPEN_DOCUMENT_KINDS = (
    (b"spreadsheet", "an OpenDocument spreadsheet: save it as .xlsx"),
    (b"presentation", "an OpenDocument presentation: save it as .pptx"),
    (b"graphics", "an OpenDocument drawing: save it as PDF"),
)
# What the parts of a compound file are called, in the order in which they decide.
_IN_OLE = (
    ("EncryptedPackage", "is protected by a password; save a copy without it."),
    ("__substg1.0_", "is an Outlook message; save it as .eml."),
    ("WordDocument", "is in an old Microsoft Office format; save it as .docx or PDF."),
    ("PowerPoint Document", "is in an old Microsoft Office format; save it as .pptx or PDF."),
    ("Workbook", "is in an old Microsoft Office format; save it as .xlsx."),
    ("Book", "is in an old Microsoft Office format; save it as .xlsx."),
    ("HwpSummaryInformation", "is a Hangul document; save it as .docx or PDF."),
    ("", "is in an old Microsoft Office format; save it as .docx, .xlsx, .pptx or PDF."),
)


def refuse_known(data: bytes) -> None:
    """Do nothing if `data` may be taken.

    Raises:
        Refused: if it is of a kind that is known and not taken.
    """
    if data.startswith(_OLE):
        raise Refused(next(why for part, why in _IN_OLE if part.encode("utf-16-le") in data))
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise NotTaken(f"is {what}")
    for kind, what in _OPEN_DOCUMENT_KINDS:
        if _OPEN_DOCUMENT + kind in data[:200]:
            raise NotTaken(f"is {what}")
    names = member_names(data)
    for beginning, what in _IN_ZIP:
        if any(name.startswith(beginning) for name in names):
            raise NotTaken(f"is {what}")
