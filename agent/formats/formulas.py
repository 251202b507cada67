"""Formulas of office programs on one line, as UnicodeMath writes them: (a+b)/2, r^2, √(x).

Sources: ECMA-376, part 1, chapter 22.1 (Office Math); Unicode Technical Note 28.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

_ONE_BRACKET: Final = re.compile(r"\([^()]*\)")


def formula_words(element: "_Element") -> str:
    """Return what `element` (m:oMath or a part of one) says."""
    name = _name(element)
    if name.endswith("Pr"):  # how it looks
        return ""
    if name == "t":
        return element.text or ""
    return _WRITERS.get(name, _inner)(element)


def _name(element: "_Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _inner(element: "_Element") -> str:
    return "".join(map(formula_words, element))


def _part(element: "_Element", name: str) -> str:
    found = element.find(f"{{*}}{name}")
    return "" if found is None else _inner(found).strip()


def _sign(element: "_Element", name: str, default: str) -> str:
    """Return a sign that is told as a property; "" if it is told to be none."""
    for found in element.iterfind(f"{{*}}{_name(element)}Pr/{{*}}{name}"):
        return next((str(v) for k, v in found.attrib.items() if str(k).endswith("}val")), "")
    return default


def _grouped(words: str) -> str:
    """Return words as one, in brackets if they need them."""
    is_one = len(words) < 2 or words.isalnum() or _ONE_BRACKET.fullmatch(words)  # noqa: PLR2004
    return words if is_one else f"({words})"


def _raised(element: "_Element") -> str:
    """Return what stands below and above, with the signs that say so."""
    below, above = _part(element, "sub"), _part(element, "sup")
    return (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")


def _fraction(element: "_Element") -> str:
    return f"{_grouped(_part(element, 'num'))}/{_grouped(_part(element, 'den'))}"


def _root(element: "_Element") -> str:
    degree = _part(element, "deg")
    return f"√({f'{degree}&' if degree else ''}{_part(element, 'e')})"


def _script(element: "_Element") -> str:
    return _grouped(_part(element, "e")) + _raised(element)


def _script_before(element: "_Element") -> str:
    return _raised(element) + _part(element, "e")


def _nary(element: "_Element") -> str:
    return f"{_sign(element, 'chr', '∫')}{_raised(element)} {_part(element, 'e')}"


def _limit(element: "_Element") -> str:
    mark = "_" if _name(element) == "limLow" else "^"
    return f"{_part(element, 'e')}{mark}{_grouped(_part(element, 'lim'))} "


def _function(element: "_Element") -> str:
    return f"{_part(element, 'fName')} {_part(element, 'e')}"


def _fenced(element: "_Element") -> str:
    between = _sign(element, "sepChr", "|")
    inner = between.join(_inner(part) for part in element.iterfind("{*}e"))
    return f"{_sign(element, 'begChr', '(')}{inner}{_sign(element, 'endChr', ')')}"


def _matrix(element: "_Element") -> str:
    rows = (map(_inner, row.iterfind("{*}e")) for row in element.iterfind("{*}mr"))
    return f"({'; '.join(', '.join(row) for row in rows)})"


def _lines(element: "_Element") -> str:
    return "; ".join(_inner(part) for part in element.iterfind("{*}e"))


_WRITERS: Final[Mapping[str, Callable[["_Element"], str]]] = {
    "f": _fraction,
    "rad": _root,
    "sSub": _script,
    "sSup": _script,
    "sSubSup": _script,
    "sPre": _script_before,
    "nary": _nary,
    "limLow": _limit,
    "limUpp": _limit,
    "func": _function,
    "d": _fenced,
    "m": _matrix,
    "eqArr": _lines,
}
