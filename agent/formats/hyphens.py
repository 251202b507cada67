"""Words that were cut at the end of a line, made whole by what the document itself says of them.

"infor-" and "mation" are one word, "stock-" and "based" are two with a hyphen. Which it is the
document tells: it writes the one or the other elsewhere, or knows both halves as words.
The line then ends behind the word, so that lines stay about as long as they were.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

_HYPHEN: Final = "-\u2010"
_CUT: Final = re.compile(
    rf"(?P<head>[^\W\d_]+)(?P<hyphen>[{_HYPHEN}])\n(?P<tail>[^\W\d_]+)(?P<rest>\S*)(?P<gap>\s?)"
)
# A word, or several joined by hyphens, that no line's end has cut.
_WHOLE: Final = re.compile(
    rf"(?<![{_HYPHEN}\w])(?<![{_HYPHEN}]\n)[^\W\d_]+(?:[{_HYPHEN}][^\W\d_]+)*(?![{_HYPHEN}\w])"
)
_CUT_END: Final = re.compile(rf"[{_HYPHEN}]\n")
_ANY_HYPHEN: Final = re.compile(f"[{_HYPHEN}]")


def join_words(pages: Sequence[str]) -> list[str]:
    """Return the pages with words made whole that a hyphen and a line's end had cut."""
    cuts = {
        (m["head"].casefold(), m["tail"].casefold()) for page in pages for m in _CUT.finditer(page)
    }
    if not cuts:
        return list(pages)
    known = _count(pages, cuts)

    def join(found: re.Match[str]) -> str:
        end = "\n" if found["gap"] else ""
        hyphen = "" if _is_one_word(found["head"], found["tail"], known) else found["hyphen"]
        return f"{found['head']}{hyphen}{found['tail']}{found['rest']}{end}"

    return [_CUT.sub(join, page) for page in pages]


def _is_one_word(head: str, tail: str, known: Counter[str]) -> bool:
    if not (tail[0].islower() or (head.isupper() and tail.isupper())):  # Schwarz-Weiß, non-AWS
        return False
    head, tail = head.casefold(), tail.casefold()
    whole, with_hyphen = known[head + tail], known[f"{head}-{tail}"]
    if whole != with_hyphen:
        return whole > with_hyphen
    return not (known[head] and known[tail])


def _count(pages: Sequence[str], cuts: set[tuple[str, str]]) -> Counter[str]:
    """Count whole words, halves and pairs with a hyphen, those that are asked for alone."""
    wanted = {form for head, tail in cuts for form in (head, tail, head + tail, f"{head}-{tail}")}
    written, known = Counter[str](), Counter[str]()
    for page in pages:
        written.update(_WHOLE.findall(page))
    for word, count in written.items():
        for form in _forms(word.casefold()):
            if form in wanted:
                known[form] += count
    return known


def _forms(word: str) -> Iterator[str]:
    """Yield a word, or of one with hyphens each two neighbours."""
    parts = _ANY_HYPHEN.split(word)
    if len(parts) == 1:
        yield word
    else:
        yield from (f"{one}-{other}" for one, other in pairwise(parts))


def align(cut: str, whole: str) -> list[int] | None:
    """Return for each character of `whole` its place in `cut`, of which `join_words` has made it.

    None if it has made something else of it.
    """
    places: list[int] = []
    at = 0
    for character in whole:
        if character != "\n" and cut[at : at + 1] == "\n" and cut[at - 1 : at] in _HYPHEN:
            at += 1  # the hyphen stays
        elif character != cut[at : at + 1] and _CUT_END.match(cut, at):
            at += 2
        is_same = cut[at : at + 1] == character
        if not is_same and not (character == "\n" and cut[at : at + 1].isspace()):
            return None
        places.append(at)
        at += 1
    return places if at == len(cut) else None
