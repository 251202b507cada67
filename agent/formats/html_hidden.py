"""Which text of a web page nobody can see, told from its styles, as `agent.formats.css` knows them.

What other files or scripts hide is not known; where that leaves a doubt, text is read.
"""

import re
from typing import TYPE_CHECKING, Final

from agent.formats.css import Style, Styles, declared
from agent.formats.html_article import cut_out
from agent.formats.unseen import COUNT, EXCERPT_CHARACTERS

if TYPE_CHECKING:
    from lxml.etree import _Element

_NOTED: Final = "longread-hidden"  # holds the hidden text in the element that is in its place
_LENGTH: Final = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|%|cm|mm|in)?")
_PIXELS: Final = {"px": 1.0, "": 1.0, "em": 16, "rem": 16, "pt": 4 / 3, "%": 0.16, "cm": 38,
                  "mm": 3.8, "in": 96}  # fmt: skip
_COLOUR: Final = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|rgba?\(([^)]*)\)")
_CLIPPED: Final = re.compile(r"rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01]")
_NAMED: Final = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250),
                 "ivory": (255, 255, 240), "ghostwhite": (248, 248, 255),
                 "whitesmoke": (245, 245, 245)}  # fmt: skip
_UNSEEN: Final = 24  # as in PDFs: a difference, of 255, that nobody sees
_AWAY: Final = -500.0  # pixels beside the page
_LEAST_LETTER: Final = 2.0  # pixels
_LEAST_OPACITY: Final = 0.05
# What is drawn otherwise than in its colour.
_DRAWN: Final = ("background-clip", "-webkit-background-clip", "text-shadow", "-webkit-text-stroke",
                 "-webkit-text-fill-color")  # fmt: skip
# A page that hides more than this of itself, and has scripts, is shown by one.
_THE_PAGE: Final = 0.9
# Text may stand in these no more than in the list or table around them.
_STRUCTURE: Final = frozenset("table thead tbody tfoot tr ul ol dl select colgroup".split())


def hide(tree: "_Element", styles: Styles, *, has_scripts: bool) -> None:
    """Put an empty element that knows the words in the place of each one that is hidden."""
    bodies = list(tree.iter("body"))
    hidden: list[_Element] = []
    around: set[_Element] = set()
    for element in [element for body in bodies for element in body.iterdescendants()]:
        element.attrib.pop(_NOTED, "")
        parent = element.getparent()
        if parent in around:
            around.add(element)
        elif _is_hidden(element, styles):
            around.add(element)
            hidden.append(element)
    if has_scripts and sum(map(_letters, hidden)) > _THE_PAGE * sum(map(_letters, bodies)):
        return
    for element in hidden:
        words = " ".join("".join(map(str, element.itertext())).split())
        if any(map(str.isalnum, words)):
            noted = element.makeelement("span", {_NOTED: words})
            element.addprevious(noted)
        cut_out(element)


def write_hidden(tree: "_Element", start: str, end: str) -> None:
    """Write hidden words back as text where they stood, between two marks."""
    for noted in [element for element in tree.iter("span") if element.get(_NOTED)]:
        words = noted.get(_NOTED) or ""
        _write(noted, f"{start}{words[:EXCERPT_CHARACTERS]}{COUNT}{len(words)}{end}")
        cut_out(noted)


def _write(noted: "_Element", words: str) -> None:
    """Write words before an element, at the next place before it where text may stand."""
    parent, previous = noted.getparent(), noted.getprevious()
    while parent is not None and parent.tag in _STRUCTURE:
        if previous is not None:
            parent, previous = previous, previous[-1] if len(previous) else None
            continue
        previous = parent.getprevious()
        parent = parent.getparent()
    if previous is not None:
        previous.tail = (previous.tail or "") + words
    elif parent is not None:
        parent.text = (parent.text or "") + words


def _letters(element: "_Element") -> int:
    return sum(map(len, "".join(map(str, element.itertext())).split()))


