"""The hand-wired start: attention that finds and copies, before a single step of training.

From random numbers a network this small does not learn to look things up within minutes on a CPU;
from this start it does. Everything wired here is trained on afterwards like any other weight.

The residual stream of 128 is divided into half of it for token embeddings (`WORD`) and four
sixteenths for *codes*, short fingerprints of a token:

* Layer 0: Qwen2's query and key biases, turned by RoPE, make heads that look exactly 1, 2 and 3
  tokens back; each writes the code of what it sees there into a sixteenth of its own (`BACK`).
* Layer 1, heads 0 and 2 are induction heads: they find where the last two words (or the two before
  the last) stand earlier in the text, and copy the word that follows. Heads 1 and 3 look from the
  beginning of an answer back to the key that was asked for (`ASKED`).
* Layer 2, head 0 finds the words after that key in the document and writes their code (`FOUND`), by
  which an answer begins with a quotation mark or is `none`.
  Head 2 finds the words after an earlier mention of the same key (`BEFORE`), which tells a second
  needle from a first.
* Layer 3, head 0 hands that on to the next token, by which the quote begins.
"""

from typing import Final

import torch
from torch import Tensor
from transformers import Qwen2ForCausalLM
from transformers.models.qwen2.modeling_qwen2 import Qwen2Attention

_CODE: Final = 16
WORD: Final = slice(0, 64)
BACK: Final = (slice(64, 80), slice(80, 96), slice(96, 112))
ASKED: Final = slice(112, 128)
FOUND: Final = BACK[2]  # what is three back is of no more use by then
HANDED_ON: Final = BACK[1]
BEFORE: Final = BACK[0]

_EMBEDDING: Final = 0.05
"""Standard deviation of token embeddings."""

_FAST_PAIRS: Final = 5
"""Rotary pairs, the fastest ones, that make a look at an exact distance."""

_LOOK: Final = 5.0
"""Size of the biases that look back; the score is its square times a sum of cosines."""

_MATCH: Final = 1.6
_WRITE_CODE: Final = 0.07
_WRITE_COPY: Final = 0.12

# "...key" "?" <|im_end|> "\n" <|im_start|> "assistant" "\n": from the newline, where the answer is
# decided on, back to the last token of the key and the one before.
_KEY_BEFORE_ANSWER: Final = (6, 7)


