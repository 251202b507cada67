"""The text of one page of a PDF as PDFium reads it, and which glyph each character comes from.

Both ways to it give the same text. The short one asks PDFium once for the whole page; the long one
goes through the characters one by one, and is taken where some of them are hidden, where columns
were drawn line by line, or where it must be known where each of them stands.
"""

import ctypes
import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.formats.pages import clean, clean_with_places
from agent.formats.pdf_columns import Group, are_prose, find_columns
from agent.formats.pdf_hidden import SCAN_SHARE, Eye
from agent.formats.pdf_page import Survey, address, objects, share_under, survey
from agent.formats.unseen import NO_WIDTH, TAGS, spelt

# PDFium's mark for a hyphen at a line's end, whose line end it leaves out: the first when asked for
# a character, the second when asked for a text.
_LINE_END_HYPHEN = "\x02"
_LINE_END_HYPHENS = (_LINE_END_HYPHEN, "\ufffe")
_NOWHERE = -1
# Characters without a width, and the marks that turn the direction of reading, which is settled
# once PDFium has read the page.
_NO_WIDTH = re.compile(f"[\u200e\u200f\u202a-\u202e\u2066-\u2069]|{NO_WIDTH.pattern}")


@dataclass(frozen=True, slots=True)
class PageText:
    """What one page says.

    Attributes:
        text: canonical, ends in one line end.
        places: for each character of `text` the index of its character in PDFium, -1 for line ends
            that PDFium does not have; empty unless asked for.
        hidden: text that nobody can see, not in `text`.
        zero_width: how many characters without a width were taken out of `text`.
        is_scan: whether there is no text, but a picture on most of the page.
        has_drawn_text: whether text is drawn on the page, read or not.
        is_bare: whether nothing is drawn on the page at all.
    """

    text: str
    places: Sequence[int]
    hidden: str
    zero_width: int
    is_scan: bool
    has_drawn_text: bool
    is_bare: bool


def read_page(page: Any, textpage: Any, eye: Eye, *, with_places: bool = False) -> PageText:
    """Read a page of PDFium."""
    found = survey(page)
    columns = find_columns(found.boxes, found.bounds)
    raw = _whole(textpage) if found.is_plain and not with_places and not columns else None
    if raw is not None and not _NO_WIDTH.search(raw):
        return _page_text(clean(raw), (), "", 0, found)
    units = _units(textpage)
    hidden = [False] * len(units) if found.is_plain else _hidden(page, textpage, eye, found, units)
    order = _in_columns(page, textpage, units, columns) if columns else range(len(units))
    text, places = _visible(units, hidden, order)
    unseen = _text_of(itertools.compress(units, hidden))
    unseen += spelt("".join(TAGS.findall(text)))
    text, places, zero_width = _without(_NO_WIDTH, text, places)
    text, kept = clean_with_places(text)
    places = [places[at] for at in kept]
    return _page_text(text, places, clean(unseen), zero_width, found)


def _page_text(
    text: str, places: Sequence[int], hidden: str, zero_width: int, found: Survey
) -> PageText:
    first = len(text) - len(text.lstrip("\n"))
    stripped = text.strip("\n")
    is_scan = not stripped.strip() and share_under(found.images, found.bounds) >= SCAN_SHARE
    return PageText(
        text=stripped + "\n",
        places=[*places[first : first + len(stripped)], _NOWHERE],
        hidden=hidden.strip(),
        zero_width=zero_width,
        is_scan=is_scan,
        has_drawn_text=found.texts > 0,
        is_bare=found.objects == 0,
    )


def _whole(textpage: Any) -> str | None:
    """Return the page's text in one piece, or None if it has not exactly one unit a character."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

    count = textpage.count_chars()
    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(textpage.raw, 0, count, buffer) != count + 1:
        return "" if count == 0 else None
    text = memoryview(buffer)[:count].tobytes().decode("utf-16-le", "surrogatepass")
    return _with_hyphens(text)


def _units(textpage: Any) -> str:
    """Return PDFium's characters, which are units of UTF-16, one by one."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

    get, raw = pdfium.FPDFText_GetUnicode, textpage.raw
    return "".join(chr(get(raw, index)) for index in range(textpage.count_chars()))


def _with_hyphens(text: str) -> str:
    for mark in _LINE_END_HYPHENS:
        text = text.replace(mark, "-\n")
    return text


def _text_of(units: Iterable[str]) -> str:
    joined = "".join(units).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _with_hyphens(joined)


