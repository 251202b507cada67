"""What ODT promises beyond the contract."""

import io
import time
import zipfile

import pytest

from agent.errors import DocumentError
from agent.formats import parse
from tests.agent.formats.make import make_zip
from tests.agent.formats.make_odt import HARBOUR_ODT, make_odt, note


def _text(data: bytes) -> str:
    return parse(data, "text.odt", lambda _done, _of: None).text


def test_a_list_that_does_not_count_from_one_has_no_wrong_numbers():
    style = (
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" '
        'style:num-format="1"/></text:list-style>'
    )
    lists = "".join(
        f'<text:list text:style-name="L"{more}><text:list-item{start}><text:p>word</text:p>'
        "</text:list-item></text:list>"
        for more, start in (
            ("", ""),
            (' text:continue-numbering="true"', ""),
            ("", ' text:start-value="4"'),
        )
    )
    text = _text(make_odt(lists, style))
    assert text.count("1. word") == 1
    assert text.count("* word") == 2


def test_notes_in_tables_and_boxes_keep_their_marks_and_order():
    body = (
        f"<table:table><table:table-row><table:table-cell><text:p>Depth</text:p></table:table-cell>"
        f"<table:table-cell><text:p>9 m{note('*', 'At low tide.')}</text:p></table:table-cell>"
        f"</table:table-row></table:table><text:p>Later{note('ii', 'In 1908.')}</text:p>"
    )
    text = _text(make_odt(body))
    assert "| Depth | 9 m[*] |" in text
    assert text.index("Later[ii]") < text.index("At low tide.") < text.index("In 1908.")


def test_a_text_without_its_first_member_is_known_by_its_parts():
    with zipfile.ZipFile(io.BytesIO(HARBOUR_ODT)) as archive:
        parts = {name: archive.read(name) for name in reversed(archive.namelist())}
    assert "dredged[1]" in _text(make_zip(parts))


HOSTILE = {
    "a locked text": (
        make_odt("", extra={"META-INF/manifest.xml": "<m><encryption-data/></m>"}),
        "protected by a password",
    ),
    "no text at all": (make_odt(""), "holds no text"),
    "a text without a body": (make_odt("", extra={"content.xml": "<x/>"}), "without text: save"),
    "a text cut in the middle": (make_odt("", extra={"content.xml": "<x><y>"}), "is damaged"),
    "half a file": (HARBOUR_ODT[:1_000], "is damaged: it cannot be unpacked"),
    "deep nesting": (
        make_odt("<text:section>" * 9_000 + "</text:section>" * 9_000), "is damaged",
    ),
    "lists 120 deep": (
        make_odt("<text:list><text:list-item>" * 110 + "<text:p>deep</text:p>"
                 + "</text:list-item></text:list>" * 110), None,
    ),
    "entities": (
        make_odt("", extra={"content.xml": "<!DOCTYPE d [<!ENTITY x 'a'>]><d>&x;</d>"}),
        "declares XML entities",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_or_hostile_text_is_one_sentence(name):
    data, hint = HOSTILE[name]
    if hint is None:
        assert "deep" in _text(data)
        return
    with pytest.raises(DocumentError) as refusal:
        _text(data)
    assert hint in str(refusal.value)


def test_cells_and_rows_said_to_be_repeated_for_ever_are_bounded():
    cell = (
        '<table:table-cell table:number-columns-repeated="999999999"><text:p>a</text:p>'
        "</table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="999999999">{cell}</table:table-row>'
    started = time.process_time()
    assert len(_text(make_odt(f"<table:table>{row}</table:table>"))) < 20_000
    assert time.process_time() - started < 2


def test_comments_heads_and_feet_come_last_and_once():
    styles = (
        '<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:master-styles>'
        "<style:master-page><style:header><text:p>Draft of May</text:p></style:header>"
        "<style:header-left><text:p>Draft of May</text:p></style:header-left>"
        "<style:footer><text:p>Page <text:page-number>3</text:page-number></text:p></style:footer>"
        '<style:footer-first style:display="false"><text:p>nobody sees this</text:p>'
        "</style:footer-first></style:master-page></office:master-styles></office:document-styles>"
    )
    comment = (
        '<office:annotation><dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Anna'
        "</dc:creator><text:p>Ask the yard.</text:p><text:p>Twice.</text:p></office:annotation>"
    )
    data = make_odt(f"<text:p>Paid{comment} in May.</text:p>", extra={"styles.xml": styles})
    assert parse(data, "some.odt", lambda _done, _of: None).text == (
        "Paid[comment 1, Anna] in May.\n\n[comment 1, Anna] Ask the yard. Twice.\n\nDraft of May\n"
    )
