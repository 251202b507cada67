"""Which text of a web page nobody can see, told from its own styles.

Understood are the `style` of elements and, of style sheets within the page, rules for an element,
a class or an id. What other files or scripts hide is not known.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.formats.html_article import cut_out

if TYPE_CHECKING:
    from lxml.etree import _Element

_NOTED: Final = "longread-hidden"  # holds the hidden text in the element that is in its place
_COMMENTS: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
# Rules for paper or small screens, fonts, imports.
_AT_RULES: Final = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR: Final = re.compile(r"(\*|[a-z][a-z0-9]*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_PARTS: Final = re.compile(r"([.#])([\w-]+)")
_LENGTH: Final = re.compile(r"(-?[\d.]+)(px|pt|em|rem|ex|ch|vw|vh|%|cm|mm|in)?")
_COLOUR: Final = re.compile(
    r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|rgba?\(([^)]*)\)", re.IGNORECASE
)
_NAMED: Final = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250),
                 "ivory": (255, 255, 240), "ghostwhite": (248, 248, 255),
                 "whitesmoke": (245, 245, 245)}  # fmt: skip
_UNSEEN: Final = 24  # as in PDFs: a difference, of 255, that nobody sees
_AWAY: Final = -500.0  # pixels beside the page
_LEAST_LETTER: Final = 2.0  # pixels
_LEAST_OPACITY: Final = 0.05
# What holds more than this of a page, and is hidden by a style sheet, is shown by a script.
_THE_PAGE: Final = 0.9
# Text may stand in these no more than in the list or table around them.
_STRUCTURE: Final = frozenset("table thead tbody tfoot tr ul ol dl select colgroup".split())

# What of a style can hide.
_PROPERTIES: Final = frozenset(
    "display visibility opacity font-size position left top right bottom text-indent color"
    " background background-color background-image background-clip".split()
)

_Style = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a style sheet says of elements of a tag ("" for any), classes and id ("" for any).

    Attributes:
        rank: the more specific, the higher; then the later.
    """

    rank: tuple[int, int, int, int]
    tag: str
    classes: frozenset[str]
    identity: str
    style: _Style

    @property
    def key(self) -> str:
        """Return what an element must have, for the rule to be looked at."""
        if self.identity:
            return f"#{self.identity}"
        return f".{min(self.classes)}" if self.classes else self.tag


class Styles:
    """What the page's own style sheets say; read before they are taken out of its tree."""

    def __init__(self, tree: "_Element") -> None:
        sheets = ["".join(map(str, sheet.itertext())) for sheet in tree.iter("style")]
        # Of these nothing is known, so that the ground under a text is not known either.
        self.has_others = any("@import" in sheet for sheet in sheets) or any(
            "stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link")
        )
        self.has_scripts = next(tree.iter("script"), None) is not None
        self._rules: dict[str, list[_Rule]] = defaultdict(list)
        for rule in _rules("\n".join(sheets)):
            self._rules[rule.key].append(rule)
        self._known: dict[_Element, _Style] = {}

    def of(self, element: "_Element") -> _Style:
        """Return what applies to an element, the more specific and the later winning."""
        if element not in self._known:
            self._known[element] = self._made(element)
        return self._known[element]

    def _made(self, element: "_Element") -> _Style:
        style: _Style = {}
        if self._rules:
            classes, own = frozenset((element.get("class") or "").split()), element.get("id") or ""
            keys = (f"#{own}", *(f".{name}" for name in classes), str(element.tag), "")
            fitting = (
                rule
                for key in keys
                for rule in self._rules.get(key, ())
                if rule.tag in {"", element.tag}
                and rule.classes <= classes
                and rule.identity in {"", own}
            )
            for rule in sorted(fitting, key=lambda rule: rule.rank):
                style |= rule.style
        return style | _declared(element.get("style") or "")


def _rules(sheet: str) -> Iterator[_Rule]:
    plain = _AT_RULES.sub("", _COMMENTS.sub("", sheet))
    for number, (selectors, body) in enumerate(_RULE.findall(plain)):
        style = _declared(body)
        for selector in selectors.split(",") if style else ():
            if (found := _SELECTOR.fullmatch(selector.strip())) and found[0]:
                parts = _PARTS.findall(found[2])
                classes = frozenset(name for kind, name in parts if kind == ".")
                identities = [name for kind, name in parts if kind == "#"]
                tag = (found[1] or "").lower().replace("*", "")
                rank = len(identities), len(classes), int(bool(tag)), number
                yield _Rule(rank, tag, classes, (identities or [""])[0], style)


