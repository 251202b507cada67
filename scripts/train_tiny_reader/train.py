"""Trains the reader from scratch on one CPU core and writes it to a folder.

    python -m scripts.train_tiny_reader

The schedule goes by steps and tokens, never by the clock, so that a seed names one model (on one
machine and with the same libraries: rounding differs between processors).
"""

import argparse
import json
import platform
import random
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812  its usual name
import transformers
from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from scripts.train_tiny_reader.lean import LeanQwen2, check_against_transformers, yarn_settings
from scripts.train_tiny_reader.lessons import Batch, Stage, Teacher
from scripts.train_tiny_reader.start import wire
from scripts.train_tiny_reader.tokenizer import CONTROL_TOKENS, train_tokenizer

SEED: Final = 1
NATIVE_TOKENS: Final = 512
ROPE_THETA: Final = 20_000.0
BATCH_TOKENS: Final = 4_096

STAGES: Final = (
    Stage(192, (2, 4), 3, recall_share=0.2, absent_share=0.15, pair_share=0.0),
    Stage(256, (2, 6), 4, recall_share=0.1, absent_share=0.2, pair_share=0.0),
    Stage(384, (3, 10), 6, recall_share=0.0, absent_share=0.2, pair_share=0.1),
    Stage(512, (3, 12), 8, recall_share=0.0, absent_share=0.2, pair_share=0.1),
    Stage(
        512, (3, 12), 8, recall_share=0.0, absent_share=0.2, pair_share=0.1, factors=(1, 1, 2, 4)
    ),
)
STAGE_ENDS: Final = (0.1, 0.22, 0.35, 0.45, 1.0)
"""Share of the steps by which each stage is over at the latest."""

ADVANCE_AT: Final = 0.85
"""Share of single quotes wholly right (running mean) at which a stage is over."""

_LEAST_STEPS: Final = 40
_WARM_UP: Final = 15
_DECAY_FROM: Final = 0.3
_LAST_RATE: Final = 0.02
_MEMORY: Final = 0.95
_REPORT_EVERY: Final = 20


class RunningMeans:
    """Running means by name, of numbers that come now and then."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self.counts: dict[str, int] = defaultdict(int)

    def add(self, name: str, value: float) -> None:
        """Take one number into the mean of a name."""
        self.counts[name] += 1
        keep = min(_MEMORY, 1 - 1 / self.counts[name])
        self.values[name] = keep * self.values.get(name, 0.0) + (1 - keep) * value

    def forget(self, name: str) -> None:
        """Begin a name's mean anew."""
        self.values.pop(name, None)
        self.counts.pop(name, None)


def make_network(tokenizer: Qwen2Tokenizer, *, layers: int) -> Qwen2ForCausalLM:
    """Make the untrained reader."""
    end_of_text, _, end_of_turn = tokenizer.convert_tokens_to_ids(list(CONTROL_TOKENS))
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=NATIVE_TOKENS,
        rope_parameters=yarn_settings(NATIVE_TOKENS, ROPE_THETA, 1),
        tie_word_embeddings=True,
        bos_token_id=end_of_text,
        eos_token_id=end_of_turn,
        pad_token_id=end_of_text,
    )
    network = Qwen2ForCausalLM(config)
    network.generation_config = GenerationConfig(
        eos_token_id=[end_of_turn, end_of_text], pad_token_id=end_of_text, do_sample=False
    )
    wire(network)
    return network


