"""The marks `[n]` and the quotation marks in a written answer, checked before anyone sees it."""

import re
from collections.abc import Iterator, Sequence

from agent.evidence import Evidence
from agent.quote import find_quote, find_quote_between

UNMARKED = "No sentence of this answer names its source; it was written from the quotes below."
UNVERIFIED = "[not found in the documents]"
# Shorter ones are single words and names, set off rather than quoted.
_QUOTE_CHARACTERS = 12
_MARK = r"\s?\[(?P<mark>\d{1,4})\]"
_QUOTATION = (
    r"“[^“”]+”|„[^“”„]+[“”]|«[^«»]+»|「[^「」]+」|『[^『』]+』"
    r'|(?<![\w"])"(?=\S)[^"\n]+(?<=\S)"(?!\w)'
)
_CHECKED = re.compile(rf"(?P<quotation>{_QUOTATION})|{_MARK}")


def check_answer(text: str, evidence: Sequence[Evidence]) -> tuple[str, int]:
    """Return the text as it may be shown, and how many quotes in it do not stand anywhere.

    A mark that points to no evidence is taken out. Words in quotation marks that the documents do
    not hold are said to be so. An answer without any mark says that too.
    """
    unverified = 0
    marked = False

    def check(found: re.Match[str]) -> str:
        nonlocal unverified, marked
        if found["mark"]:
            is_source = 1 <= int(found["mark"]) <= len(evidence)
            marked |= is_source
            return found[0] if is_source else ""
        if len(found[0]) < _QUOTE_CHARACTERS + 2 or _stands(found[0], evidence):
            return found[0]
        unverified += 1
        return f"{found[0]} {UNVERIFIED}"

    text = _CHECKED.sub(check, text).strip()
    if evidence and not marked:
        text = f"{text}\n\n{UNMARKED}"
    return text, unverified


def marks_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offset and the number of each mark; what stands in quotation marks has none."""
    for found in _CHECKED.finditer(text):
        if found["mark"]:
            yield found.start("mark"), int(found["mark"])


def check_sentence(text: str, evidence: Sequence[Evidence]) -> tuple[str, int]:
    """Return a sentence that has its marks elsewhere, with its quotations checked; see above."""
    unmarked = re.sub(_MARK, "", text)
    checked, unverified = check_answer(unmarked, evidence)
    return checked.removesuffix(UNMARKED).strip(), unverified


def _stands(quotation: str, evidence: Sequence[Evidence]) -> bool:
    near = (find_quote_between(quotation, item.document, item.span) for item in evidence)
    documents = {item.document.id: item.document for item in evidence}.values()
    return any(near) or any(find_quote(quotation, document) for document in documents)
