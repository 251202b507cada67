"""Turns a JSON schema into one that answers can be held to: closed, bounded and understood.

Supported are the schemas pydantic makes of classes: `$ref` into `$defs`, `anyOf`, `oneOf`, `enum`,
`const`, the six types and the keywords in `KEYWORDS`. Any other keyword is refused by name, because
an answer that ignores it would be called valid and not be.

What a schema leaves open is bounded here: a weak model fills a field without end up to its limit.
"""

import json
from collections.abc import Collection, Mapping
from itertools import combinations
from typing import Any, Final

from langchain_core.utils.pydantic import is_pydantic_v1_subclass
from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticUserError
from typing_extensions import is_typeddict

from model.errors import PromptError
from model.json_values import KEYWORDS, Node, count, enumeration, number, only, string, typed

MAX_KEY_CHARACTERS: Final = 100
"""Of a key the schema does not name: a name, not a text."""

MAX_ITEMS: Final = 64
"""Of an array without `maxItems` or a map without `maxProperties`: a list that a person reads."""

_ANNOTATIONS: Final = frozenset(
    "title description default examples deprecated readOnly writeOnly discriminator "
    "$schema $id $comment".split()
)


def schema_of(schema: Mapping[str, Any] | type) -> Node:
    """Turn a pydantic class, a TypedDict or a JSON schema into a JSON schema.

    Raises:
        PromptError: something else, or a class with a field that has no JSON schema.
    """
    if isinstance(schema, Mapping):
        return dict(schema)
    if not isinstance(schema, type):
        raise PromptError(f"{schema!r} is no schema: give a pydantic class or a JSON schema")
    try:
        return _schema_of_class(schema)
    # pydantic and langchain raise what they please on annotations they cannot read.
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise PromptError(
            f"{schema.__name__} cannot be written as a JSON schema ({reason}): "
            "give a pydantic class with fields of plain types"
        ) from error


def _schema_of_class(schema: Any) -> Node:
    if issubclass(schema, BaseModel):
        return dict(schema.model_json_schema())
    if is_pydantic_v1_subclass(schema):
        return dict(schema.schema())
    if not is_typeddict(schema):
        raise TypeError("neither a pydantic class nor a TypedDict")
    try:
        return TypeAdapter(schema).json_schema()
    except PydanticUserError:  # typing.TypedDict before Python 3.12
        from langchain_core.utils.function_calling import (  # noqa: PLC0415  rarely needed
            convert_to_json_schema,
        )

        return convert_to_json_schema(schema)


