"""`longread needle`: how much is found, by length and depth, with any model and way of reading."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from agent import Library
from agent.document import Document
from agent.evaluation.needle_test import NeedleTest, make_batches
from agent.evaluation.needles import KINDS, Kind
from agent.evaluation.results import Results
from agent.evaluation.subject import IN_CONTEXT
from agent.evaluation.trial import Result
from agent.evaluation.wording import languages
from app.examining import make_subject, options, run, scratch
from app.exits import ANSWERED, FAILED, IN_WORDS
from app.grid import as_text, grids
from app.intake import gather
from app.lists import Numbers, Words
from app.machine import machine_and_versions
from app.output import to_json
from app.settings import load_settings
from app.wire import choose_reader

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_AGENT_LENGTHS: Final = (10_000, 100_000, 1_000_000)
_HALVINGS: Final = 6  # from the window down
_UNKNOWN_WINDOW: Final = 32_768


@click.command(epilog=IN_WORDS)
@options(strategies="auto", out="needle.json")
@click.option(
    "--lengths",
    type=Numbers(100, 1e8),
    help="Tokens, with commas; by default up to the model's window in context, else to a million.",
)
@click.option(
    "--depths",
    default="0,25,50,75,100",
    show_default=True,
    type=Numbers(0, 100),
    help="In percent of the length.",
)
@click.option(
    "--kinds",
    default="one",
    show_default=True,
    type=Words(KINDS),
    help="one needle, many of one name, a hop from one to another, none at all.",
)
@click.option(
    "--languages",
    "codes",
    default="en",
    show_default=True,
    type=Words(languages()),
    help="Of needles and filler, by code, or all.",
)
@click.option(
    "--samples",
    default=3,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Haystacks of each length, kind and language.",
)
@click.option(
    "--distractors",
    default=3,
    show_default=True,
    type=click.IntRange(0, 19),
    help="Needles that nobody asks for.",
)
@click.option("--alone", is_flag=True, help="One needle a haystack, as the first such test had.")
@click.option("--filler", default="", metavar="FILE", help="Hide the needles in this document.")
@click.option(
    "--extension",
    type=click.Choice(["dual_chunk", "yarn", "none"]),
    help="Of the window of a Qwen2 in this process; none compares.",
)
def needle(
    model: str,
    strategies: list[str],
    filler: str,
    extension: str | None,
    out: Path,
    *,
    as_json: bool,
    **more: Any,
) -> int:
    """Hide needles in haystacks of many lengths, ask for them, and count what is found."""
    results = Results(out)
    settings = load_settings()
    done: list[Result] = []
    with scratch(out) as home:
        library = Library(home)
        hidden_in = _filler(filler, library) if filler else None
        chosen = choose_reader(settings, model)
        click.echo(chosen.reason, err=True)
        for strategy in strategies:
            subject = make_subject(strategy, chosen, home, extension)
            test = _test(more, hidden_in, subject_lengths(strategy, chosen.model))
            if hidden_in and library.tokens([hidden_in.id]) < max(test.lengths):
                click.echo(f"{hidden_in.name} is shorter than that, and is repeated.", err=True)
            done += run(subject, make_batches(test, subject), results)
    return report(done, results, as_json=as_json)


def subject_lengths(strategy: str, model: "BaseChatModel | None") -> list[int]:
    """Return the lengths that are tried where none are named."""
    if strategy != IN_CONTEXT or model is None:
        return list(_AGENT_LENGTHS)
    window = (model.profile or {}).get("max_input_tokens") or _UNKNOWN_WINDOW
    return [window >> halving for halving in reversed(range(_HALVINGS))]


def _filler(file: str, library: Library) -> Document:
    (identity,) = gather([file], library)
    return library.document(identity)


def _test(more: dict[str, Any], filler: Document | None, lengths: Sequence[int]) -> NeedleTest:
    kinds: list[Kind] = [kind for kind in KINDS if kind in more["kinds"]]
    return NeedleTest(
        lengths=[round(number) for number in more["lengths"] or lengths],
        depths=[percent / 100 for percent in more["depths"]],
        kinds=kinds,
        languages=more["codes"],
        samples=more["samples"],
        distractors=more["distractors"],
        alone=more["alone"],
        filler=filler,
        seed=more["seed"],
    )


def report(done: Sequence[Result], results: Results, *, as_json: bool) -> int:
    """Print what came of it, and write the picture of all results beside them."""
    from app.heat_map import draw  # noqa: PLC0415  # matplotlib is slow to import

    picture = results.path.with_suffix(".png")
    draw(grids(results), picture, made_on=machine_and_versions())
    text = "\n\n".join(map(as_text, grids(done)))
    click.echo(to_json(results.to_dict()) if as_json else text)
    click.echo(f"Results are in {results.path}, the picture in {picture}.", err=True)
    return FAILED if any(result.failure for result in done) else ANSWERED
