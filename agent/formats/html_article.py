"""The article of a web page, without the menus, teasers and forms around it.

trafilatura says what belongs to the article; what it says is looked up in the page's own tree, so
that the text stays as the page has it. Only whole parts without any of it are taken out, and never
what stands between two parts of it, unless that is made of links.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

# A longer page is a document of its own, and its menus are little beside it.
_LONGEST: Final = 300_000
_LEAST: Final = 200  # characters of an article; what is shorter may be anything
_LEAST_SHARE: Final = 0.2  # of the page: else trafilatura may have missed the article
_PIECE: Final = 24  # characters that are looked up where a paragraph is not found whole
_ENOUGH: Final = 0.6  # of its pieces
_LINKS: Final = 0.5  # of a part's characters: it is there to lead elsewhere
_IN_LINE: Final = frozenset(
    """
    a abbr b bdi bdo cite code del em font i ins kbd mark q s samp small span strong sub sup time
    tt u var br img label wbr
    """.split()
)
_AROUND: Final = frozenset("nav footer aside menu select button dialog form header".split())


def drop_surroundings(tree: "_Element") -> str:
    """Take out what stands around the article of a page, and return its words; "" for nothing."""
    body = tree.find(".//body")
    if body is None or len(_letters("".join(_texts(body)))) > _LONGEST:
        return ""
    page = _Page(body, _article(tree))
    if page.kept[body] < max(_LEAST, _LEAST_SHARE * page.total[body]):
        return ""
    return "\n".join(page.drop(body))


def _article(tree: "_Element") -> str:
    import trafilatura  # noqa: PLC0415 - needed for this format only
    from lxml import etree  # noqa: PLC0415 - needed for few formats

    html = etree.tostring(tree, encoding="unicode", method="html")
    return trafilatura.extract(html, favor_recall=True, include_comments=False) or ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _texts(element: "_Element") -> Iterator[str]:
    yield from map(str, element.itertext())


class _Page:
    """Knows of each part of a page how many letters it has, and how many of the article's.

    Attributes:
        kept: letters of the article within an element.
        total: letters within it.
    """

    def __init__(self, body: "_Element", article: str) -> None:
        self.kept, self.total = Counter["_Element"](), Counter["_Element"]()
        self._article = _letters(article)
        self._parts = set(_parts(body))
        self._with_own = set["_Element"]()
        for part in body.iter():
            if part in self._parts and (letters := _letters("".join(self._own_texts(part)))):
                self._count(part, letters)

    def _count(self, part: "_Element", letters: str) -> None:
        # A title may stand in the page's head, where trafilatura does not look.
        kept = len(letters) if part.tag == "h1" or self._has(letters) else 0
        if kept:
            self._with_own.add(part)
        for holder in (part, *part.iterancestors()):
            self.total[holder] += len(letters)
            self.kept[holder] += kept

    def _own_texts(self, part: "_Element") -> Iterator[str]:
        """Yield the texts of a part but for those of the parts in it."""
        yield part.text or ""
        for child in part:
            if child not in self._parts:
                yield from self._own_texts(child)
            yield child.tail or ""

    def _has(self, letters: str) -> bool:
        """Whether the article has these letters, or most of their pieces."""
        if letters in self._article:
            return True
        pieces = [letters[at : at + _PIECE] for at in range(0, len(letters) - _PIECE + 1, _PIECE)]
        return sum(piece in self._article for piece in pieces) > _ENOUGH * max(1, len(pieces))

    def drop(self, element: "_Element") -> Iterator[str]:
        """Take out the parts of `element` that have none of the article; yield their words."""
        parts = [part for part in element if part in self._parts and self.total[part]]
        of_article = [at for at, part in enumerate(parts) if self.kept[part]]
        if element in self._with_own:  # its own words stand around all of them
            of_article = [-1, *of_article, len(parts)]
        for at, part in enumerate(parts):
            if self.kept[part]:
                yield from self.drop(part)
            elif not of_article[0] < at < of_article[-1] or self._leads_elsewhere(part):
                yield " ".join(" ".join(_texts(part)).split())
                cut_out(part)

    def _leads_elsewhere(self, part: "_Element") -> bool:
        links = (a for a in part.iter("a") if not a.get("href", "#").startswith("#"))
        linked = sum(len(_letters("".join(_texts(link)))) for link in links)
        return part.tag in _AROUND or linked > _LINKS * self.total[part]


def _parts(body: "_Element") -> Iterator["_Element"]:
    """Yield the elements that stand on lines of their own, and those that hold such."""
    yield body
    for element in body.iter():
        if element.tag not in _IN_LINE:
            yield element
            yield from element.iterancestors(*_IN_LINE)


def cut_out(element: "_Element") -> None:
    """Take an element out of its tree; what follows it stays."""
    parent = element.getparent()
    if parent is None:
        return
    previous = element.getprevious()
    if previous is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        previous.tail = (previous.tail or "") + (element.tail or "")
    parent.remove(element)
