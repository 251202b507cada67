"""`longread eval`: which model and which way of reading serve one's own documents best."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from agent import Library
from agent.evaluation.own_documents import A_COPY, ALL_KINDS, OwnDocuments, make_batches
from agent.evaluation.results import Results
from agent.evaluation.trial import Result
from agent.evaluation.wording import languages
from app.examining import make_subject, options, run, scratch
from app.exits import ANSWERED, FAILED, IN_WORDS
from app.grid import is_found
from app.intake import gather
from app.lists import Words
from app.output import to_json
from app.settings import load_settings
from app.wire import choose_reader

_HONEST: Final = (
    "These questions were made by code: needles planted in copies, sentences with a gap. They are "
    "easier than what people ask; compare the rows with each other, not with other tests."
)


@click.command("eval", epilog=IN_WORDS)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@options(strategies="retrieve,auto", out="eval.json")
@click.option(
    "--questions",
    default=A_COPY,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Of each kind to each document.",
)
@click.option(
    "--kinds",
    default="all",
    show_default=True,
    type=Words(ALL_KINDS),
    help="a quote to be found again; one needle, many, a hop, none at all.",
)
@click.option("--language", type=click.Choice(languages()), help="Of the needles.")
def evaluate(
    files: tuple[str, ...],
    model: str,
    strategies: list[str],
    out: Path,
    *,
    as_json: bool,
    **more: Any,
) -> int:
    """Ask FILE... what code knows the answers to, and count what is answered, right and cited.

    Run it again with another --model or --strategy and the same --out: all are shown together.
    """
    results = Results(out)
    done: list[Result] = []
    with scratch(out) as home:
        library = Library(home)
        test = _test(more, gather(files, library), library)
        chosen = choose_reader(load_settings(), model)
        click.echo(chosen.reason, err=True)
        for strategy in strategies:
            subject = make_subject(strategy, chosen, home, None)
            done += run(subject, make_batches(test, subject), results)
    asked_about = {document.name for document in test.documents}
    shown = [result for result in results if result.trial.filler in asked_about]
    click.echo(to_json(results.to_dict()) if as_json else as_text(shown))
    click.echo(f"{_HONEST}\nResults are in {out}.", err=True)
    return FAILED if any(result.failure for result in done) else ANSWERED


def _test(more: dict[str, Any], identities: Sequence[str], library: Library) -> OwnDocuments:
    return OwnDocuments(
        documents=[library.document(identity) for identity in identities],
        questions=more["questions"],
        kinds=more["kinds"],
        language=more["language"] or "",
        seed=more["seed"],
    )


@dataclass(frozen=True, slots=True)
class Row:
    """What one reader did with one kind of question to one document.

    Attributes:
        found: answers that name all that was asked for.
        exact: those of them that name nothing else that was planted.
        cited: answers that cite every place they rest on; None of a reader that cites nothing.
        paged: answers that cite every page they rest on; None likewise.
        tokens: of prompts and answers, median of a question.
        seconds: median of a question.
    """

    document: str
    model: str
    strategy: str
    kind: str
    questions: int
    answered: int
    found: int
    exact: int
    cited: int | None
    paged: int | None
    tokens: float
    seconds: float
    failed: int


def rows(results: Iterable[Result]) -> list[Row]:
    """Return a row for each document, reader and kind, and one for all kinds of a reader."""
    groups: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        trial = result.trial
        groups.setdefault((trial.filler, trial.model, trial.strategy), []).append(result)
    found = []
    for who, group in groups.items():
        kinds = [kind for kind in ALL_KINDS if any(r.trial.kind == kind for r in group)]
        found += [_row(who, kind, [r for r in group if r.trial.kind == kind]) for kind in kinds]
        if len(kinds) > 1:
            found.append(_row(who, "all", group))
    return found


def _row(who: tuple[str, str, str], kind: str, group: Sequence[Result]) -> Row:
    done = [result for result in group if not result.failure]
    citing = [r for r in done if r.places and r.score and r.score.cited is not None]
    return Row(
        *who,
        kind,
        questions=len(group),
        answered=sum(result.answered for result in done),
        found=sum(map(is_found, done)),
        exact=sum(result.right for result in done),
        cited=sum(result.cited for result in citing) if citing else None,
        paged=sum(result.paged for result in citing) if citing else None,
        tokens=statistics.median([r.input_tokens + r.output_tokens for r in done] or [0]),
        seconds=statistics.median([result.seconds for result in done] or [0]),
        failed=len(group) - len(done),
    )


_HEADS: Final = (
    "model", "strategy", "kind", "questions", "answered", "right", "exact", "cited", "page",
    "tokens", "seconds", "failed",
)  # fmt: skip


def as_text(results: Iterable[Result]) -> str:
    """Return a table for a terminal, a part for each document."""
    parts = []
    made = rows(results)
    for document in dict.fromkeys(row.document for row in made):
        lines = [_HEADS, *(_cells(row) for row in made if row.document == document)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        parts.append("\n".join([document, *(_line(line, widths) for line in lines)]))
    return "\n\n".join(parts)


def _cells(row: Row) -> tuple[str, ...]:
    counts = (row.questions, row.answered, row.found, row.exact, row.cited, row.paged)
    return (
        row.model,
        row.strategy,
        row.kind,
        *("-" if count is None else str(count) for count in counts),
        f"{row.tokens:,.0f}",
        f"{row.seconds:.2f}",
        str(row.failed),
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    words, numbers = 3, zip(cells[3:], widths[3:], strict=True)
    left = [cell.ljust(width) for cell, width in zip(cells[:words], widths[:words], strict=True)]
    return "  ".join([*left, *(cell.rjust(width) for cell, width in numbers)])
