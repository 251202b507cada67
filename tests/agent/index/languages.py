"""Articles 3, 5, 9 and 24 of the Universal Declaration of Human Rights in all 29 languages.

The text is in the public domain. With each goes a question of ours by some of its words, in other
forms where the language has them.
"""

from pathlib import Path

_LINES = Path(__file__).with_name("declaration.tsv").read_text(encoding="utf-8").splitlines()

TEXTS = {}
for _line in _LINES:
    _language, _question, _text = _line.split("\t")
    TEXTS.setdefault(_language, []).append((_text, _question))
