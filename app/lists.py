"""Options of commands that are lists: "100000,1000000", "en,zh"."""

from collections.abc import Sequence
from typing import Any

import click


class Numbers(click.ParamType[list[float]]):
    """Numbers with commas between them.

    Args:
        least: the smallest there may be.
        most: the largest there may be.
    """

    name = "N,N"

    def __init__(self, least: float, most: float) -> None:
        self._least, self._most = least, most

    def convert(self, value: Any, param: Any, ctx: Any) -> list[float]:
        """Return the numbers of "100000,1000000"."""
        if isinstance(value, list):
            return value
        try:
            numbers = [float(part.replace("_", "")) for part in str(value).split(",")]
        except ValueError:
            self.fail(f"{value!r} is no list of numbers such as 10,50", param, ctx)
        if not all(self._least <= number <= self._most for number in numbers):
            self.fail(f"{value!r} must lie between {self._least:g} and {self._most:g}", param, ctx)
        return list(dict.fromkeys(numbers))


class Words(click.ParamType[list[str]]):
    """Words out of a list, with commas between them; "all" is all of them."""

    name = "A,B"

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known

    def convert(self, value: Any, param: Any, ctx: Any) -> list[str]:
        """Return the words of "en,zh"."""
        words = list(value) if isinstance(value, list) else str(value).split(",")
        if words == ["all"]:
            return list(self._known)
        for word in words:
            if word not in self._known:
                self.fail(f"{word!r} is none of {', '.join(self._known)}", param, ctx)
        return list(dict.fromkeys(words))
