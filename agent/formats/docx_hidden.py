"""Which words of a DOCX nobody can see: marked where they stand, in its WordprocessingML.

Text that is set hidden, by itself or by its style; white on nothing; too small for any eye.
Source: ECMA-376, part 1, 17.3.2 (run properties).
"""

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

SIGNS: Final = re.compile(
    rb'vanish|w:color [^>]*val="[fF][0-9a-fA-F][fF][0-9a-fA-F][fF]|w:sz [^>]*val="[0-4]"'
)
_OFF: Final = ("0", "false", "off")
_WHITE: Final = re.compile("[fF][0-9a-fA-F]" * 3)
_DARKEST_WHITE: Final = 255 - 24  # as in PDFs: a difference that nobody sees
_LARGEST_UNSEEN: Final = 4  # half points
# What may have a ground of its own, of which nothing is known.
_GROUNDS: Final = ("shd", "highlight", "tblStyle", "background")
_HOLDERS: Final = ("txbxContent", "textbox")


def mark_hidden(root: "_Element", styles: "_Element | None", start: str, end: str) -> None:
    """Put hidden words between marks."""
    unseen_styles = _unseen_styles(styles) if styles is not None else set()
    has_ground = root.find("{*}background") is not None
    for run in root.iter("{*}r"):
        if not _is_hidden(run, unseen_styles, has_ground=has_ground):
            continue
        if texts := run.findall("{*}t"):
            texts[0].text = start + (texts[0].text or "")
            texts[-1].text = (texts[-1].text or "") + end


def unhide(root: "_Element") -> None:
    """Have nothing hidden: mammoth would leave it out without a word."""
    for vanish in list(root.iter("{*}vanish")):
        if (properties := vanish.getparent()) is not None:
            properties.remove(vanish)


def _unseen_styles(styles: "_Element") -> set[str]:
    return {
        _value(style, "styleId")
        for style in styles.iterfind("{*}style")
        if (properties := style.find("{*}rPr")) is not None and _is_on(properties, "vanish")
    } - {""}


def _is_hidden(run: "_Element", unseen_styles: set[str], *, has_ground: bool) -> bool:
    properties = run.find("{*}rPr")
    named = [] if properties is None else properties.findall("{*}rStyle")
    named += run.findall("../{*}pPr/{*}pStyle")
    if any(_value(style, "val") in unseen_styles for style in named):
        return True
    if properties is None:
        return False
    if _is_on(properties, "vanish"):
        return True
    size = properties.find("{*}sz")
    if size is not None and 0 <= _whole(_value(size, "val")) <= _LARGEST_UNSEEN:
        return True
    colour = properties.find("{*}color")
    return colour is not None and not has_ground and _is_white(colour) and not _has_ground(run)


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
                properties.find(f"{{*}}{name}") is not None for name in _GROUNDS
            ):
                return True
    return False


def _value(element: "_Element", name: str) -> str:
    values = (str(v) for k, v in element.attrib.items() if str(k).rpartition("}")[2] == name)
    return next(values, "")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else -1
