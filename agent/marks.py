"""The marks `[n]` and the quotation marks in a written answer, checked before anyone sees it."""

import re
from collections.abc import Sequence

from agent.evidence import Evidence
from agent.quote import find_quote, find_quote_between

UNMARKED = "No sentence of this answer names its source; it was written from the quotes below."
UNVERIFIED = "[not found in the documents]"
_MARK = re.compile(r"\s?\[(\d{1,3})\]")
_QUOTED = re.compile(r"[\"“]([^\"“”]{12,})[\"”]")


def check_answer(text: str, evidence: Sequence[Evidence]) -> tuple[str, int]:
    """Return the text as it may be shown, and how many quotes in it do not stand anywhere.

    A mark that points to no evidence is taken out. Words in quotation marks that the documents do
    not hold are said to be so. An answer without any mark says that too.
    """
    text = _MARK.sub(
        lambda mark: mark[0] if 1 <= int(mark[1]) <= len(evidence) else "", text
    ).strip()
    text, unverified = _check_quotations(text, evidence)
    if evidence and not _MARK.search(text):
        text = f"{text}\n\n{UNMARKED}"
    return text, unverified


def _check_quotations(text: str, evidence: Sequence[Evidence]) -> tuple[str, int]:
    documents = {item.document.id: item.document for item in evidence}.values()
    unverified = 0

    def check(quoted: re.Match[str]) -> str:
        nonlocal unverified
        near = (find_quote_between(quoted[1], item.document, item.span) for item in evidence)
        if any(near) or any(find_quote(quoted[1], document) for document in documents):
            return quoted[0]
        unverified += 1
        return f"{quoted[0]} {UNVERIFIED}"

    return _QUOTED.sub(check, text), unverified
