"""What the style sheets within a page say of an element: as far as can be known without a browser.

Understood are rules for an element, a class or an id, and styles of elements themselves. Where
another rule may say otherwise (one for some screens, one that looks at the elements around, one in
a script's absence), nothing is known of what it may be about: text is rather read than lost.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

# What of a style bears on whether text can be seen.
_PROPERTIES: Final = frozenset(
    "display visibility opacity font-size position left top right bottom text-indent clip color"
    " background background-color background-image background-clip -webkit-background-clip"
    " text-shadow -webkit-text-stroke -webkit-text-fill-color".split()
)
_COMMENTS: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SELECTOR: Final = re.compile(r"(\*|[a-z][a-z0-9]*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_PARTS: Final = re.compile(r"([.#])([\w-]+)")
_LAST: Final = re.compile(r"[^\s>+~]+$")  # what of a selector the element itself must fit
_NAMES: Final = re.compile(r"[.#]?[\w-]+")
_EVERYWHERE: Final = re.compile(r"@(?:media\s+(?:all|screen)|layer\b[^{]*)\s*$", re.IGNORECASE)
_SCREENS: Final = ("", "all", "screen")
_IMPORTANT: Final = "!"

Style = dict[str, str]


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
    style: Style

    @property
    def key(self) -> str:
        """Return what an element must have, for the rule to be looked at."""
        if self.identity:
            return f"#{self.identity}"
        return f".{min(self.classes)}" if self.classes else self.tag


class Styles:
    """The style sheets of a page; read before they are taken out of its tree.

    Attributes:
        has_others: whether there are some elsewhere, of which nothing is known.
        colours_are_known: whether no rule that is not understood says anything of colours.
    """

    def __init__(self, tree: "_Element") -> None:
        self.has_others = any(
            "stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link")
        )
        self.colours_are_known = True
        self._rules: dict[str, list[_Rule]] = defaultdict(list)
        self._doubtful: set[str] = set()
        self._count = 0
        self._known: dict[_Element, Style] = {}
        for sheet in tree.iter("style"):
            without_scripts = next(sheet.iterancestors("noscript"), None) is not None
            is_sure = (sheet.get("media") or "").strip().lower() in _SCREENS and not without_scripts
            self._read("".join(map(str, sheet.itertext())), is_sure=is_sure)

    def of(self, element: "_Element") -> Style:
        """Return what applies to an element, the more specific and the later winning."""
        if element not in self._known:
            self._known[element] = self._made(element)
        return self._known[element]

    def inherited(self, element: "_Element", name: str) -> str:
        """Return what an element has of a property that its children have, too; "" if unsaid."""
        for holder in (element, *element.iterancestors()):
            value = self.of(holder).get(name) or (holder.get(name) if name == "color" else None)
            if value:
                return value
        return ""

    def _made(self, element: "_Element") -> Style:
        style: Style = {}
        classes, own = frozenset((element.get("class") or "").split()), element.get("id") or ""
        keys = (f"#{own}", *(f".{name}" for name in sorted(classes)), str(element.tag), "")
        if not self._doubtful.intersection(keys):
            fitting = (
                rule
                for key in keys
                for rule in self._rules.get(key, ())
                if rule.tag in {"", element.tag}
                and rule.classes <= classes
                and rule.identity in {"", own}
            )
            for rule in sorted(fitting, key=lambda rule: rule.rank):
                _put(style, rule.style)
        _put(style, declared(element.get("style") or ""))
        return {name: value.rstrip(_IMPORTANT).strip() for name, value in style.items()}

    def _read(self, sheet: str, *, is_sure: bool) -> None:
        plain = _COMMENTS.sub("", sheet).replace("<!--", "").replace("-->", "")
        self.has_others |= "@import" in plain
        for selectors, body, is_everywhere in _blocks(plain):
            style = declared(body)
            for selector in map(str.strip, selectors.split(",")) if style else ():
                found = _SELECTOR.fullmatch(selector)
                if is_sure and is_everywhere and found and found[0]:
                    self._count += 1
                    rule = _rule(found, style, self._count)
                    self._rules[rule.key].append(rule)
                else:
                    self._doubt(selector, style)

    def _doubt(self, selector: str, style: Style) -> None:
        """Note what a rule may be about of which it is not known whether it holds."""
        if last := _LAST.search(selector):
            names = _NAMES.findall(last[0].split(":")[0].split("[")[0])
            self._doubtful.update(names or [""])
        if any("color" in name or "background" in name for name in style):
            self.colours_are_known = False


def declared(text: str) -> Style:
    """Return what a style says of what bears on whether text can be seen; "!" for important."""
    style: Style = {}
    for line in _COMMENTS.sub("", text).lower().split(";"):
        name, _, value = (part.strip() for part in line.partition(":"))
        if value and name in _PROPERTIES:
            value, important, _ = value.partition("!")
            _put(style, {name: value.strip() + _IMPORTANT * bool(important)})
    return style


def _put(style: Style, more: Style) -> None:
    """Let what comes later win, unless what was there is important and it is not."""
    for name, value in more.items():
        if value.endswith(_IMPORTANT) or not style.get(name, "").endswith(_IMPORTANT):
            style[name] = value


def _rule(found: re.Match[str], style: Style, number: int) -> _Rule:
    parts = _PARTS.findall(found[2])
    classes = frozenset(name for kind, name in parts if kind == ".")
    identities = [name for kind, name in parts if kind == "#"]
    tag = (found[1] or "").lower().replace("*", "")
    rank = len(identities), len(classes), int(bool(tag)), number
    return _Rule(rank, tag, classes, (identities or [""])[0], style)


def _blocks(sheet: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the selectors and the body of each rule, and whether no condition is around it."""
    around: list[str] = []
    head = ""
    for piece in re.findall(r"[{}]|[^{}]+", sheet):
        if piece == "{":
            around.append(head.rpartition(";")[2].strip())
            head = ""
        elif piece == "}":
            if around:
                selectors = around.pop()
                if not selectors.startswith("@"):
                    yield selectors, head, all(map(_EVERYWHERE.match, around))
            head = ""
        else:
            head = piece
