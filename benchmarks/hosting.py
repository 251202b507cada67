"""Print what hosting costs beside plain `transformers.generate`, in the same run.

    python -m benchmarks.hosting [--gpu] [--keep]

On a CPU: a tiny random Qwen2 for the overhead of our layer, and Qwen2-0.5B's published shape with
random weights for everything else. With --gpu: Qwen2-7B's shape in bfloat16 on the first GPU.
Random weights compute as long as trained ones and need as much memory; what they answer means
nothing, and is not looked at.

Times are medians of CPU seconds (on a GPU of seconds, synchronised), ratios are taken within a
round. Each measured thing is one row.
"""

import argparse
import copy
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import PreTrainedModel, Qwen2Config, Qwen2ForCausalLM

from benchmarks.kept import keep, markdown
from model.catalog import find
from model.decode import Chooser, Sampling
from model.engine import Engine, Prefill, make_engine
from model.settings import HostSettings
from model.yarn import choose_scaling

NATIVE_TOKENS = 32_768


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured.

    Attributes:
        name: what it is.
        ours: with its unit.
        peer: of plain transformers in the same run, with its unit; "" if there is none.
        ratio: peer over ours, or what the name says.
    """

    name: str
    ours: str
    peer: str = ""
    ratio: str = ""


def main() -> None:
    """Measure and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--gpu", action="store_true")
    options.add_argument("--keep", action="store_true", help="keep the results")
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    transformers.logging.set_verbosity_error()
    rows = list(gpu_rows() if given.gpu else cpu_rows())
    print(f"{machine(given.gpu)}; `python -m benchmarks.hosting{' --gpu' * given.gpu}`\n")
    table = [
        {"": row.name, "ours": row.ours, "plain transformers": row.peer, "ratio": row.ratio}
        for row in rows
    ]
    print(markdown(table))
    if given.keep:
        name = "hosting_gpu" if given.gpu else "hosting"
        command = f"python -m benchmarks.hosting{' --gpu' * given.gpu}"
        keep(name, command, table, device=machine(given.gpu))


def cpu_rows() -> Iterator[Row]:
    """Measure on the CPU."""
    yield overhead(make_model(tiny_config(), torch.float32))
    config = published_config("qwen2-0.5b")
    yield from document_rows(config, 2_048, "Qwen2-0.5B", rounds=3)
    yield shared_decoding(config, answers=8, prompt_tokens=64, answer_tokens=24)
    yield stop_after_slice(config, 2_048)


def gpu_rows() -> Iterator[Row]:
    """Measure Qwen2-7B's shape on the first GPU."""
    config = published_config("qwen2-7b")
    yield matmul_peak()
    for tokens in (NATIVE_TOKENS, 130_000):
        yield from document_rows(config, tokens, "Qwen2-7B", rounds=3)
    yield shared_decoding(config, answers=32, prompt_tokens=1_024, answer_tokens=128)
    yield swept_million(config)


def overhead(model: PreTrainedModel) -> Row:
    """Our whole layer against `generate`: a short prompt and 200 tokens on a model of no weight."""
    prompt, tokens = random_prompt(200, model.config.vocab_size), 200
    engine = make_engine(model_copy(model), 512, (), HostSettings(kept_bytes=0))

    def ours() -> None:
        run_to_the_end(engine, prompt, tokens, 512)

    def peer() -> None:
        plain_generate(model, prompt, tokens)

    mine, theirs, ratio = side_by_side(ours, peer, rounds=9)
    return Row(
        "overhead: 200 tokens of a tiny model (4 layers of 128)",
        f"{mine:.3f} s",
        f"{theirs:.3f} s",
        f"{100 * (1 / ratio - 1):+.0f} % time",
    )


