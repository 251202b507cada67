"""What a run may spend, and what it is expected to spend before it starts."""

from dataclasses import dataclass

from agent.evidence import Usage


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may spend; None is no limit. When one ends, the answer so far comes out.

    What is under way then is still read to its end: a limit is passed by one piece of work at most
    for each that runs at the same time.

    Attributes:
        tokens: of prompts and answers together.
        calls: of the chat model.
        seconds: from the question on.
    """

    tokens: int | None = None
    calls: int | None = None
    seconds: float | None = None

    def ended(self, usage: Usage, seconds: float) -> str:
        """Return which limit is reached, as words for people; empty if none is."""
        if self.tokens is not None and usage.input_tokens + usage.output_tokens >= self.tokens:
            return f"{self.tokens:,} tokens"
        if self.calls is not None and usage.calls >= self.calls:
            return f"{self.calls:,} calls"
        if self.seconds is not None and seconds >= self.seconds:
            return f"{self.seconds:g} seconds"
        return ""


NO_LIMIT = Budget()
