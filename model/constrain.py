"""Holds a model's answer to a JSON schema, token by token, so that it also ends in time.

    >>> vocabulary = Vocabulary(tokenizer, end_tokens, logits_size=152_064)   # once per tokenizer
    >>> constraint = Constraint(schema, vocabulary, max_tokens=300)           # once per answer
    >>> while not constraint.finished:
    ...     token = constraint.choose(network(...), pick)

llguidance says which tokens the schema allows next. What is added here is the end: a constraint
always knows tokens that complete the answer and fit into what is left, and refuses a token after
which it finds none.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.closing import Closings, Strings
from model.errors import PromptError
from model.grammar import Vocabulary
from model.json_schema import prepare

if TYPE_CHECKING:
    from llguidance import LLMatcher

__all__ = ["Constraint", "Vocabulary"]


class Constraint:
    """One answer under one schema.

    Attributes:
        finished: the JSON is complete; nothing may be chosen after it.
    """

    def __init__(
        self, schema: Mapping[str, Any], vocabulary: Vocabulary, *, max_tokens: int
    ) -> None:
        """Compile the schema.

        Args:
            schema: a JSON schema, of the kinds that `model.json_schema` supports.
            vocabulary: of the model that answers.
            max_tokens: most tokens of the answer.

        Raises:
            PromptError: not a valid schema, not a supported one, or no answer fits.
        """
        prepared = prepare(schema)
        self._vocabulary = vocabulary
        self._matcher = vocabulary.matcher(prepared)
        self._closings = Closings(prepared, vocabulary)
        self._strings = Strings()
        self._left = max_tokens
        self._path = self._closings.shortest(self._matcher)
        if len(self._path) > max_tokens:
            raise PromptError(
                f"the shortest answer to this schema takes {len(self._path):,} tokens and "
                f"max_tokens is {max_tokens:,}: raise it or ask for less"
            )

    @property
    def finished(self) -> bool:
        """Say whether the JSON is complete."""
        return not self._path and (self._matcher.is_stopped() or self._left == 0)

    def choose(self, logits: Tensor, pick: Callable[[Tensor], int]) -> int:
        """Choose the next token.

        Args:
            logits: float32, shape `[vocabulary]`; left as they are.
            pick: chooses a token from logits of the same shape, in which the schema's forbidden
                tokens are -inf.

        Returns:
            The token picked, or the next one towards the end if no end would fit after that.
        """
        self._left -= 1
        if (
            not self._matcher.is_error()
        ):  # a limit of llguidance was hit: only the known end is safe
            token = pick(logits.masked_fill(~self._allowed(logits.device), float("-inf")))
            if self._take(token):
                return token
        return self._follow()

    def _allowed(self, device: torch.device) -> Tensor:
        """Say of each token whether the schema allows it next: bool, shape `[vocabulary]`."""
        packed = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
        places = torch.arange(8, dtype=torch.uint8, device=device)
        bits = packed.to(device).unsqueeze(1) >> places & 1  # [bytes, 8]
        return bits.bool().flatten()[: self._vocabulary.size]

    def _take(self, token: int) -> bool:
        """Advance by a token, unless it is forbidden or no end would fit after it."""
        after = self._matcher.deep_copy()
        # Checked first because logits may be all NaN, and a matcher does not survive a wrong token.
        if after.validate_tokens([token]) != 1 or not after.consume_token(token):
            return False
        strings = self._strings.after(self._vocabulary.tokens.decode_bytes([token]))
        path = self._path_after(token, after, strings)
        if path is None:
            return False
        self._matcher, self._path, self._strings = after, path, strings
        return True

    def _path_after(self, token: int, after: "LLMatcher", strings: Strings) -> list[int] | None:
        """Find tokens that complete the answer in what is left; None if none are found.

        The known ones usually still do, inside a string for instance; that is asked first.
        """
        if self._path and token == self._path[0]:
            return self._path[1:]
        if after.is_stopped():
            return []
        ending = [*self._path, self._vocabulary.tokens.eos_token]
        if len(self._path) <= self._left and after.validate_tokens(ending) == len(ending):
            return self._path
        return self._closings.find(after, strings, self._left)

    def _follow(self) -> int:
        """Take the next token of the known end, or an end token where there is nothing to add."""
        tokens = self._vocabulary.tokens
        token, *self._path = self._path or [tokens.eos_token]
        self._matcher.consume_token(token)
        self._strings = self._strings.after(tokens.decode_bytes([token]))
        return token
