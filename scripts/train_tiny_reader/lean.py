"""Qwen2's forward pass on the parameters of a transformers model, made for training on one core.

Fused projections, matrix products in bfloat16, plain causal attention without padding. In float32
it computes what transformers computes; `check_against_transformers` holds the two together.
"""

import torch
import torch.nn.functional as F  # noqa: N812  its usual name
from transformers import Qwen2ForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.qwen2.modeling_qwen2 import Qwen2DecoderLayer

_TOLERANCE = 1e-4


def yarn_settings(native_tokens: int, theta: float, factor: float) -> dict[str, object]:
    """Return transformers' rope settings for YaRN; a factor of 1 is plain RoPE."""
    if factor == 1:
        return {"rope_type": "default", "rope_theta": theta}
    return {
        "rope_type": "yarn",
        "factor": float(factor),
        "original_max_position_embeddings": native_tokens,
        "rope_theta": theta,
    }


class LeanQwen2:
    """Computes the hidden states of a Qwen2 from its own parameters.

    Attributes:
        network: the transformers model whose parameters are used and trained.
        dtype: of matrix products and attention; the residual stream stays float32.
    """

    def __init__(self, network: Qwen2ForCausalLM, dtype: torch.dtype = torch.bfloat16) -> None:
        config = network.config
        self.network = network
        self.dtype = dtype
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._width = config.hidden_size // config.num_attention_heads
        self._rotations: dict[int, tuple[torch.Tensor, float]] = {}

    def __call__(
        self, tokens: torch.Tensor, positions: torch.Tensor, factor: int = 1
    ) -> torch.Tensor:
        """Return the normed hidden states `[batch, length, hidden]`.

        Args:
            tokens: ids `[batch, length]`, no padding before the last token of interest.
            positions: of each token for RoPE, `[batch, length]`; may jump.
            factor: of YaRN; 1 for plain RoPE.
        """
        batch, length = tokens.shape
        body = self.network.model
        turn = self._turn(positions, factor)
        mask = torch.full((length, length), float("-inf"), dtype=self.dtype).triu(1)
        stream = body.embed_tokens(tokens.reshape(-1))  # [batch * length, hidden]
        for layer in body.layers:
            normed = self._norm(stream, layer.input_layernorm).to(self.dtype)
            mixed = self._attend(normed.view(batch, length, -1), layer, turn, mask)
            stream = stream + F.linear(mixed, layer.self_attn.o_proj.weight.to(self.dtype))
            normed = self._norm(stream, layer.post_attention_layernorm).to(self.dtype)
            stream = stream + self._feed_forward(normed, layer)
        return self._norm(stream, body.norm).view(batch, length, -1)

    def _attend(
        self,
        normed: torch.Tensor,
        layer: Qwen2DecoderLayer,
        turn: tuple[torch.Tensor, torch.Tensor],
        mask: torch.Tensor,
    ) -> torch.Tensor:
        """Return what the heads read, `[batch * length, heads * width]`."""
        batch, length, hidden = normed.shape
        parts = (layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj)
        weight = torch.cat([part.weight for part in parts]).to(self.dtype)
        bias = torch.cat([part.bias for part in parts]).to(self.dtype)
        heads, groups = self._heads, self._heads // self._kv_heads
        projected = F.linear(normed, weight, bias).view(batch, length, -1, self._width)
        cosine, sine = turn
        left, right = projected[:, :, : heads + self._kv_heads].chunk(2, dim=-1)
        turned = torch.cat((left * cosine - right * sine, right * cosine + left * sine), dim=-1)
        turned = turned.transpose(1, 2)  # [batch, heads + kv_heads, length, width]
        queries = turned[:, :heads] * self._width**-0.5
        keys = turned[:, heads:].repeat_interleave(groups, dim=1)
        values = projected[:, :, heads + self._kv_heads :].transpose(1, 2)
        values = values.repeat_interleave(groups, dim=1)
        shares = torch.softmax(queries @ keys.transpose(-1, -2) + mask, dim=-1)
        return (shares @ values).transpose(1, 2).reshape(batch * length, hidden)

    def _feed_forward(self, normed: torch.Tensor, layer: Qwen2DecoderLayer) -> torch.Tensor:
        """Return the gated feed-forward output, `[batch * length, hidden]`."""
        mlp = layer.mlp
        both = torch.cat((mlp.gate_proj.weight, mlp.up_proj.weight)).to(self.dtype)
        gate, up = F.linear(normed, both).chunk(2, dim=-1)
        return F.linear(F.silu(gate) * up, mlp.down_proj.weight.to(self.dtype))

    def _norm(self, stream: torch.Tensor, norm: torch.nn.Module) -> torch.Tensor:
        """Return the stream divided by its root mean square and scaled."""
        return F.rms_norm(
            stream, (stream.shape[-1],), norm.weight, self.network.config.rms_norm_eps
        )

    def _turn(self, positions: torch.Tensor, factor: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cosines and sines of the rotary angles, each `[batch, length, 1, width / 2]`."""
        if factor not in self._rotations:
            self._rotations[factor] = self._rotation(factor)
        frequencies, scale = self._rotations[factor]
        angles = positions[..., None].float() * frequencies
        cosine, sine = (angles.cos() * scale).to(self.dtype), (angles.sin() * scale).to(self.dtype)
        return cosine[:, :, None], sine[:, :, None]

    def _rotation(self, factor: int) -> tuple[torch.Tensor, float]:
        """Return transformers' own frequencies and attention scale for a factor."""
        config = type(self.network.config)(**self.network.config.to_dict())
        theta = config.rope_parameters["rope_theta"]
        if factor == 1:
            return self.network.model.rotary_emb.inv_freq, 1.0
        config.rope_parameters = yarn_settings(config.max_position_embeddings, theta, factor)
        return ROPE_INIT_FUNCTIONS["yarn"](config)


@torch.no_grad()
def largest_difference(network: Qwen2ForCausalLM, *, length: int = 100) -> float:
    """Return the largest difference to transformers' hidden states, in float32."""
    tokens = torch.arange(2 * length).view(2, length) * 31 % network.config.vocab_size
    positions = torch.arange(length).expand(2, length)
    ours = LeanQwen2(network, dtype=torch.float32)(tokens, positions)
    theirs = network.model(tokens).last_hidden_state
    return float((ours - theirs).abs().max())


def check_against_transformers(network: Qwen2ForCausalLM) -> None:
    """Stop if the lean forward pass differs from transformers'.

    Raises:
        RuntimeError: they differ by more than float32 explains.
    """
    difference = largest_difference(network)
    if difference > _TOLERANCE:
        raise RuntimeError(f"the lean forward pass is off by {difference:.1e}: mend lean.py")