def prepare(schema: Mapping[str, Any]) -> Node:
    """Close and bound a schema; every answer to the result is an answer to the schema.

    Raises:
        PromptError: not a valid schema, or a keyword that answers cannot be held to.
    """
    try:
        root = json.loads(json.dumps(schema, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise PromptError(f"the schema is not JSON ({error}): give a JSON schema") from error
    definitions = {
        name: node
        for key in ("$defs", "definitions")
        for name, node in typed(root.pop(key, {}), dict, f"the schema's {key}").items()
    }
    preparation = _Preparation(definitions)
    prepared = preparation.node(root, "the schema")
    prepared["$defs"] = {
        name: preparation.node(node, f"the schema's $defs/{name}")
        for name, node in definitions.items()
    }
    for place, nodes in preparation.exclusive:
        _check_exclusive(place, nodes, prepared["$defs"])
    return prepared


class _Preparation:
    """Rewrites the nodes of one schema; `place` names a node in errors.

    Attributes:
        exclusive: the prepared nodes of each oneOf, of which only one may hold.
    """

    def __init__(self, definitions: Collection[str]) -> None:
        self._definitions = definitions
        self.exclusive: list[tuple[str, list[Node]]] = []

    def node(self, node: Any, place: str) -> Node:
        """Rewrite a node by its kind."""
        node = {
            key: value for key, value in typed(node, dict, place).items() if key not in _ANNOTATIONS
        }
        if "$ref" in node:
            return self._reference(node, place)
        for key in ("anyOf", "oneOf"):
            if key in node:
                only(node, {key}, place)
                return self._union(key, node[key], place)
        if "enum" in node or "const" in node:
            return enumeration(node, place)
        return self._of_type(node, place)

    def _reference(self, node: Node, place: str) -> Node:
        only(node, {"$ref"}, place)
        parts = str(node["$ref"]).split("/")
        known = len(parts) == 3 and parts[:2] in (["#", "$defs"], ["#", "definitions"])  # noqa: PLR2004
        if not known or parts[2] not in self._definitions:
            raise PromptError(f"{place} refers to {node['$ref']}, which is not in its $defs")
        return {"$ref": f"#/$defs/{parts[2]}"}

    def _union(self, key: str, branches: Any, place: str) -> Node:
        """Prepare a choice of schemas, of which oneOf allows only one to hold."""
        nodes = [
            self.node(branch, f"{place}/{key}/{i}")
            for i, branch in enumerate(typed(branches, list, f"{place}'s {key}"))
        ]
        if not nodes:
            raise PromptError(f"{place}'s {key} is empty, so it allows no value at all")
        if key == "oneOf":
            self.exclusive.append((place, nodes))
        return {"anyOf": nodes}

    def _of_type(self, node: Node, place: str) -> Node:
        kinds = node.pop("type", None)
        if isinstance(kinds, list) and kinds:
            known = frozenset().union(*(KEYWORDS.get(str(kind), frozenset()) for kind in kinds))
            only(node, known, place)
            return {"anyOf": [self._of_kind(str(kind), node, place) for kind in kinds]}
        if not isinstance(kinds, str):
            raise PromptError(f"{place} does not say its type, so it could be anything: add one")
        only(node, KEYWORDS.get(kinds, frozenset()), place)
        return self._of_kind(kinds, node, place)

    def _of_kind(self, kind: str, node: Node, place: str) -> Node:
        match kind:
            case "object":
                return self._object(node, place)
            case "array":
                return self._array(node, place)
            case "string":
                return string(node, place)
            case "integer" | "number":
                return number(kind, node, place)
            case "boolean" | "null":
                return {"type": kind}
        raise PromptError(f"{place} has the type {kind}, which JSON does not have")

    def _object(self, node: Node, place: str) -> Node:
        properties = typed(node.get("properties", {}), dict, f"{place}'s properties")
        required = [str(k) for k in typed(node.get("required", []), list, f"{place}'s required")]
        if unnamed := [name for name in required if name not in properties]:
            raise PromptError(f"{place} requires {unnamed[0]}, which is not in its properties")
        others = node.get("additionalProperties", False)
        if others is not False:
            if properties:
                raise PromptError(f"{place} has properties and additionalProperties: take one")
            return self._map(node, place)
        for key in ("minProperties", "maxProperties"):
            if key in node:
                raise PromptError(f"{place} has {key} beside properties: use required instead")
        return {
            "type": "object",
            "properties": {
                name: self.node(child, f"{place}/{name}") for name, child in properties.items()
            },
            "required": [name for name in properties if name in required],
            "additionalProperties": False,
        }

    def _map(self, node: Node, place: str) -> Node:
        """Bound an object with keys of the model's choice, by way of a pattern for its keys."""
        least = count(node, "minProperties", 0, place)
        if least > 1:  # a key may be given twice, so that two pairs are one
            raise PromptError(f"{place} has minProperties above 1: use a list with minItems")
        values = self.node(node["additionalProperties"], f"{place}/additionalProperties")
        return {
            "type": "object",
            "patternProperties": {f"^.{{0,{MAX_KEY_CHARACTERS}}}$": values},
            "additionalProperties": False,
            "minProperties": least,
            "maxProperties": count(node, "maxProperties", MAX_ITEMS, place),
        }

    def _array(self, node: Node, place: str) -> Node:
        first = typed(node.get("prefixItems", []), list, f"{place}'s prefixItems")
        least = count(node, "minItems", 0, place)
        most = count(node, "maxItems", max(MAX_ITEMS, 2 * least, len(first)), place)
        prepared: Node = {"type": "array", "minItems": least, "maxItems": most}
        if first:
            prepared["prefixItems"] = [
                self.node(item, f"{place}/prefixItems/{i}") for i, item in enumerate(first)
            ]
        if most > len(first):
            prepared["items"] = self.node(node.get("items", {}), f"{place}/items")
        return prepared


def _check_exclusive(place: str, nodes: list[Node], definitions: Mapping[str, Node]) -> None:
    """Refuse a oneOf unless no value can answer to two of its prepared nodes."""
    marks = [_marks(node, definitions) for node in nodes]
    for one, other in combinations(marks, 2):
        if not any(one[name].isdisjoint(other[name]) for name in one.keys() & other.keys()):
            raise PromptError(
                f"{place} has a oneOf of which two may hold at once: make it an anyOf, or give "
                "each its own value of one required property"
            )


def _marks(node: Node, definitions: Mapping[str, Node]) -> dict[str, set[str]]:
    """Collect what a prepared node fixes: values of required properties, its own, its type."""
    for _ in definitions:  # a reference may lead to a reference, but not in circles
        node = definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    fixed = {f"/{name}": node["properties"][name] for name in node.get("required", ())}
    marks = {
        name: {json.dumps(value) for value in child["enum"]}
        for name, child in {**fixed, "value": node}.items()
        if "enum" in child
    }
    if "type" in node:
        marks["type"] = {node["type"].replace("integer", "number")}
    return marks