def make_optimizers(network: Qwen2ForCausalLM) -> list[torch.optim.Optimizer]:
    """Make Muon for the matrices inside the layers and AdamW for all the rest."""
    matrices, rest = [], []
    for name, parameter in network.named_parameters():
        inside = parameter.ndim == 2 and "embed" not in name  # noqa: PLR2004  a matrix has two
        (matrices if inside else rest).append(parameter)
    return [
        torch.optim.Muon(
            matrices, lr=0.01, momentum=0.95, weight_decay=0.01, adjust_lr_fn="original"
        ),
        torch.optim.AdamW(rest, lr=2e-3, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def rate(step: int, steps: int) -> float:
    """Return the share of the full learning rate at a step: warm up, hold, fall to 2 %."""
    done = step / steps
    held = 1.0 if done < _DECAY_FROM else (1 - done) / (1 - _DECAY_FROM)
    return min(1.0, (step + 1) / _WARM_UP) * max(_LAST_RATE, held)


def learn(lean: LeanQwen2, batch: Batch, factor: int, means: RunningMeans) -> torch.Tensor:
    """Return the loss on a batch and note how much of it was right."""
    picked = torch.zeros(batch.tokens.shape, dtype=torch.bool)
    for row, start, end, _ in batch.answers:
        picked[row, start:end] = True
    hidden = lean(batch.tokens, batch.positions, factor)
    weight = lean.network.lm_head.weight
    before = hidden[:, :-1][picked[:, 1:]]  # [learned tokens, hidden]
    logits = F.linear(before.to(lean.dtype), weight.to(lean.dtype)).float()
    targets = batch.tokens[picked]
    right = torch.zeros(batch.tokens.shape, dtype=torch.bool)
    right[picked] = logits.argmax(-1) == targets
    means.add("tokens", float(right[picked].float().mean()))
    whole = defaultdict(list)
    for row, start, end, kind in batch.answers:
        whole[kind].append(float(right[row, start:end].all()))
        whole[f"factor {factor}"].append(whole[kind][-1])
    for name, values in whole.items():
        means.add(name, sum(values) / len(values))
    for name, places in batch.places.items():
        if (places & picked).any():
            means.add(name, float(right[places & picked].float().mean()))
    return F.cross_entropy(logits, targets)


def train(folder: Path, *, seed: int, steps: int, layers: int) -> None:
    """Train and write the reader.

    Args:
        folder: where weights, tokenizer, settings and log are written.
        seed: of everything drawn.
        steps: optimizer steps, each on about 4,096 tokens.
        layers: of the network.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    began, cpu_began = time.time(), time.process_time()
    tokenizer = train_tokenizer(seed, context_tokens=NATIVE_TOKENS)
    network = make_network(tokenizer, layers=layers)
    check_against_transformers(network)
    print(f"{network.num_parameters():,} parameters, {len(tokenizer):,} tokens", flush=True)
    teacher = Teacher(tokenizer, seed=seed + 1, native_tokens=NATIVE_TOKENS)
    history, tokens = run_steps(LeanQwen2(network), teacher, seed=seed, steps=steps)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    log = {
        "command": "python -m scripts.train_tiny_reader",
        "seed": seed,
        "steps": steps,
        "tokens": tokens,
        "parameters": network.num_parameters(),
        "cpu_seconds": round(time.process_time() - cpu_began),
        "wall_seconds": round(time.time() - began),
        "threads": 1,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "stages": [asdict(stage) for stage in STAGES],
        "history": history,
    }
    (folder / "training_log.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")


def run_steps(
    lean: LeanQwen2, teacher: Teacher, *, seed: int, steps: int
) -> tuple[list[dict[str, float]], int]:
    """Run all steps; return what was reported on the way and the tokens seen."""
    rng = random.Random(seed)
    optimizers = make_optimizers(lean.network)
    full_rates = [group["lr"] for each in optimizers for group in each.param_groups]
    means, history = RunningMeans(), []
    place = in_stage = tokens = 0
    for step in range(steps):
        stage = STAGES[place]
        groups = [group for each in optimizers for group in each.param_groups]
        for group, full in zip(groups, full_rates, strict=True):
            group["lr"] = full * rate(step, steps)
        factor = rng.choice(stage.factors)
        batch = teacher.make_batch(stage, lessons=BATCH_TOKENS // stage.length, factor=factor)
        loss = learn(lean, batch, factor, means)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(lean.network.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        tokens += batch.tokens.numel()
        in_stage += 1
        if (step + 1) % _REPORT_EVERY == 0:
            history.append(report(step + 1, place, tokens, loss, means))
        early = in_stage >= _LEAST_STEPS and means.values["one"] >= ADVANCE_AT
        if place + 1 < len(STAGES) and (early or (step + 1) / steps >= STAGE_ENDS[place]):
            place, in_stage = place + 1, 0
            means.forget("one")
    return history, tokens


def report(
    step: int, place: int, tokens: int, loss: torch.Tensor, means: RunningMeans
) -> dict[str, float]:
    """Print where training is and return it for the log."""
    line = {"step": step, "stage": place, "tokens_seen": tokens, "loss": round(loss.item(), 4)}
    line |= {name: round(value, 3) for name, value in sorted(means.values.items())}
    print(" ".join(f"{name} {value}" for name, value in line.items()), flush=True)
    return line


def main() -> None:
    """Read the options and train."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--folder", type=Path, default=Path("tests/fixtures/tiny_reader"))
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--steps", type=int, default=2_200)
    options.add_argument("--layers", type=int, default=6)
    given = options.parse_args()
    train(given.folder, seed=given.seed, steps=given.steps, layers=given.layers)