def document_rows(config: Qwen2Config, tokens: int, name: str, rounds: int) -> Iterator[Row]:
    """Read a document, ask a second question on it; beside `generate`, which reads it again."""
    dtype = torch.bfloat16
    model = make_model(config, dtype)
    document = random_prompt(tokens, config.vocab_size)
    first, second = [*document, 5, 6, 7], [*document, 8, 9, 10, 11]

    def peer() -> None:
        plain_generate(model, first, 1)

    fits_plain = tokens <= NATIVE_TOKENS
    theirs = [timed(peer) for _ in range(rounds)] if fits_plain else []
    engine = make_engine(model, NATIVE_TOKENS, (), HostSettings(kept_bytes=2**40))
    firsts, seconds = [], []
    reset_peak(engine)
    for _ in range(rounds):
        engine.prefixes.clear()
        firsts.append(timed(lambda: run_to_the_end(engine, first, 1, NATIVE_TOKENS)))
        seconds.append(timed(lambda: run_to_the_end(engine, second, 1, NATIVE_TOKENS)))
    one, two = statistics.median(firsts), statistics.median(seconds)
    plain = statistics.median(theirs) if theirs else None
    share = 100 * prefill_flop(config, tokens) / one / peak_flops(engine.network.device)
    yield Row(
        f"{name}: first token, {tokens:,} tokens read",
        f"{one:.2f} s ({share:.0f} % of measured matmul peak)",
        f"{plain:.2f} s" if plain else "not run",
        f"{plain / one:.2f}" if plain else "",
    )
    yield Row(
        f"{name}: second question on it, first token",
        f"{two:.3f} s",
        f"{plain:.2f} s" if plain else "",
        f"{one / two:.0f} times sooner than the first",
    )
    if engine.network.device.type == "cuda":
        yield Row(f"{name}: most memory, {tokens:,} tokens", peak(config, tokens))
    yield decode_rate(engine, document, name)


def decode_rate(engine: Engine, document: list[int], name: str) -> Row:
    """Tokens a second of one answer after a document that is kept."""
    count = 16
    chooser = Chooser(Sampling(count + 1), device=engine.network.device)
    scaling = choose_scaling(len(document) + count + 1, NATIVE_TOKENS, "dual_chunk")
    stream = engine.generate(document, chooser, scaling)
    next(event for event in stream if not isinstance(event, Prefill))
    seconds = timed(lambda: list(islice(stream, count)))
    stream.close()
    return Row(
        f"{name}: decoding after {len(document):,} tokens", f"{count / seconds:.1f} tokens/s"
    )


def shared_decoding(
    config: Qwen2Config, *, answers: int, prompt_tokens: int, answer_tokens: int
) -> Row:
    """Many answers at once, which share each pass, against the same ones after another."""
    engine = make_engine(
        make_model(config, torch.bfloat16), NATIVE_TOKENS, (), HostSettings(kept_bytes=0)
    )
    prompts = [random_prompt(prompt_tokens, config.vocab_size, seed) for seed in range(answers)]

    def together() -> None:
        streams = [
            engine.generate(prompt, Chooser(Sampling(answer_tokens), device=engine.network.device))
            for prompt in prompts
        ]
        while streams:
            streams = [stream for stream in streams if next(stream, None) is not None]

    def in_turn() -> None:
        for prompt in prompts:
            run_to_the_end(engine, prompt, answer_tokens, NATIVE_TOKENS)

    mine, theirs, ratio = side_by_side(together, in_turn, rounds=3)
    return Row(
        f"{answers} answers of {answer_tokens} tokens at once",
        f"{mine:.1f} s",
        f"{theirs:.1f} s (ours, one after the other)",
        f"{ratio:.1f}",
    )


