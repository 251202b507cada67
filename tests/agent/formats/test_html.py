"""What HTML promises beyond the contract, and EPUB and DOCX with it."""

import re

import pytest

from agent.document import Heading
from agent.formats import parse
from agent.formats.base import Refused
from agent.formats.html import html_to_piece
from tests.agent.formats.make import make_docx, make_epub, paragraph


def test_text_lost_by_the_library_is_an_error():
    with pytest.raises(Refused, match="only 0 of about 5,000 characters could be read"):
        html_to_piece("<div>" * 10_000 + "a" * 5_000)


def test_a_page_of_scripts_and_comments_is_no_loss():
    script = "<script>" + "x" * 5_000 + "</script><!-- " + "<b>y</b>" * 900 + " -->"
    assert html_to_piece(f"<body>{script}<p>short</p></body>").text == "short\n"


def test_deep_nesting_is_refused_and_not_a_crash():
    with pytest.raises(Refused):
        html_to_piece("<div>" * 1_500 + "<p>word</p>" * 100)


@pytest.mark.parametrize("html", ["", " ", "<!-- nothing -->", "<html></html>"])
def test_a_page_of_nothing_is_empty_text(html):
    assert html_to_piece(html).text.strip() == ""


def test_headings_without_words_are_none_and_broken_ones_are_whole():
    piece = html_to_piece("<h1> </h1><h2>\n The\n <a>whole</a> title </h2><li><h3>item</h3></li>")
    assert [(h.level, h.title) for h in piece.headings] == [(2, "The whole title"), (3, "item")]
    assert piece.text[piece.headings[0].start :].startswith("The whole title")
    assert piece.text[piece.headings[1].start :].startswith("item")


def test_cells_of_a_table_stand_in_their_row_with_their_lines_joined():
    html = "<table><tr><td><p>a</p><p>b</p><td><b>W</b>ord<td><td></table><p>after"
    assert html_to_piece(html).text == "| a b | Word |\n| --- | --- |\n\nafter\n"


def test_a_table_within_a_table_keeps_its_rows():
    inner = "<table><tr><td>1<td>2</table>"
    assert "| 1 | 2 |\n" in html_to_piece(f"<table><tr><td>{inner}<td>beside</table>").text


def test_merged_cells_of_html_stand_in_their_columns():
    html = (
        "<table><caption>Harbour</caption><tr><th rowspan=2>Year<th colspan=2>Ships"
        "<tr><th>in<th>out<tr><td>1907<td>1,204<td>1,199</table>"
    )
    assert html_to_piece(html).text == (
        "Harbour\n| Year | Ships | ← Ships |\n| --- | --- | --- |\n"
        "| ↑ Year | in | out |\n| 1907 | 1,204 | 1,199 |"
    )


@pytest.mark.parametrize("span", ["0", "-1", "2.5", "x", "", "9" * 5_000, "99999999"])
def test_a_span_of_any_size_is_no_more_than_its_table(span):
    html = f"<table><tr><td colspan='{span}' rowspan='{span}'>a<tr><td>1<td>2</table>"
    assert len(html_to_piece(html).text) < 60


def test_a_document_of_xml_with_a_declared_encoding_is_read():
    data = '<?xml version="1.0" encoding="windows-1251"?><html><p>Море</p></html>'.encode("cp1251")
    document = parse(data, "page.xhtml", lambda _done, _of: None)
    assert (document.text.strip(), document.engine) == ("Море", "inscriptis, cp1251")


def test_control_characters_written_as_entities_are_dropped_too():
    html = "<html><body><h1>The&#1; ha&#129;rbour</h1><p>It was&#157; dredged.</p></body></html>"
    document = parse(html.encode(), "page.html", lambda _done, _of: None)
    assert document.text.split() == ["The", "harbour", "It", "was", "dredged."]
    assert [heading.title for heading in document.headings] == ["The harbour"]


def test_a_chapter_is_called_by_the_path_that_leads_to_it():
    nav = (
        "<html><nav><ol><li><span>Book One</span><ol><li><a href='text/c%201.xhtml'>I</a></li>"
        "</ol></li><li><a href='x.xhtml'>Book Two</a><ol><li><a href='text/c%202.xhtml'>I</a></li>"
        "</ol></li></ol></nav></html>"
    )
    chapters = dict.fromkeys("ab", "<html><body><p>It began.</p></body></html>")
    document = parse(make_epub(chapters, {"OPS/nav.xhtml": nav}), "b.epub", lambda _done, _of: None)
    assert [page.label for page in document.pages] == ["Book One › I", "Book Two › I"]


def test_an_old_book_is_called_by_its_ncx():
    ncx = (
        "<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap><navPoint><navLabel><text>"
        "Chapter\n the first</text></navLabel><content src='text/c%201.xhtml'/></navPoint>"
        "<navPoint><navLabel><text>A part of it</text></navLabel>"
        "<content src='text/c%201.xhtml#part'/></navPoint></navMap></ncx>"
    )
    package = (
        "<package><manifest><item id='n' href='toc.ncx' media-type='application/x-dtbncx+xml'/>"
        "<item id='p' href='cover.png' media-type='image/png'/>"
        "<item id='c' href='text/c%201.xhtml' media-type='application/xhtml+xml'/></manifest>"
        "<spine><itemref idref='p'/><itemref idref='c'/></spine></package>"
    )
    chapters = {"x": "<html><body><p>It began.</p></body></html>"}
    extra = {"OPS/book.opf": package, "OPS/toc.ncx": ncx}
    document = parse(make_epub(chapters, extra), "old.epub", lambda _done, _of: None)
    assert [page.label for page in document.pages] == ["1", "Chapter the first"]
    assert document.text == "\nIt began.\n"


