"""OpenDocument texts."""

import zipfile

from tests.agent.formats.make import HIDDEN, Sample, make_zip

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "draw", "style")
)
MIME_TYPE = "application/vnd.oasis.opendocument.text"


def make_odt(body: str, styles: str = "", extra: dict[str, str | bytes] | None = None) -> bytes:
    """Return a text of `body` (what stands in office:text) with automatic `styles`."""
    content = (
        f"<office:document-content {_SPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    parts = {"mimetype": MIME_TYPE, "content.xml": content, "META-INF/manifest.xml": "<m/>"}
    return make_zip(parts | (extra or {}), zipfile.ZIP_STORED)


def note(mark: str, words: str) -> str:
    """Return a footnote."""
    return (
        f"<text:note><text:note-citation>{mark}</text:note-citation><text:note-body>"
        f"<text:p>{words}</text:p></text:note-body></text:note>"
    )


def _item(words: str) -> str:
    return f"<text:list-item><text:p>{words}</text:p></text:list-item>"


def _cell(words: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{words}</text:p></table:table-cell>"


_NUMBERS = (
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" '
    'style:num-format="1"/></text:list-style>'
)
_TWO_COLUMNS = 'table:number-columns-spanned="2"'
_COVERED = "<table:covered-table-cell/>"
HARBOUR_ODT = make_odt(
    f"<text:tracked-changes><text:p>{HIDDEN}</text:p></text:tracked-changes>"
    '<text:h text:outline-level="1">The har<text:span>bour</text:span></text:h>'
    f"<text:p>It was<text:s text:c='3'/>dredged{note('1', 'By hand &amp; spade.')} in<text:tab/>"
    "1907<text:line-break/>and 1908.</text:p>"
    f'<text:list text:style-name="L1">{_item("first")}{_item("second")}</text:list>'
    f"<text:list>{_item('loose')}<text:list-item><text:list>{_item('within')}</text:list>"
    "</text:list-item></text:list>"
    f'<text:section text:display="none"><text:p>{HIDDEN}</text:p></text:section>'
    "<table:table><table:table-header-rows><table:table-row>"
    f"{_cell('Year')}{_cell('Ships', _TWO_COLUMNS)}{_COVERED}"
    "</table:table-row></table:table-header-rows><table:table-row>"
    f'{_cell("1907")}<table:table-cell table:number-columns-repeated="1"/>{_cell("a|b")}'
    "</table:table-row></table:table>"
    '<text:h text:outline-level="2">The pilots</text:h>'
    "<text:p>They moved<draw:frame><draw:text-box><text:p>a box</text:p></draw:text-box>"
    "</draw:frame>"
    f" out.<office:annotation-end><text:p>{HIDDEN}</text:p></office:annotation-end></text:p>"
    + "<text:p>And back.</text:p>"
    * 70,
    _NUMBERS,
)
SAMPLE = Sample(
    "harbour.odt",
    HARBOUR_ODT,
    "odt",
    labels=("The harbour", "The pilots", "The pilots"),
    headings=((1, "The harbour"), (2, "The pilots")),
    must_include=(
        "The harbour\n\nIt was dredged[1] in 1907\nand 1908.\n",
        " 1. first\n 2. second\n",
        "  * loose\n",
        "within\n",
        "| Year | Ships | ← Ships |\n| --- | --- | --- |\n| 1907 | | a\uff5cb |\n",
        "They moved out.\n\na box\n",
        "\n\n[1] By hand & spade.\n",
    ),
)
