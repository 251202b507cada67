"""Prepares the schemas of single JSON values: strings, numbers and enumerations, all bounded."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from model.errors import PromptError

Node = dict[str, Any]
"""A schema, or a schema inside it."""

MAX_CHARACTERS: Final = 2_000
"""Of a string without `maxLength`: a long paragraph; more is an essay, which needs no schema."""

LARGEST_INTEGER: Final = 2**53 - 1
"""Of an integer without `maximum`: the largest that every JSON reader keeps exactly (RFC 8259)."""

LARGEST_NUMBER: Final = 10**15
SMALLEST_STEP: Final = 1e-6
"""Of a number: 15 digits before the point and 6 behind, what a double can tell apart and a model
can mean. Written out in full, without exponent."""

_OF_NUMBERS: Final = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf".split()
)
KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "object": frozenset(
        "properties required additionalProperties minProperties maxProperties".split()
    ),
    "array": frozenset("items prefixItems minItems maxItems".split()),
    "string": frozenset("minLength maxLength pattern format".split()),
    "integer": _OF_NUMBERS,
    "number": _OF_NUMBERS,
    "boolean": frozenset(),
    "null": frozenset(),
}

_DAY: Final = (  # from the year 1000 on
    r"([1-9]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)"
    r"|02-(0[1-9]|1\d|2[0-8]))"
    r"|([1-9]\d(0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)"
)
_CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
_FORMATS: Final[Mapping[str, str | None]] = {
    # llguidance's own allow 29 February in every year and a 61st second, which dates refuse.
    "date": rf"^{_DAY}$",
    "date-time": rf"^{_DAY}T{_CLOCK}$",
    "time": rf"^{_CLOCK}$",
    **dict.fromkeys("duration email hostname ipv4 ipv6 uuid uri".split()),
}


def enumeration(node: Node, place: str) -> Node:
    """Keep the values of the right type."""
    only(node, {"enum", "const", "type"}, place)
    values = typed(node.get("enum", [node.get("const")]), list, f"{place}'s enum")
    if "const" in node:
        values = [value for value in values if json.dumps(value) == json.dumps(node["const"])]
    if "type" in node:
        kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
        values = [value for value in values if any(_is_of(value, str(kind)) for kind in kinds)]
    if not values:
        raise PromptError(f"{place} allows no value at all: look at its enum and type")
    return {"enum": values}


def _is_of(value: Any, kind: str) -> bool:
    """Say whether a JSON value has a type."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "null": type(None), "boolean": bool, "integer": int, "number": (int, float),
        "string": str, "array": list, "object": dict,
    }  # fmt: skip
    return isinstance(value, kinds.get(kind, ())) and isinstance(value, bool) == (kind == "boolean")


def string(node: Node, place: str) -> Node:
    """Bound the length of a string."""
    least = count(node, "minLength", 0, place)
    most = count(node, "maxLength", max(MAX_CHARACTERS, 2 * least), place)
    prepared: Node = {"type": "string", "minLength": least, "maxLength": most}
    if "pattern" in node:
        prepared["pattern"] = typed(node["pattern"], str, f"{place}'s pattern")
    if "format" not in node:
        return prepared
    form = str(node["format"])
    if form not in _FORMATS or "pattern" in node:
        raise PromptError(
            f"{place} has the format {form}, and only {', '.join(_FORMATS)} are known, "
            "none of them together with a pattern: leave it out"
        )
    pattern = _FORMATS[form]
    return prepared | ({"pattern": pattern} if pattern else {"format": form})


def number(kind: str, node: Node, place: str) -> Node:
    """Bound the digits of a number on both sides."""
    prepared: Node = {"type": kind}
    for key in sorted(KEYWORDS[kind] & node.keys()):
        prepared[key] = typed(node[key], (int, float), f"{place}'s {key}")
    largest = LARGEST_INTEGER if kind == "integer" else LARGEST_NUMBER
    given = [abs(prepared[key]) for key in prepared.keys() - {"type", "multipleOf"}]
    largest = max(largest, *(10 * int(bound) for bound in given), 0)
    if not {"minimum", "exclusiveMinimum"} & prepared.keys():
        prepared["minimum"] = -largest
    if not {"maximum", "exclusiveMaximum"} & prepared.keys():
        prepared["maximum"] = largest
    if kind == "number":
        prepared.setdefault("multipleOf", SMALLEST_STEP)
    return prepared


def only(node: Node, known: Collection[str], place: str) -> None:
    """Refuse keywords that do not belong here."""
    if unknown := sorted(node.keys() - set(known)):
        raise PromptError(
            f"{place} has {', '.join(unknown)}, which answers cannot be held to: leave it out"
        )


def typed(value: Any, kind: type | tuple[type, ...], place: str) -> Any:
    """Refuse a value of the wrong type, a boolean for a number among them."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise PromptError(f"{place} is {json.dumps(value)[:60]}, which is no valid schema there")
    return value


def count(node: Node, key: str, default: int, place: str) -> int:
    """Read a number of things."""
    value = typed(node.get(key, default), (int, float), f"{place}'s {key}")
    if value < 0 or value != int(value):
        raise PromptError(f"{place}'s {key} is {value}: give a whole number, 0 or more")
    return int(value)