class Wiring:
    """Sets weights of one network's attention.

    Attributes:
        network: of hidden size 128, four heads on two key/value heads, and at least four layers.
        code_book: gives a token's code from its embedding, `[16, 64]`.
        more: gives as much again of the embedding, for copying, `[16, 64]`.
        spin: turns the code of the second of two words before they are added up, `[16, 16]`.
    """

    def __init__(self, network: Qwen2ForCausalLM) -> None:
        self.network = network
        self._width = network.config.hidden_size // network.config.num_attention_heads
        self._frequencies = network.model.rotary_emb.inv_freq
        reading = _orthogonal(2 * _CODE, WORD.stop)
        self.code_book, self.more = reading[:_CODE], reading[_CODE:]
        self.spin = _orthogonal(_CODE, _CODE)

    def attention(self, layer: int) -> Qwen2Attention:
        """Return the attention of a layer."""
        return self.network.model.layers[layer].self_attn

    def reader(self, *parts: tuple[slice, Tensor]) -> Tensor:
        """Return rows `[16, hidden]` that add up what the parts of the stream say."""
        rows = torch.zeros(_CODE, self.network.config.hidden_size)
        for part, weights in parts:
            rows[:, part] += weights
        return rows

    def look_back(self, layer: int, head: int, *, distance: int, sign: int = 1) -> None:
        """Set biases so that a head's score peaks on the token at a distance; -1 shuns it.

        With RoPE of frequencies `f`, a key `(size, 0)` and a query `size * (cos fd, -sin fd)` score
        `size^2 * sum(cos(f * (m - n - d)))` for positions m and n: most where `m - n = d`.
        """
        attention, width = self.attention(layer), self._width
        kv_start = head // attention.num_key_value_groups * width
        angles = self._frequencies[:_FAST_PAIRS] * distance
        left = slice(head * width, head * width + _FAST_PAIRS)
        right = slice(left.start + width // 2, left.stop + width // 2)
        attention.q_proj.bias[left] = sign * _LOOK * torch.cos(angles)
        attention.q_proj.bias[right] = -sign * _LOOK * torch.sin(angles)
        attention.k_proj.bias[kv_start : kv_start + _FAST_PAIRS] = _LOOK

    def compare(self, layer: int, head: int, *, query: Tensor, key: Tensor) -> None:
        """Set weights so that a head scores how alike two codes are, on slow rotary pairs only.

        Args:
            layer: of the attention.
            head: of the query; the key goes to the key/value head it reads.
            query: rows that read a code from the querying token, `[16, hidden]`.
            key: rows that read a code from the token looked at, `[16, hidden]`.
        """
        attention, width = self.attention(layer), self._width
        kv_start = head // attention.num_key_value_groups * width
        slow = torch.tensor([*range(width // 4, width // 2), *range(3 * width // 4, width)])
        attention.q_proj.weight[head * width + slow] = _MATCH * query
        attention.k_proj.weight[kv_start + slow] = _MATCH * key

    def take(self, layer: int, kv_head: int, *parts: tuple[slice, Tensor]) -> None:
        """Let the values of a key/value head be what is read from parts of the stream.

        Each part fills the next 16 numbers of the values.
        """
        value = self.attention(layer).v_proj.weight
        value[kv_head * self._width : (kv_head + 1) * self._width] = 0
        for place, part in enumerate(parts):
            start = kv_head * self._width + place * _CODE
            value[start : start + _CODE] = self.reader(part)

    def write(self, layer: int, head: int, *parts: tuple[slice, Tensor]) -> None:
        """Let a head write into parts of the stream, from 16 numbers of its values each."""
        output = self.attention(layer).o_proj.weight
        output[:, head * self._width : (head + 1) * self._width] = 0
        for place, (part, weights) in enumerate(parts):
            start = head * self._width + place * _CODE
            output[part, start : start + _CODE] = weights


@torch.no_grad()
def wire(network: Qwen2ForCausalLM) -> None:
    """Wire embeddings and the first four layers."""
    words = network.model.embed_tokens.weight
    words.normal_(std=_EMBEDDING)
    words[:, WORD.stop :] = 0
    wiring = Wiring(network)
    same = torch.eye(_CODE)
    spin, spin_twice = wiring.spin, wiring.spin @ wiring.spin
    one, two, three = BACK
    last_two_here = wiring.reader((WORD, 2 * wiring.code_book), (one, spin))
    two_before_here = wiring.reader((one, same), (two, spin))
    two_before_there = wiring.reader((two, same), (three, spin))
    three_before = wiring.reader((one, same), (two, spin), (three, spin_twice))

    # Layer 0: what stands one, two, three back.
    for kv_head in range(network.config.num_key_value_heads):
        wiring.take(0, kv_head, (WORD, wiring.code_book))
    for head, part in enumerate(BACK):
        wiring.look_back(0, head, distance=head + 1)
        wiring.write(0, head, (part, _WRITE_CODE * same))

    # Layer 1: find the last words and copy the next; fetch the key asked for.
    wiring.compare(1, 0, query=last_two_here, key=two_before_here)
    wiring.compare(1, 2, query=two_before_here, key=two_before_there)
    wiring.take(1, 0, (WORD, wiring.code_book), (WORD, wiring.more))
    wiring.take(1, 1, (WORD, wiring.code_book), (one, same))
    code_back, more_back = _WRITE_COPY * wiring.code_book.T, _WRITE_COPY * wiring.more.T
    wiring.write(1, 0, (WORD, code_back), (WORD, more_back))
    wiring.write(1, 2, (WORD, 2 * code_back))
    last, before_last = _KEY_BEFORE_ANSWER
    wiring.look_back(1, 1, distance=last)
    wiring.write(1, 1, (ASKED, 2 * _WRITE_CODE * same))
    wiring.look_back(1, 3, distance=before_last)
    wiring.write(1, 3, (ASKED, 2 * _WRITE_CODE * spin), (ASKED, _WRITE_CODE * spin_twice))

    # Layer 2: find that key in the document, and an earlier mention of the key just read.
    wiring.compare(2, 0, query=wiring.reader((ASKED, same)), key=three_before)
    wiring.take(2, 0, (WORD, wiring.code_book))
    wiring.write(2, 0, (FOUND, 2 * _WRITE_CODE * same))
    wiring.compare(2, 2, query=three_before, key=three_before)
    wiring.look_back(2, 2, distance=0, sign=-1)
    wiring.take(2, 1, (WORD, wiring.code_book))
    wiring.write(2, 2, (BEFORE, 2 * _WRITE_CODE * same))

    # Layer 3: hand on what was found.
    wiring.look_back(3, 0, distance=1)
    wiring.take(3, 0, (FOUND, same))
    wiring.write(3, 0, (HANDED_ON, _WRITE_CODE * same))


def _orthogonal(rows: int, columns: int) -> Tensor:
    """Draw a matrix with orthonormal rows, `[rows, columns]`."""
    return torch.linalg.qr(torch.randn(columns, rows))[0].T
