"""Sentences: spans that cover a text exactly once, cut where a reader would pause.

A sentence ends at its mark (`.`, `!`, `?`, and their kin in other scripts), at a blank line, at a
heading, and at the end of a line that was not wrapped: a table row, a list item, a line of verse.
Thai and Lao have no such mark: a space ends a clause there, and a sentence is a clause that is long
enough, or several. White space after a sentence belongs to it.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

# Marks that end a sentence wherever they stand: CJK, Devanagari, Ethiopic, Burmese, Khmer, Urdu,
# Armenian. The Burmese comma and the Khmer sign for "and so on" do not.
_FREE_MARKS = "。！？｡．‼⁇⁈⁉।॥።፧။៕៚។۔؟։"
_CLOSERS = "\"'”’»›)\\]」』）】》〉〕｣*_"
# Tried at the first mark of a run only, and nothing given back: a page of dots is read once.
_MARK = re.compile(
    rf"(?<!។ល)(?!។ល។)[{_FREE_MARKS}]++[{_CLOSERS}]*+\s*+"
    rf"|(?<![.!?…])(?P<stop>[.!?…]++)(?P<close>[{_CLOSERS}]*+)\s++"
    r"(?=(?P<next>[\"'“‘«(\[*_]*\S))",
)
_IS_MARKDOWN_ROW = re.compile(r"\|.*\|\s*")  # tables stand in the text as Markdown
_BULLET = re.compile(
    r"\s*(?:[-*+•‣▪◦–|#]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s"
    r"|\d{1,3}(?:\.\d{1,3})+\s+[^\W\d_a-z]"  # 4.2 Heading
)
_NUMBER = re.compile(r"\d")
_LAST_WORD = re.compile(r"[^\s(\[“\"]*$")
# Not those that stand at a sentence's end as often as inside: etc, usw, ecc, atd, itd, dll, vb.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st mt messrs mme mlle rev hon gen col capt lt sgt sr jr gov sen rep pres
    no nos fig figs vol vols ch sec art p pp ed eds cf al vs viz approx dept est e.g i.e u.s u.k
    inc ltd co corp bros jan feb mar apr jun jul aug sep sept oct nov dec eq eqs ref refs
    bzw z.b nr bd hr fr ca vgl bspw d.h u.a abs evtl sog inkl str ggf mio mrd abb tab
    p.ex mm mlles av apr env hab sra srta ud uds pág págs núm ej p.ej ee.uu dña d.ª n.º exmo
    sig sigg dott ing avv pag pagg es art.li bijv blz dhr mevr drs o.a m.b.t d.w.z nl
    т.е т.к т.н см рис табл стр ул им руб тыс млн млрд гг вв напр проф акад св
    např tj tzv str č mj ing mgr np tzw ul m.in śp dyr inż hab tys
    örn yy sn doç bkz bpk jl hlm no.mor tp ths pgs gs
    """.split()
)
# After a day or a century a full stop makes an ordinal number: "am 3. Oktober".
_ORDINAL = re.compile(
    r"\s(?:Jan|Feb|Mär|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)[a-zä]*\b"
    r"|\s(?:Jahrhundert|Jhd?t?\b|Kapitel|Auflage|Platz|Tag|Lebensjahr|Bundestag)"
)
_DAY = re.compile(r"(?<![\d.])\d{1,2}$")
_THAI_LAO = "\u0e01-\u0e4e\u0e81-\u0ecd\u0edc\u0edd"
# A space that no number and no mark of repetition stands beside.
_CLAUSE = re.compile(rf"(?<=[{_THAI_LAO}])(?<![ๆฯໆຯ]) +(?=[{_THAI_LAO}])(?![ๆฯໆຯ])")
_HAS_THAI_LAO = re.compile(f"[{_THAI_LAO}]")
_SHORTEST_THAI = 60  # characters: shorter clauses are seldom sentences
_LONGEST_WRAP = 160  # characters; longer typical lines mean that the text is not wrapped at all
_ROW_NUMBERS = 3  # fewer also stand in ordinary sentences
_SHORT_LINE = 0.6  # of the typical line: shorter ones were ended on purpose


def split_sentences(text: str, headings: Iterable[int] = ()) -> list[tuple[int, int]]:
    """Return `(start, end)` of each sentence; they follow one another and cover `text`.

    Args:
        text: any text.
        headings: offsets at which a heading's line starts: cuts before it and after its line.
    """
    if not text:
        return []
    cuts = {0, len(text)}
    cuts.update(_mark_cuts(text))
    cuts.update(_line_cuts(text))
    if _HAS_THAI_LAO.search(text):
        cuts.update(_clause_cuts(text, sorted(cuts)))
    for start in headings:
        line_end = text.find("\n", start)
        cuts.update({start, len(text) if line_end < 0 else line_end + 1})
    return list(pairwise(sorted(cuts)))


def _mark_cuts(text: str) -> Iterator[int]:
    for match in _MARK.finditer(text):
        if match["stop"] is None or _ends_sentence(text, match):
            yield match.end()


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    following = match["next"][-1]
    if following.islower():
        return False
    if match["stop"] != ".":
        return True
    word = _LAST_WORD.search(text, max(0, match.start() - 20), match.start())
    before = word.group().lower() if word else ""
    if before in _ABBREVIATIONS:
        return False
    if _DAY.search(before) and _ORDINAL.match(text, match.end() - 1):
        return False
    is_initial = len(before) == 1 and before.isalpha() and before != "i"
    return not is_initial


def _clause_cuts(text: str, cuts: list[int]) -> Iterator[int]:
    """Yield where Thai and Lao clauses end that leave enough on both sides of them."""
    for start, end in pairwise(cuts):
        last = start
        for match in _CLAUSE.finditer(text, start, end):
            if min(match.start() - last, end - match.end()) >= _SHORTEST_THAI:
                last = match.end()
                yield last


def _line_cuts(text: str) -> Iterator[int]:
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text)
    wrap_width = _wrap_width(lines)
    offset = 0
    for line, following in pairwise([*lines, ""]):
        offset += len(line)
        if _ends_paragraph(line, following, wrap_width):
            yield offset


def _wrap_width(lines: list[str]) -> float:
    """Return the width at which lines are wrapped, in characters; infinite if they are not."""
    widths = sorted(len(line) for line in lines if not line.isspace())
    typical = widths[int(0.9 * (len(widths) - 1))] if widths else 0
    return typical if typical <= _LONGEST_WRAP else float("inf")


def _ends_paragraph(line: str, following: str, wrap_width: float) -> bool:
    if not following or following.isspace():
        return False  # the blank lines belong to what stands before them
    if line.isspace() or _BULLET.match(following) or _IS_MARKDOWN_ROW.fullmatch(line):
        return True
    if following.lstrip()[:1].islower():
        return False
    return len(line) < _SHORT_LINE * wrap_width or _is_table_row(line)


def _is_table_row(line: str) -> bool:
    cells = line.split()
    return (
        bool(cells)
        and bool(_NUMBER.search(cells[-1]))
        and sum(_NUMBER.search(cell) is not None for cell in cells) >= _ROW_NUMBERS
    )