def test_entities_of_a_books_own_tables_are_not_expanded():
    container = (
        "<!DOCTYPE c [<!ENTITY f SYSTEM 'file:///etc/passwd'><!ENTITY p 'OPS/book.opf'>]>"
        "<container><rootfiles><rootfile full-path='OPS/book.opf'/></rootfiles>&f;</container>"
    )
    book = make_epub({"One": "<p>Text.</p>"}, {"META-INF/container.xml": container})
    document = parse(book, "book.epub", lambda _done, _of: None)
    assert document.text == "Text.\n"


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
def test_a_docx_keeps_its_notes_with_a_mark(kind):
    notes = (
        f'<w:{kind}s xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:{kind} w:id="2">{paragraph("By hand.")}</w:{kind}></w:{kind}s>'
    )
    mark = f"<w:r><w:{kind}Reference w:id='2'/></w:r>"
    cell = f"<w:tc><w:p><w:r><w:t>9 m</w:t></w:r>{mark}</w:p></w:tc>"
    body = f"<w:tbl><w:tr><w:tc>{paragraph('Depth')}</w:tc>{cell}</w:tr></w:tbl>"
    made = make_docx(body, {f"word/{kind}s.xml": notes})
    text = parse(made, "note.docx", lambda _done, _of: None).text
    assert "| Depth | 9 m[1] |\n" in text
    assert "1. By hand." in text


def test_a_docx_keeps_its_footnotes_and_drops_its_pictures():
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:footnote w:id="2">{paragraph("By hand.")}</w:footnote></w:footnotes>'
    )
    body = (
        "<w:p><w:r><w:t>Dredged</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
        + paragraph("Depth", "Heading3")
    )
    document = parse(
        make_docx(body, {"word/footnotes.xml": notes}), "note.docx", lambda _done, _of: None
    )
    assert "Dredged[1]" in document.text
    assert "1. By hand." in document.text
    assert document.headings == (Heading(3, "Depth", document.text.index("Depth")),)


STORY = "".join(
    f"<p>In {year} the keeper of the harbour wrote that {year - 1800} ships had come and gone, and "
    "that none of them had paid the dues which the council of the island had asked for.</p>"
    for year in range(1901, 1913)
)
MENU = "<ul>" + "".join(f'<li><a href="/{n}">Section number {n}</a></li>' for n in range(20))
MENU += "</ul>"
FOOT = "<div>Sign up for our newsletter and never miss a story.</div><footer>All rights.</footer>"


def _page(*parts: str) -> str:
    return f"<!doctype html><html><body>{''.join(parts)}</body></html>"


def _read(html: str):
    return parse(html.encode(), "page.html", lambda _done, _of: None)


def test_what_stands_around_an_article_is_left_out_and_said():
    title = "<header><h1>The dues of the harbour</h1><p>By our correspondent, today</p></header>"
    table = "<table><tr><td>Year</td><td>Dues</td></tr><tr><td>1907</td><td>12</td></tr></table>"
    first, last = STORY[: len(STORY) // 2 + 1].rsplit("<p>", 1)[0], STORY[len(STORY) // 2 :]
    last = last[last.index("<p>") :]
    inside = f"<article>{first}{table}{MENU}{last}</article>"
    document = _read(_page(MENU, title, f"<div>{inside}</div>", FOOT))
    assert document.text.startswith("The dues of the harbour\n")
    assert "| 1907 | 12 |" in document.text
    assert all(f"In {year} the keeper" in document.text for year in (1901, 1905, 1908, 1912))
    assert not {"Section number 7", "newsletter", "All rights"} & {
        words
        for words in ("Section number 7", "newsletter", "All rights")
        if words in document.text
    }
    (note,) = document.notes
    assert (note.page, note.kind) == (1, "around")
    assert note.text.startswith("Section number 0")
    assert note.count > 2 * len("Section number 0") * 20


WHOLE = {
    "no article in it": ["<nav>Home News</nav>", "<p>Shut.</p>", FOOT],
    "the article is little beside the rest": [
        f"<p>{'It was shut for good. ' * 12}</p>",
        "".join(f"<form><label>Field {n}</label> Its value may be any.</form>" for n in range(200)),
    ],
    "a document of its own": [MENU, STORY * 200, FOOT],
}


@pytest.mark.parametrize("why", WHOLE)
def test_a_page_stays_whole_where_leaving_out_would_be_a_guess(why):
    html = _page(*WHOLE[why])
    document = _read(html)
    assert document.notes == ()
    shown = "".join(re.sub(r"<[^>]*>", " ", html.split("<body>")[1]).split())
    assert "".join(document.text.replace("*", "").split()) == shown.replace("*", "")


def test_contents_of_the_page_itself_stay_within_the_article():
    contents = "".join(
        f'<li><a href="#y{year}">The year {year}</a></li>' for year in range(1901, 1913)
    )
    intro = STORY.split("</p>", maxsplit=1)[0] + "</p>"
    document = _read(_page(MENU, f"<main>{intro}<ul>{contents}</ul>{STORY}</main>"))
    assert "The year 1907" in document.text
    assert "Section number 7" not in document.text