def stop_after_slice(config: Qwen2Config, tokens: int) -> Row:
    """How long a stop takes in the middle of a long prompt: at most one slice."""
    engine = make_engine(make_model(config, torch.bfloat16), NATIVE_TOKENS, (), HostSettings())
    stream = engine.generate(random_prompt(tokens, config.vocab_size), Chooser(Sampling(1)))
    slices = [timed(lambda: next(stream)) for _ in range(tokens // engine.slice_tokens)]
    stream.close()
    return Row(
        f"stop while a prompt is read: one slice of {engine.slice_tokens} tokens",
        f"{max(slices):.2f} s",
    )


def swept_million(config: Qwen2Config) -> Row:
    """A million tokens read in windows of 8,192, a few at a time."""
    engine = make_engine(
        make_model(config, torch.bfloat16), NATIVE_TOKENS, (), HostSettings(kept_bytes=0)
    )
    prompts = [random_prompt(8_192, config.vocab_size, seed) for seed in range(1_000_000 // 8_192)]

    def sweep() -> None:
        for prompt in prompts:
            run_to_the_end(engine, prompt, 1, NATIVE_TOKENS)

    return Row("a million tokens in windows of 8,192, prefill", f"{timed(sweep):.1f} s")


def matmul_peak() -> Row:
    """What the chip does in a large bfloat16 matrix product."""
    return Row("bfloat16 matmul peak", f"{peak_flops(torch.device('cuda')) / 1e12:.0f} TFLOP/s")


def peak_flops(device: torch.device) -> float:
    """Measure the floating-point operations a second of a large bfloat16 matrix product."""
    size = 8_192 if device.type == "cuda" else 1_024
    left, right = (torch.randn(size, size, dtype=torch.bfloat16, device=device) for _ in range(2))
    times = [timed(lambda: left @ right) for _ in range(12)]
    return float(2 * size**3 / min(times))


def prefill_flop(config: Qwen2Config, tokens: int) -> float:
    """Count the operations of a prefill: two a weight and token, and causal attention."""
    heads = config.hidden_size * config.num_hidden_layers
    layer = (
        2 * config.hidden_size**2
        + 2 * config.hidden_size * kv_width(config)
        + 3 * config.hidden_size * config.intermediate_size
    )
    return 2.0 * tokens * layer * config.num_hidden_layers + 2.0 * tokens**2 * heads


def kv_width(config: Qwen2Config) -> int:
    """Numbers in the keys of one token and layer."""
    return config.num_key_value_heads * config.hidden_size // config.num_attention_heads


def reset_peak(engine: Engine) -> None:
    """Begin to watch the memory of the GPU anew."""
    if engine.network.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()


def peak(config: Qwen2Config, tokens: int) -> str:
    """Say what was used of the GPU at most since `reset_peak`, and what the cache should take."""
    cache = 4 * config.num_hidden_layers * kv_width(config) * tokens / 2**30
    used = torch.cuda.max_memory_allocated() / 2**30
    return f"{used:.2f} GiB in all, of which {cache:.2f} GiB keys and values"


def run_to_the_end(engine: Engine, prompt: list[int], tokens: int, native: int) -> None:
    """Answer one prompt."""
    scaling = choose_scaling(len(prompt) + tokens, native, "dual_chunk")
    for _ in engine.generate(
        prompt, Chooser(Sampling(tokens), device=engine.network.device), scaling
    ):
        pass


@torch.inference_mode()
def plain_generate(model: Any, prompt: list[int], tokens: int) -> None:
    """Answer one prompt with plain transformers."""
    ids = torch.tensor([prompt], device=model.device)
    model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        min_new_tokens=tokens,
        max_new_tokens=tokens,
    )


def side_by_side(
    ours: Callable[[], None], peer: Callable[[], None], rounds: int
) -> tuple[float, float, float]:
    """Time two in turn; return their medians, and the median of peer over ours within a round."""
    ours(), peer()
    pairs = [(timed(ours), timed(peer)) for _ in range(rounds)]
    mine, theirs = zip(*pairs, strict=True)
    ratios = [their / my for my, their in pairs]
    return statistics.median(mine), statistics.median(theirs), statistics.median(ratios)


def timed(work: Callable[[], object]) -> float:
    """Return CPU seconds, or seconds where a GPU works."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return time.perf_counter() - began
    began = time.process_time()
    work()
    return time.process_time() - began


def random_prompt(tokens: int, vocabulary: int, seed: int = 0) -> list[int]:
    """Draw token ids."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, vocabulary, (tokens,), generator=generator).tolist()


def tiny_config() -> Qwen2Config:
    """Four layers of 128."""
    return Qwen2Config(
        vocab_size=2_000,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        tie_word_embeddings=True,
    )


def published_config(alias: str) -> Qwen2Config:
    """The published shape of one size."""
    entry = find(alias)
    if entry is None:
        raise SystemExit(f"{alias} is not in the catalogue")
    shape = entry.shape
    return Qwen2Config(
        vocab_size=shape.vocabulary_size,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.attention_heads,
        num_key_value_heads=shape.key_value_heads,
        max_position_embeddings=entry.native_context_tokens,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        tie_word_embeddings=shape.tied_embeddings,
    )


def make_model(config: Qwen2Config, dtype: torch.dtype) -> PreTrainedModel:
    """Make a model with random weights, on the GPU if there is one."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        model = Qwen2ForCausalLM._from_config(config, dtype=dtype).eval()  # noqa: SLF001
    model.generation_config.eos_token_id = None
    return model


def model_copy(model: PreTrainedModel) -> PreTrainedModel:
    """Make a second model with the same weights, for the engine changes the one it is given."""
    second = Qwen2ForCausalLM(copy.deepcopy(model.config)).to(model.dtype).eval()
    second.load_state_dict(model.state_dict())
    return second


def machine(gpu: bool) -> str:  # noqa: FBT001
    """Return what this was measured on."""
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    if gpu:
        return f"{torch.cuda.get_device_name()}, {versions}"
    cpuinfo = Path("/proc/cpuinfo")
    names = [
        line.split(":", 1)[1].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    name = names[0] if names else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {torch.get_num_threads()} thread used, {versions}"


if __name__ == "__main__":
    main()