def _declared(text: str) -> _Style:
    lines = (line.partition(":") for line in text.lower().split(";") if ":" in line)
    named = ((name.strip(), value.replace("!important", "").strip()) for name, _, value in lines)
    return {name: value for name, value in named if name in _PROPERTIES}


def hide(tree: "_Element", styles: Styles) -> None:
    """Put an empty element that knows the words in the place of each one that is hidden."""
    bodies = list(tree.iter("body"))
    whole = sum(_letters(body) for body in bodies)
    hidden: set[_Element] = set()
    for element in [element for body in bodies for element in body.iterdescendants()]:
        element.attrib.pop(_NOTED, "")
        if hidden.intersection(element.iterancestors()):
            continue
        own = "hidden" in element.attrib or _is_shut(_declared(element.get("style") or ""))
        is_page = styles.has_scripts and _letters(element) > _THE_PAGE * whole
        if own or (not is_page and _is_hidden(element, styles)):
            hidden.add(element)
    for element in hidden:
        words = " ".join("".join(map(str, element.itertext())).split())
        if any(map(str.isalnum, words)):
            noted = element.makeelement("span", {_NOTED: words})
            element.addprevious(noted)
        cut_out(element)


def write_hidden(tree: "_Element", start: str, end: str) -> None:
    """Write hidden words back as text where they stood, between two marks."""
    for noted in [element for element in tree.iter("span") if element.get(_NOTED)]:
        _write(noted, f"{start}{noted.get(_NOTED)}{end}")
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
    return bool(style or element.get("color")) and (
        _is_shut(style)
        or _number(style.get("opacity"), 1.0) < _LEAST_OPACITY
        or _number(style.get("font-size"), 16.0) < _LEAST_LETTER
        or _is_beside(style)
        or (_has_words(element) and _has_colour_of_ground(element, style, styles))
    )


def _is_shut(style: _Style) -> bool:
    return style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"}


def _has_words(element: "_Element") -> bool:
    return bool((element.text or "").strip()) or any((e.tail or "").strip() for e in element)


def _number(value: str | None, default: float) -> float:
    """Return a length in pixels, roughly, or a plain number."""
    found = _LENGTH.fullmatch(value or "")
    if not found:
        return default
    scale = {"em": 16, "rem": 16, "pt": 4 / 3, "%": 0.16, "cm": 38, "mm": 3.8, "in": 96}
    try:
        return float(found[1]) * scale.get(found[2] or "", 1)
    except ValueError:
        return default


def _is_beside(style: _Style) -> bool:
    moved = style.get("position") in {"absolute", "fixed"}
    sides = ("left", "top", "right", "bottom") if moved else ()
    return any(_number(style.get(side), 0.0) <= _AWAY for side in (*sides, "text-indent"))


def _has_colour_of_ground(element: "_Element", style: _Style, styles: Styles) -> bool:
    written = style.get("color") or element.get("color") or ""
    if written == "transparent":
        return "background-clip" not in "".join(style)  # letters cut out of a picture are seen
    colour = _colour(written)
    if colour is None:
        return False
    ground: tuple[int, ...] | None = None if styles.has_others else _NAMED["white"]
    for holder in (element, *element.iterancestors()):
        around = styles.of(holder)
        found = around.get("background-color") or around.get("background") or holder.get("bgcolor")
        if found or "background-image" in around or holder.get("background"):
            ground = _colour(found or "")
            break
    return ground is not None and max(map(abs, map(int.__sub__, colour, ground))) < _UNSEEN


def _colour(written: str) -> tuple[int, ...] | None:
    """Return red, green and blue of what is one plain colour."""
    if written in _NAMED:
        return _NAMED[written]
    found = _COLOUR.fullmatch(written.strip())
    if not found:
        return None
    if found[1]:
        short = len(found[1]) in {3, 4}  # a digit each
        digits = "".join(2 * digit for digit in found[1]) if short else found[1]
        return tuple(bytes.fromhex(digits[:6]))
    numbers = re.findall(r"\d+", found[2])
    return tuple(map(int, numbers[:3])) if numbers[2:] else None
