"""The tokens of a model and the schemas they may spell, as llguidance knows them."""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from transformers import PreTrainedTokenizerBase

from model.errors import PromptError
from model.json_values import Node
from model.text import byte_of_letter

if TYPE_CHECKING:
    from llguidance import LLMatcher

_RUN: Final = tuple(2**power for power in range(6, 0, -1))
"""Characters of the runs of spaces that fill a string up to its minLength."""


class Vocabulary:
    """The tokens of a tokenizer as bytes, in the form llguidance reads; never changes.

    Takes about two seconds for Qwen2's 151,646 tokens, so build it once. Threads may share it.

    Attributes:
        size: logits of the network, possibly more than there are tokens; the rest is never chosen.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, end_tokens: Collection[int], logits_size: int
    ) -> None:
        from llguidance import LLTokenizer  # noqa: PLC0415  compiled, only structured output needs it

        self.size = logits_size
        self.tokens = LLTokenizer(
            _as_text_only(tokenizer), n_vocab=logits_size, eos_token=sorted(end_tokens)
        )
        self.fillers = _fillers(tokenizer)

    def matcher(self, prepared: Node) -> "LLMatcher":
        """Compile a prepared schema.

        Raises:
            PromptError: llguidance cannot hold an answer to it.
        """
        from llguidance import LLMatcher  # noqa: PLC0415

        try:
            grammar = LLMatcher.grammar_from_json_schema(
                prepared,
                overrides={
                    "whitespace_flexible": False,  # a weak model would fill its limit with blanks
                    "json_allowed_escapes": 'nrbtf\\"',  # not \u: it spells half characters, too
                },
            )
            matcher = LLMatcher(self.tokens, grammar, log_level=0)
            reason = matcher.get_error()
        except ValueError as error:
            reason = str(error)
        if reason:
            raise PromptError(
                f"answers cannot be held to this schema ({' '.join(reason.split())[:300]}): "
                "make it simpler"
            )
        return matcher


def _as_text_only(tokenizer: PreTrainedTokenizerBase) -> str:
    """Write a tokenizer as JSON in which added tokens stand for no text.

    Whatever spells one in an answer is spelled in plain tokens: `<tool_call>` in a string must not
    become the control token. Without normalizer, so that forced text stays as the schema has it.
    """
    parts = json.loads(tokenizer.backend_tokenizer.to_str())
    for added in parts["added_tokens"]:
        added.update(content=f"\0{added['id']}\0", special=True, normalized=False)
    parts["normalizer"] = None
    return json.dumps(parts)


def _fillers(tokenizer: PreTrainedTokenizerBase) -> dict[int, bytes]:
    """Name tokens from which any text can be pieced together: all bytes, and runs of spaces.

    In the order in which they are tried: runs, then digits and letters, then the rest.
    """
    letters = {byte: letter for letter, byte in byte_of_letter().items()}
    order = sorted(range(0x100), key=lambda byte: (not bytes([byte]).isalnum(), byte))
    texts = [b" " * run for run in _RUN] + [bytes([byte]) for byte in order]
    words = tokenizer.get_vocab()
    named = ((words.get("".join(letters[byte] for byte in text)), text) for text in texts)
    return {token: text for token, text in named if token is not None}
