"""Which words of a DOCX nobody can see: marked where they stand, in its WordprocessingML.

Text that is set hidden, by itself or by its style; white on nothing; too small for any eye.
Source: ECMA-376, part 1, 17.3.2 (run properties).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

_OFF: Final = ("0", "false", "off")
_WHITE: Final = re.compile("[fF][0-9a-fA-F]" * 3)
_DARKEST_WHITE: Final = 255 - 24  # as in PDFs: a difference that nobody sees
_LARGEST_UNSEEN: Final = 4  # half points
# What may have a ground of its own, of which nothing is known.
_GROUNDS: Final = ("shd", "highlight", "tblStyle", "background")
_HOLDERS: Final = ("txbxContent", "textbox")


@dataclass(frozen=True, slots=True)
class _Styles:
    """Ids of styles that hide their text, and of those that put it on a ground of its own."""

    unseen: frozenset[str]
    grounded: frozenset[str]


def mark_hidden(root: "_Element", styles: "_Element | None", start: str, end: str) -> bool:
    """Put hidden words between marks, and have nothing hidden: mammoth would leave it out silently.

    Returns:
        Whether anything is.
    """
    known = _read_styles(styles)
    has_ground = root.find("{*}background") is not None
    hidden = [run for run in root.iter("{*}r") if _is_hidden(run, known, has_ground=has_ground)]
    for run in hidden:
        if texts := run.findall("{*}t"):
            texts[0].text = start + (texts[0].text or "")
            texts[-1].text = (texts[-1].text or "") + end
    for vanish in list(root.iter("{*}vanish")):
        if (properties := vanish.getparent()) is not None:
            properties.remove(vanish)
    return bool(hidden)


def _read_styles(styles: "_Element | None") -> _Styles:
    found = [] if styles is None else styles.findall("{*}style")
    based = {
        _value(style, "styleId"): _value(base, "val")
        for style in found
        if (base := style.find("{*}basedOn")) is not None
    }
    says = {_value(style, "styleId"): _says_vanish(style) for style in found}
    grounded = {
        _value(style, "styleId") for style in found if next(style.iter("{*}shd"), None) is not None
    }
    unseen, on_ground = set(), set()
    for identity in says:
        line = list(_line_of(identity, based))
        said = next((says[each] for each in line if says.get(each) is not None), False)
        if said:
            unseen.add(identity)
        if not grounded.isdisjoint(line):
            on_ground.add(identity)
    return _Styles(frozenset(unseen), frozenset(on_ground))


def _line_of(identity: str, based: dict[str, str]) -> Iterator[str]:
    """Yield a style, and those that it is based on."""
    seen: set[str] = set()
    while identity and identity not in seen:
        seen.add(identity)
        yield identity
        identity = based.get(identity, "")


def _says_vanish(holder: "_Element") -> bool | None:
    properties = holder.find("{*}rPr")
    if properties is None or properties.find("{*}vanish") is None:
        return None
    return _is_on(properties, "vanish")


def _is_hidden(run: "_Element", styles: _Styles, *, has_ground: bool) -> bool:
    own = _says_vanish(run)
    if own is not None:
        return own
    named = {_value(style, "val") for style in run.findall("{*}rPr/{*}rStyle")}
    named |= {_value(style, "val") for style in run.findall("../{*}pPr/{*}pStyle")}
    if not styles.unseen.isdisjoint(named):
        return True
    properties = run.find("{*}rPr")
    if properties is None:
        return False
    size = properties.find("{*}sz")
    if size is not None and 0 <= _whole(_value(size, "val")) <= _LARGEST_UNSEEN:
        return True
    colour = properties.find("{*}color")
    if colour is None or has_ground or not styles.grounded.isdisjoint(named):
        return False
    return _is_white(colour) and not _has_ground(run)


def _is_on(properties: "_Element", name: str) -> bool:
    found = properties.find(f"{{*}}{name}")
    return found is not None and _value(found, "val").lower() not in _OFF


def _is_white(colour: "_Element") -> bool:
    value = _value(colour, "val")
    return bool(_WHITE.fullmatch(value)) and min(bytes.fromhex(value)) > _DARKEST_WHITE


def _has_ground(run: "_Element") -> bool:
    """Whether it stands on something that may be coloured."""
    for holder in (run, *run.iterancestors()):
        if str(holder.tag).rpartition("}")[2] in _HOLDERS:
            return True
        for properties in holder.iterfind("*"):
            if str(properties.tag).endswith("Pr") and any(
                not _is_white_ground(found)
                for name in _GROUNDS
                for found in properties.findall(f"{{*}}{name}")
            ):
                return True
    return False


def _is_white_ground(ground: "_Element") -> bool:
    fill = _value(ground, "fill")
    return fill == "auto" or bool(_WHITE.fullmatch(fill))


def _value(element: "_Element", name: str) -> str:
    values = (str(v) for k, v in element.attrib.items() if str(k).rpartition("}")[2] == name)
    return next(values, "")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else -1
