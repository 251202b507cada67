r"""Text of strangers (documents, file names, models) made into text and nothing else.

`to_html` is for what is read: it is exact. `to_markdown` is for Streamlit's labels and messages,
which take nothing but Markdown; there a backslash is not enough, because several of Streamlit's
transformations (emoji, icons, arrows, bare addresses) run on the text after backslashes are gone.
Those are broken by a word joiner, which has no width and no meaning.
"""

import html
import re
from typing import Final

_JOINER: Final = "\u2060"
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
_BREAKS: Final = (
    re.compile(r"(?<=:)(?=\S)"),  # `:emoji:`, `:material/icon:`, `https://`
    re.compile(r"(?<=www)(?=\.)", re.IGNORECASE),
    re.compile(r"(?<=\S)(?=@)"),  # e-mail addresses
    re.compile(r"(?<=[<>~-])(?=[<>=-])"),  # `->` would be drawn as an arrow
)
_LINE_END: Final = re.compile(r"(?<=[^\n])\n(?=[^\n])")
_INDENT: Final = re.compile(r"^[ \t]+", re.MULTILINE)
_TAB: Final = "\u00a0" * 4


def to_html(text: str) -> str:
    """Return HTML that shows exactly `text`, also inside of an attribute."""
    return html.escape(text, quote=True)


def to_markdown(text: str) -> str:
    """Return Markdown that shows `text`: no link, image, markup, formula, directive or emoji.

    Lines stay lines and blank lines stay between paragraphs; tabs and spaces that begin a line
    become no-break spaces, since they would make a block of code.
    """
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    for pattern in _BREAKS:
        lines = pattern.sub(_JOINER, lines)
    escaped = _LINE_END.sub(r"\\\n", _PUNCTUATION.sub(r"\\\1", lines))
    return _INDENT.sub(lambda indent: indent[0].replace("\t", _TAB).replace(" ", "\u00a0"), escaped)
