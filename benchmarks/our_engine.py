"""Answers with our own hosting, under a RoPE scaling that is named rather than chosen by length."""

from pathlib import Path

from langchain_core.messages import HumanMessage

from benchmarks.reference_engine import Mode
from model.decode import Chooser, Sampling
from model.dual_chunk import DualChunk
from model.load import load
from model.prompt import tokenize_messages
from model.yarn import RopeScaling


class OurEngine:
    """Answers chats by greedy decoding.

    Attributes:
        tokenizer: of the weights.
    """

    def __init__(self, folder: Path) -> None:
        self._weights = load(folder, device="cpu")
        self.tokenizer = self._weights.tokenizer

    def answer(self, messages: list[dict[str, str]], mode: Mode, *, most_tokens: int) -> str:
        """Return the answer to a chat of one message, of at most so many tokens."""
        weights = self._weights
        prompt = tokenize_messages(weights, [HumanMessage(messages[-1]["content"])])
        events = weights.engine.generate(prompt, Chooser(Sampling(most_tokens)), scaling(mode))
        spelled = [weights.token_bytes(event) for event in events if isinstance(event, int)]
        return b"".join(spelled).decode()


def scaling(mode: Mode) -> RopeScaling:
    """Return what a mode of the benchmark is called in our hosting."""
    chunk = DualChunk(mode.chunk, mode.window) if mode.chunk else None
    return RopeScaling(float(mode.factor), chunk)
