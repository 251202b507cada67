"""How a line says the number of its page.

A line that looks so may still count something else: `running` holds the pages against each other.
Lines are casefolded here, their words one space apart.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

NUMBER: Final = re.compile(r"\d{1,6}")
BARS: Final = frozenset("|¦│•·●▪")
"""What sets a number off from words. A dash does not, as in "Unit - 5"."""

# What says nothing of a number. "§", "№", "#" and "$" do.
_ORNAMENT = re.compile(r"[\s\d\-‐‑‒–—―−|¦│/\\.,:·•●▪*~()\[\]{}<>«»=_]+")
_BEFORE = frozenset(
    "page p pp pg pag pagina página pág pàgina pàg páxina pagină pahina laman seite s sida sid "
    "side sivu síða bls strona str strana stránka stran stranica страница стр с сторінка стор "
    "старонка бет хуудас σελίδα σελ lk lehekülg faqe faqja sayfa səhifə sahifa trang halaman hal "
    "ukurasa หน้า ໜ້າ ទំព័រ စာမျက်နှာ صفحة صفحه صفحہ ص עמוד עמ पृष्ठ পৃষ্ঠা પૃષ્ઠ ਪੰਨਾ "
    "பக்கம் పేజీ ಪುಟ പേജ് පිටුව ページ 頁 页 페이지 쪽".split()
)
_AFTER = frozenset("ページ 頁 页 頁共 页共 페이지 쪽 oldal lpp psl sayfa".split())
_OF = frozenset(
    "of von van de di du sur su av af fra z ze od iz из з од від din dari trên của จาก من از "
    "מתוך 第 共 全 中 중".split()
)


def is_bare(line: str) -> bool:
    """Whether a line has the words of a page number only: "5", "- 5 -", "Page 5", "5 of 9"."""
    names = set(_names(line))
    if names <= _OF:
        return not names or len(NUMBER.findall(line)) > 1
    return names <= _BEFORE | _AFTER | _OF


def is_named(line: str, place: int) -> bool:
    """Whether a word for page stands beside a number of a line, given by its place among them."""
    parts = NUMBER.split(line)
    before, after = _names(parts[place])[-1:], _names(parts[place + 1])[:1]
    return not _BEFORE.isdisjoint(before) or not _AFTER.isdisjoint(after)


def at_ends(line: str) -> Iterator[tuple[int, str]]:
    """Yield the numbers at the ends of a line by their places, and what stands beside each."""
    tokens = line.split()
    last = len(NUMBER.findall(line)) - 1
    for place, ordered in ((0, tokens), (last, tokens[::-1])):
        beside = _beside(ordered[1:])
        if beside and NUMBER.fullmatch(ordered[0]):
            yield place, beside


def _beside(others: Sequence[str]) -> str:
    """Return a bar that sets off more than a single word, else the nearest word or number."""
    if others and others[0] in BARS and len(others) > 2:  # noqa: PLR2004 - the bar and one word
        return others[0]
    return next((token for token in others if any(map(str.isalnum, token))), "")


def _names(text: str) -> list[str]:
    return [name for name in _ORNAMENT.split(text) if name]
