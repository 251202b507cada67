"""Exact causal attention of new queries over cached keys, in memory linear in both.

A mask of L x N entries would take 2 GiB for 2,048 new tokens over a million cached ones. No mask is
needed: the past is attended to whole, the new tokens causally among themselves, and the two are
merged by the log-sum-exp of their scores, as FlashAttention merges its blocks
(Dao et al. 2022, arXiv 2205.14135, section 3.1).

Fused kernels that also return the log-sum-exp do the work: on the CPU flash attention, on CUDA
flash attention (float16, bfloat16) or memory-efficient attention (float32, older cards). Everything
else takes plain matrix products, a few queries at a time. The CUDA calls follow torch 2.13 and its
own context-parallel attention; here they were checked for signature and shapes only, not run.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

# An attention output [1, heads, L, head_size] and the log-sum-exp [1, heads, L] of its scores.
Part = tuple[Tensor, Tensor]

# Kernels that return the log-sum-exp have no public name.
_FLASH_ON_CPU: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu  # noqa: SLF001
_FLASH_ON_CUDA: Any = torch.ops.aten._scaled_dot_product_flash_attention  # noqa: SLF001
_EFFICIENT_ON_CUDA: Any = torch.ops.aten._scaled_dot_product_efficient_attention  # noqa: SLF001

_FLASH_MOST_HEAD_SIZE = 256
_AMPERE = (8, 0)  # flash attention and bfloat16 want this compute capability

# Scores that the fallback without a fused kernel holds at once: 256 MiB in float32.
_MOST_SCORES = 2**26


class _Kernel(Protocol):
    """Takes and returns what `partial` does."""

    def __call__(
        self, query: Tensor, key: Tensor, value: Tensor, *, scaling: float, causal: bool
    ) -> Part: ...


def attend(query: Tensor, key: Tensor, value: Tensor, *, scaling: float) -> Tensor:
    """Attend causally from L new tokens to N cached ones, the last L of which are the new ones.

    Args:
        query: `[1, heads, L, head_size]`.
        key: `[1, kv_heads, N, head_size]`; any strides, so a view into a larger buffer will do.
        value: as `key`.
        scaling: factor of the scores before the softmax, usually `head_size ** -0.5`.

    Returns:
        `[1, heads, L, head_size]` in the type of `query`.
    """
    return merge(causal_parts(query, key, value, scaling=scaling))


def causal_parts(query: Tensor, key: Tensor, value: Tensor, *, scaling: float) -> list[Part]:
    """Attend as `attend` does, and leave the merging to the caller, who may have more parts."""
    new, past = query.shape[2], key.shape[2] - query.shape[2]
    if past < 0:
        raise ValueError(f"{new} queries stand over {key.shape[2]} keys: cache their keys first")
    if new == 1:
        return [partial(query, key, value, scaling=scaling, causal=False)]
    own = partial(query, key[:, :, past:], value[:, :, past:], scaling=scaling, causal=True)
    if past == 0:
        return [own]
    before = key[:, :, :past], value[:, :, :past]
    return [partial(query, *before, scaling=scaling, causal=False), own]


def partial(query: Tensor, key: Tensor, value: Tensor, *, scaling: float, causal: bool) -> Part:
    """Attend to some of the keys only.

    Args:
        query: `[1, heads, L, head_size]`.
        key: `[1, kv_heads, N, head_size]`, N at least 1.
        value: as `key`.
        scaling: factor of the scores before the softmax.
        causal: whether query i sees the keys up to i only (then N == L), or all of them.

    Returns:
        The output in the type of `query`, and the log-sum-exp `[1, heads, L]` of the scores, by the
        natural logarithm, in float32 (float64 for float64).
    """
    _, heads, new, head_size = query.shape
    kv_heads, keys = key.shape[1:3]
    if heads % kv_heads or key.shape != value.shape or key.shape[3] != head_size:
        shapes = [tuple(tensor.shape) for tensor in (query, key, value)]
        raise ValueError(f"query, key and value of shapes {shapes} do not belong together")
    # The CPU kernel divides by the number of keys and ends the process if there are none.
    if keys < 1 or (causal and keys != new):
        raise ValueError(f"{new} queries cannot attend to {keys} keys with causal={causal}")
    kernel = _kernel_for(query)
    query, key, value = _with_dense_rows(query), _with_dense_rows(key), _with_dense_rows(value)
    if causal:
        return kernel(query, key, value, scaling=scaling, causal=True)
    # Without a mask the heads that share a key are as good as more queries of one head. Each key is
    # then read once, not heads / kv_heads times: with Qwen2-7B's heads over 64K bfloat16 tokens on
    # one core, 35 ms instead of 418 for a token.
    folded = query.reshape(1, kv_heads, -1, head_size)
    output, log_sum_exp = kernel(folded, key, value, scaling=scaling, causal=False)
    return output.reshape(1, heads, new, head_size), log_sum_exp.reshape(1, heads, new)


def merge(parts: Sequence[Part]) -> Tensor:
    """Merge attention to disjoint sets of keys into attention to all of them.

    With `Z` the sum of the exponentials of a part's scores, the whole is the mean of the outputs
    weighted by `Z`. Weights and sums are float32 (float64 for float64).

    Returns:
        `[1, heads, L, head_size]` in the type of the first output.
    """
    output, log_sum_exp = parts[0]
    if len(parts) == 1:
        return output
    weights = torch.stack([part for _, part in parts]).softmax(dim=0)  # [parts, 1, heads, L]
    whole = output.to(log_sum_exp.dtype) * weights[0].unsqueeze(-1)
    for (other, _), weight in zip(parts[1:], weights[1:], strict=True):
        whole.addcmul_(other.to(whole.dtype), weight.unsqueeze(-1))
    return whole.to(output.dtype)


def _with_dense_rows(tensor: Tensor) -> Tensor:
    """Copy a tensor whose last axis has gaps: the CPU kernel would read past them, unnoticed."""
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def _kernel_for(query: Tensor) -> _Kernel:
    """Choose the fastest kernel that takes this device, type and head size."""
    head_size, dtype = query.shape[3], query.dtype
    half = dtype in (torch.float16, torch.bfloat16)
    if query.device.type == "cpu" and (half or dtype in (torch.float32, torch.float64)):
        return _flash_on_cpu
    if query.device.type == "cuda" and (half or dtype == torch.float32) and head_size % 8 == 0:
        modern = torch.cuda.get_device_capability(query.device) >= _AMPERE
        if half and modern and head_size <= _FLASH_MOST_HEAD_SIZE:
            return _flash_on_cuda
        if modern or dtype != torch.bfloat16:
            return _efficient_on_cuda
    return _plain


def _flash_on_cpu(
    query: Tensor, key: Tensor, value: Tensor, *, scaling: float, causal: bool
) -> Part:
    output, log_sum_exp = _FLASH_ON_CPU(query, key, value, is_causal=causal, scale=scaling)
    return output, log_sum_exp


def _flash_on_cuda(
    query: Tensor, key: Tensor, value: Tensor, *, scaling: float, causal: bool
) -> Part:
    output, log_sum_exp, *_ = _FLASH_ON_CUDA(query, key, value, is_causal=causal, scale=scaling)
    return output, log_sum_exp


def _efficient_on_cuda(
    query: Tensor, key: Tensor, value: Tensor, *, scaling: float, causal: bool
) -> Part:
    """Repeat the key heads, of which this kernel wants one per query head, and call it."""
    group = query.shape[1] // key.shape[1]
    if group > 1:
        key, value = key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1)
    output, log_sum_exp, *_ = _EFFICIENT_ON_CUDA(
        query, key, value, attn_bias=None, compute_log_sumexp=True, is_causal=causal, scale=scaling
    )
    # It comes with room for whole blocks of 32 queries.
    return output, log_sum_exp[:, :, : query.shape[2]]


def _plain(query: Tensor, key: Tensor, value: Tensor, *, scaling: float, causal: bool) -> Part:
    """Attend by matrix products in float32 or wider, a few queries at a time."""
    _, heads, new, head_size = query.shape
    kv_heads, keys = key.shape[1:3]
    wide = torch.promote_types(query.dtype, torch.float32)
    key, value = key.to(wide).unsqueeze(2), value.to(wide).unsqueeze(2)  # [1, kv_heads, 1, N, D]
    grouped = query.to(wide).view(1, kv_heads, heads // kv_heads, new, head_size) * scaling
    output = torch.empty_like(grouped)
    log_sum_exp = output.new_empty(output.shape[:-1])
    step = max(1, _MOST_SCORES // (heads * keys))
    for start in range(0, new, step):
        rows = slice(start, start + step)
        scores = grouped[:, :, :, rows] @ key.mT  # [1, kv_heads, group, step, N]
        if causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=key.device)
            scores.masked_fill_(later.triu(start + 1), -torch.inf)
        log_sum_exp[:, :, :, rows] = scores.logsumexp(dim=-1)
        output[:, :, :, rows] = scores.softmax(dim=-1) @ value
    return output.view(query.shape).to(query.dtype), log_sum_exp.view(1, heads, new)
