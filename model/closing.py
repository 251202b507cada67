"""Finds tokens that complete a JSON answer: short ones, from anywhere inside it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model.errors import PromptError
from model.grammar import Vocabulary
from model.json_values import Node

if TYPE_CHECKING:
    from llguidance import LLMatcher

LONGEST: Final = 100_000
"""Characters of a shortest answer, above which a schema counts as having none."""

CURIOUS_TOKENS: Final = 100
"""Most tokens of a walk that looks ahead, because each may take milliseconds."""


@dataclass(frozen=True, slots=True)
class Strings:
    """Knows whether a place in JSON is inside a string.

    Attributes:
        inside: after an opening quote and before the closing one.
        escaped: after a backslash that escapes what comes next.
    """

    inside: bool = False
    escaped: bool = False

    def after(self, text: bytes) -> "Strings":
        """Return the state after more bytes of JSON."""
        inside, escaped = self.inside, self.escaped
        for byte in text:
            if escaped:
                escaped = False
            elif byte == ord('"'):
                inside = not inside
            else:
                escaped = inside and byte == ord("\\")
        return Strings(inside, escaped)


class ShortestTexts:
    """The shortest answers to a schema and to the schemas inside it, as compact JSON.

    A definition may refer to itself, so their texts are found in rounds: at first none is known,
    and each round composes them from those of the round before until nothing gets shorter.

    Args:
        prepared: a prepared schema.
        simple: writes the shortest answer to a schema of one string, number or value.

    Source: D. E. Knuth, A generalization of Dijkstra's algorithm, 1977 (shortest words of grammars)
    """

    def __init__(self, prepared: Node, simple: Callable[[Node], str]) -> None:
        self._simple = simple
        self._definitions: dict[str, Node] = prepared.get("$defs", {})
        self._known: dict[str, str] = {}
        while self._shorten():
            pass

    def _shorten(self) -> bool:
        """Do one round; say whether it found anything shorter."""
        before = dict(self._known)
        for name, node in self._definitions.items():
            text = self.of(node)
            if text is not None and (name not in before or len(text) < len(before[name])):
                self._known[name] = text
        return self._known != before

    def of(self, node: Node) -> str | None:
        """Write the shortest answer to a node; None if there is none, or none known so far."""
        if "$ref" in node:
            return self._known.get(node["$ref"].rpartition("/")[2])
        if "anyOf" in node:
            texts = [text for branch in node["anyOf"] if (text := self.of(branch)) is not None]
            return min(texts, key=len, default=None)
        match node.get("type"):
            case "object":
                return _joined("{", list(self.pairs(node)), "}")
            case "array":
                return _joined("[", list(self._items(node)), "]")
        return self._simple(node)

    def pairs(self, node: Node) -> Iterator[str | None]:
        """Write the keys an object must have, each with its shortest value."""
        for key in node.get("required", []):
            text = self.of(node["properties"][key])
            yield None if text is None else f"{json.dumps(key, ensure_ascii=False)}:{text}"
        for values in node.get("patternProperties", {}).values():
            text = self.of(values)
            yield from [None if text is None else f'"":{text}'] * node["minProperties"]

    def _items(self, node: Node) -> Iterator[str | None]:
        """Write the items an array must have."""
        first = node.get("prefixItems", [])[: node["minItems"]]
        yield from map(self.of, first)
        if rest := min(node["minItems"], LONGEST) - len(first):
            yield from [self.of(node["items"])] * rest


def _joined(opening: str, parts: list[str | None], closing: str) -> str | None:
    """Write an object or an array; None if a part is missing or the whole is too long."""
    texts = [part for part in parts if part is not None]
    if len(texts) < len(parts) or sum(map(len, texts)) > LONGEST:
        return None
    return opening + ",".join(texts) + closing


class Closings:
    """Finds ends for the answers to one schema.

    An end is found by walking: whatever is forced first, then what closes a string, an object or
    an array, then a whole shortest value (so that no walk descends into a schema that contains
    itself), then any token that makes progress. A walk is greedy, so the end it finds is not
    always the shortest, and it stops at its limit, so it may find none where there is one. What it
    finds is always an end: llguidance has followed it to a complete answer.

    Args:
        prepared: a prepared schema.
        vocabulary: of the model that answers.
    """

    def __init__(self, prepared: Node, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._closing_quote = self._tokens_of('"')
        self._closers = [self._tokens_of(text) for text in "}],"]
        self._simple_texts: dict[str, str] = {}
        self._values: list[list[int]] = []
        texts = ShortestTexts(prepared, self._simple)
        self._shortest = texts.of(prepared)
        nodes = list(_inner(prepared))
        pairs = {pair for node in nodes for pair in texts.pairs(node)}
        values = {texts.of(node) for node in nodes}
        # A pair before a value: a string could be taken for the key of an optional property.
        self._values = [*self._all_tokens_of(pairs), *self._all_tokens_of(values)]

    def shortest(self, matcher: "LLMatcher") -> list[int]:
        """Return the tokens of the shortest answer.

        Raises:
            PromptError: there is none.
        """
        if self._shortest is None:
            raise PromptError(
                "no answer to this schema ends: something in it contains itself, or asks for more "
                f"than {LONGEST:,} characters"
            )
        tokens = self._tokens_of(self._shortest)
        ending = [*tokens, self._vocabulary.tokens.eos_token]
        if matcher.validate_tokens(ending) < len(ending):
            raise PromptError(f"this schema contradicts itself: it refuses {self._shortest[:60]}")
        return tokens

    def find(self, matcher: "LLMatcher", strings: Strings, limit: int) -> list[int] | None:
        """Walk from a place in an answer to its end.

        Args:
            matcher: stands at the place; is left as it is.
            strings: whether the place is in a string.
            limit: most tokens to the end.

        Returns:
            Tokens that complete the answer, or None if the walk did not get there.
        """
        plain = self._walk(matcher, strings, limit, curious=False)
        if plain is not None:
            return plain
        return self._walk(matcher, strings, min(limit, CURIOUS_TOKENS), curious=True)

    def _walk(
        self, matcher: "LLMatcher", strings: Strings, limit: int, *, curious: bool
    ) -> list[int] | None:
        """Walk once; a curious walk looks ahead, which is shorter in patterns, and slower."""
        walk = matcher.deep_copy()
        path: list[int] = []
        used: Counter[int] = Counter()
        seen: set[tuple[int, ...]] | None = set() if curious else None
        while not walk.is_accepting():
            step = self._step(walk, strings) or self._filler(walk, used, seen)
            path += step
            if not step or len(path) > limit or not walk.consume_tokens(step):
                return None
            strings = strings.after(self._vocabulary.tokens.decode_bytes(step))
        return path

    def _step(self, walk: "LLMatcher", strings: Strings) -> list[int]:
        """Choose the next tokens of a walk that lead straight on; none if nothing does."""
        if forced := walk.compute_ff_tokens():
            return forced
        steps = [self._closing_quote] if strings.inside else [*self._closers, *self._values]
        return next((step for step in steps if walk.validate_tokens(step) == len(step)), [])

    def _filler(
        self, walk: "LLMatcher", used: Counter[int], seen: set[tuple[int, ...]] | None
    ) -> list[int]:
        """Choose a token that goes on; none if the walk is stuck.

        Each has its turn before one comes again, the longest most often, so that a walk does not
        run in circles: what ends a pattern such as `[a-z]+!` is found. If places seen are kept,
        a token is taken first that leads to a place unlike them, told apart by what may follow.
        """
        allowed = self._allowed(walk)
        if seen is not None:
            seen.add(allowed)
            for token in allowed:
                ahead = walk.deep_copy()
                if ahead.consume_token(token) and self._allowed(ahead) not in seen:
                    return [token]
        fillers = self._vocabulary.fillers
        chosen = sorted(allowed, key=lambda token: used[token] // len(fillers[token]))[:1]
        used.update(chosen)
        return chosen

    def _allowed(self, walk: "LLMatcher") -> tuple[int, ...]:
        """List the fillers that may come next."""
        mask = walk.compute_bitmask()
        allowed = [t for t in self._vocabulary.fillers if mask[t // 8] >> t % 8 & 1]
        ascii_ones = [t for t in allowed if self._vocabulary.fillers[t].isascii()]
        return tuple(ascii_ones or allowed)  # others only where they finish a character

    def _simple(self, node: Node) -> str:
        """Write the shortest answer to a schema without others in it, found by a walk."""
        if "enum" in node:
            node = {"enum": [min(node["enum"], key=lambda value: len(json.dumps(value)))]}
        name = json.dumps(node)
        if name not in self._simple_texts:
            matcher = self._vocabulary.matcher(node)
            path = self.find(matcher, Strings(), LONGEST)
            if path is None:
                raise PromptError(f"no answer to {name[:200]} was found: make it simpler")
            if "pattern" in node or "format" in node:
                limit = min(len(path), CURIOUS_TOKENS)
                path = self._walk(matcher, Strings(), limit, curious=True) or path
            self._simple_texts[name] = self._vocabulary.tokens.decode_bytes(path).decode()
        return self._simple_texts[name]

    def _all_tokens_of(self, texts: set[str | None]) -> list[list[int]]:
        """Tokenize texts, the shortest first."""
        known = sorted(text for text in texts if text is not None)
        return sorted(map(self._tokens_of, known), key=len)

    def _tokens_of(self, text: str) -> list[int]:
        return self._vocabulary.tokens.tokenize_str(text)


def _inner(node: Node) -> Iterator[Node]:
    """Go through a prepared schema and all schemas inside it."""
    yield node
    for key in ("anyOf", "prefixItems"):
        for child in node.get(key, ()):
            yield from _inner(child)
    for key in ("properties", "patternProperties", "$defs"):
        for child in node.get(key, {}).values():
            yield from _inner(child)
    if "items" in node:
        yield from _inner(node["items"])