def _is_hidden(element: "_Element", styles: Styles) -> bool:
    style = styles.of(element)
    if "hidden" in element.attrib or style.get("display") == "none":
        return True
    own = declared(element.get("style") or "")
    return (
        _number(style.get("opacity"), 1.0) < _LEAST_OPACITY
        or _is_beside(style)
        or (_clips(style) and not own.get("clip", "").startswith("auto"))
        or (
            style.get("visibility") in {"hidden", "collapse"}
            and not _is_reset(element, styles, "visibility")
        )
        or (
            _number(style.get("font-size"), 16.0) < _LEAST_LETTER
            and not _is_reset(element, styles, "font-size")
        )
        or (_has_words(element) and _has_colour_of_ground(element, styles))
    )


def _is_reset(element: "_Element", styles: Styles, name: str) -> bool:
    """Whether something within an element has a property otherwise."""
    return any(name in styles.of(inner) for inner in element.iterdescendants())


def _has_words(element: "_Element") -> bool:
    return bool((element.text or "").strip()) or any((e.tail or "").strip() for e in element)


def _number(value: str | None, default: float) -> float:
    """Return a length in pixels, roughly, or a plain number; what is no such is `default`."""
    found = _LENGTH.fullmatch(value or "")
    return float(found[1]) * _PIXELS[found[2] or ""] if found else default


def _is_beside(style: Style) -> bool:
    moved = style.get("position") in {"absolute", "fixed"}
    sides = ("left", "top", "right", "bottom") if moved else ()
    return any(_number(style.get(side), 0.0) <= _AWAY for side in (*sides, "text-indent"))


def _clips(style: Style) -> bool:
    moved = style.get("position") in {"absolute", "fixed"}
    return moved and bool(_CLIPPED.match(style.get("clip", "")))


def _has_colour_of_ground(element: "_Element", styles: Styles) -> bool:
    """Whether its own words have the colour of what is behind them, for all that can be known."""
    colour = _colour(styles.inherited(element, "color"))
    if colour is None or any(styles.inherited(element, name) for name in _DRAWN):
        return False
    if any(
        "color" in styles.of(inner) or inner.get("color") for inner in element.iterdescendants()
    ):
        return False
    if colour[3:] == (0,):
        return True
    ground = _ground(element, styles)
    return ground is not None and max(map(abs, map(int.__sub__, colour[:3], ground[:3]))) < _UNSEEN


def _ground(element: "_Element", styles: Styles) -> tuple[int, ...] | None:
    """Return the colour behind an element, None if there may be another, or a picture."""
    for holder in (element, *element.iterancestors()):
        style = styles.of(holder)
        said = [style.get(name, "") for name in ("background-color", "background")]
        said.append(holder.get("bgcolor") or "")
        pictures = style.get("background-image", ""), style.get("background", "")
        if any("(" in each and "rgb" not in each for each in pictures) or holder.get("background"):
            return None
        if style.get("position") in {"absolute", "fixed", "relative", "sticky"}:
            return None  # it may stand on anything
        written = next((each for each in said if each not in {"", "none", "transparent"}), "")
        if written:
            colour = _colour(written.lower())
            return colour if colour and all(colour[3:]) else None
    return _NAMED["white"] if styles.colours_are_known and not styles.has_others else None


def _colour(written: str) -> tuple[int, ...] | None:
    """Return red, green, blue and, if it is said, whether it is seen at all, of a plain colour."""
    written = written.strip().lower()
    if written == "transparent":
        return (0, 0, 0, 0)
    if written in _NAMED:
        return _NAMED[written]
    found = _COLOUR.fullmatch(written)
    if not found:
        return None
    if found[1]:
        short = len(found[1]) in {3, 4}  # a digit each
        digits = "".join(2 * digit for digit in found[1]) if short else found[1]
        return _with_opacity(list(bytes.fromhex(digits)), 255)
    numbers = [float(each) for each in re.findall(r"\d*\.?\d+", found[2])]
    return _with_opacity(numbers, 1) if numbers[2:] else None


def _with_opacity(numbers: list[int] | list[float], whole: int) -> tuple[int, ...]:
    seen = (int(numbers[3] / whole >= _LEAST_OPACITY),) if numbers[3:] else ()
    return (*(min(255, int(n)) for n in numbers[:3]), *seen)
