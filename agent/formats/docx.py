"""DOCX: mammoth makes HTML of it, and the HTML is read as such."""

import io
import re
import secrets
from zipfile import ZipFile

from agent.formats.archive import member_names
from agent.formats.base import Format, OnPage, Parsed, Refused
from agent.formats.docx_rest import MAIN_PART, with_the_rest
from agent.formats.html import html_to_piece
from agent.formats.office import damaged, open_office
from agent.formats.pages import by_headings

_WRITTEN = re.compile(rb"<(?:\w+:)?t(?: [^<>]*)?>([^<]*)<")
# The arrow that leads from a note or a comment back to its mark.
_WAY_BACK = re.compile(r' <a href="#[^"]*">↑</a>')
# Less text than this, in bytes, is no ground to suspect a loss.
_LOSS_BYTES = 200


def _sniff(data: bytes) -> bool:
    return MAIN_PART in member_names(data)


def _parse(data: bytes, _on_page: OnPage) -> Parsed:
    with open_office(data, "DOCX") as archive:
        written = _written_bytes(archive)
        # Put into the text by us: what a file itself says must not be taken for it.
        marks = secrets.token_hex(16), secrets.token_hex(16)
        whole = with_the_rest(archive, data, marks)
    piece = html_to_piece(_to_html(whole, marks))
    if written > _LOSS_BYTES and len(piece.text.encode()) * 2 < written:
        raise Refused("is a DOCX of which most text cannot be read; save it again or as PDF.")
    return by_headings("mammoth", piece.text, piece.headings)


def _to_html(data: bytes, marks: tuple[str, str]) -> str:
    import mammoth  # noqa: PLC0415 - needed for this format only

    try:
        html: str = mammoth.convert_to_html(
            io.BytesIO(data),
            convert_image=lambda _image: [],
            include_embedded_style_map=False,
            style_map="comment-reference => sup",  # or it leaves comments out
        ).value
    except Exception as error:  # on broken parts mammoth raises whatever Python does on them
        raise damaged("DOCX") from error
    html = html.replace(marks[0], "<span hidden>").replace(marks[1], "</span>")
    return f"<html><body>{_WAY_BACK.sub('', html)}</body></html>"


def _written_bytes(archive: ZipFile) -> int:
    if MAIN_PART not in archive.namelist():
        return 0
    return sum(map(len, _WRITTEN.findall(archive.read(MAIN_PART))))


FORMAT = Format("docx", "DOCX", (".docx",), _sniff, _parse)