def _hidden(page: Any, textpage: Any, eye: Eye, found: Survey, units: str) -> list[bool]:
    """Return for each character whether it is hidden."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

    unseen = eye.hidden(page, found)
    outside = {drawn.raw for drawn in found.outside}
    raw = textpage.raw
    hidden: list[bool] = []
    for index, unit in enumerate(units):
        owner = address(pdfium.FPDFText_GetTextObject(raw, index))
        # What PDFium has put between two texts, a space or a line end, goes with the one before.
        of_none = owner == 0 and unit.isspace()
        hidden.append(
            (hidden[-1] if hidden else False)
            if of_none
            else owner in unseen or (owner in outside and _is_beside(textpage, index, found))
        )
    return _that_tell(units, hidden)


def _that_tell(units: str, hidden: Sequence[bool]) -> list[bool]:
    """Hide only what has letters or digits: a box to tick is often drawn, with its sign unseen."""
    telling: list[bool] = []
    for is_hidden, group in itertools.groupby(range(len(units)), hidden.__getitem__):
        indexes = list(group)
        tells = is_hidden and any(map(_is_of_words, map(units.__getitem__, indexes)))
        telling += [tells] * len(indexes)
    return telling


def _is_of_words(unit: str) -> bool:
    return unit.isalnum() or "\ud800" <= unit <= "\udfff"


def _is_beside(textpage: Any, index: int, found: Survey) -> bool:
    """Whether a character lies wholly beside the part of the page that is shown."""
    left, bottom, right, top = textpage.get_charbox(index)
    x0, y0, x1, y1 = found.bounds
    return bool(left >= x1 or right <= x0 or bottom >= y1 or top <= y0)


def _in_columns(page: Any, textpage: Any, units: str, groups: Sequence[Group]) -> Sequence[int]:
    """Return the characters in the order of the groups of their text objects."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - needed for this format only

    texts = (drawn.raw for drawn in objects(page) if drawn.kind == pdfium.FPDF_PAGEOBJ_TEXT)
    group_of = dict(zip(texts, groups, strict=True))
    keys: list[Group] = []
    texts_of = defaultdict[Group, list[str]](list)
    for index, unit in enumerate(units):
        owner = address(pdfium.FPDFText_GetTextObject(textpage.raw, index))
        # What PDFium has put between two texts goes with the one before.
        keys.append(group_of.get(owner) or (keys[-1] if keys else (0, 0)))
        texts_of[keys[-1]].append(unit)
    if not are_prose({group: "".join(of_one) for group, of_one in texts_of.items()}):
        return range(len(units))
    way = -1 if _is_right_to_left(units) else 1
    return sorted(range(len(units)), key=lambda at: (keys[at][0], way * keys[at][1]))


def _is_right_to_left(units: str) -> bool:
    ways = Counter(map(unicodedata.bidirectional, units))
    return ways["R"] + ways["AL"] > ways["L"]


def _visible(units: str, hidden: Sequence[bool], order: Sequence[int]) -> tuple[str, list[int]]:
    """Join the units that are not hidden; where others stood between two, a line ends."""
    parts: list[str] = []
    places: list[int] = []
    before = -1
    for index in order:
        if hidden[index]:
            continue
        jumped, before = index != before + 1 and bool(parts), index
        if jumped and parts[-1] == " ":
            parts.pop()
            places.pop()
        if jumped and parts[-1] not in "\r\n":
            parts.append("\n")
            places.append(_NOWHERE)
        if not (jumped and units[index] == " "):
            _append(parts, places, units, index)
    return "".join(parts), places


def _append(parts: list[str], places: list[int], units: str, index: int) -> None:
    unit = units[index]
    if unit in _LINE_END_HYPHENS:
        parts += "-\n"
        places += (index, _NOWHERE)
    elif "\udc00" <= unit <= "\udfff" and parts and "\ud800" <= parts[-1] <= "\udbff":
        # The second half of one character; its place is that of the first.
        pair = (parts[-1] + unit).encode("utf-16-le", "surrogatepass")
        parts[-1] = pair.decode("utf-16-le")
    else:
        parts.append(unit)
        places.append(index)


def _without(pattern: re.Pattern[str], text: str, places: list[int]) -> tuple[str, list[int], int]:
    """Take out what `pattern` finds; return text, places and how many characters went."""
    gone = {at for match in pattern.finditer(text) for at in range(*match.span())}
    if not gone:
        return text, places, 0
    kept = [at for at in range(len(text)) if at not in gone]
    return "".join(text[at] for at in kept), [places[at] for at in kept], len(gone)
