"""Who is examined, and how far that is: what `longread needle` and `longread eval` share."""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from agent.errors import EvaluationError, QuestionError, ReaderError
from agent.evaluation.examine import Batch, Examined, Preparing, Tried, examine
from agent.evaluation.results import Results
from agent.evaluation.subject import IN_CONTEXT, InContext, Subject, ThroughAgent
from agent.evaluation.trial import Result
from agent.strategies import STRATEGIES
from app.bar import Bar
from app.lists import Words
from app.machine import machine_and_versions
from app.wire import Choice

WAYS: Final = (IN_CONTEXT, *(name for name in STRATEGIES if name != "summarize"))
_SAID: Final = {"dual_chunk": "dual chunks", "yarn": "YARN", "none": "plain RoPE"}
_Command = TypeVar("_Command", bound=Callable[..., Any])


def options(*, strategies: str, out: str) -> Callable[[_Command], _Command]:
    """Give a command the options that all who examine have.

    Args:
        strategies: by default.
        out: the file of results, by default.
    """
    shared = (
        click.option(
            "--model", default="", metavar="auto|quoting|PATH|NAME|URL", help="Who reads."
        ),
        click.option(
            "--strategy",
            "strategies",
            default=strategies,
            show_default=True,
            type=Words(WAYS),
            help="Ways of reading, with commas: in-context is the model alone with all in its "
            "prompt; the others are those of `longread ask`.",
        ),
        click.option("--seed", default=0, show_default=True, help="Of all that is drawn."),
        click.option(
            "--out",
            default=out,
            show_default=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="Results; what is in it already is not done again.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the results as JSON."),
    )

    def give(command: _Command) -> _Command:
        for option in reversed(shared):
            command = option(command)
        return command

    return give


@contextlib.contextmanager
def scratch(out: Path) -> Iterator[Path]:
    """Lend a folder beside the results; it stays only for a run that can go on where it was."""
    home = out.with_name(f"{out.name}.library")
    try:
        yield home
    except (KeyboardInterrupt, EvaluationError):
        raise
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    else:
        shutil.rmtree(home, ignore_errors=True)


def make_subject(strategy: str, chosen: Choice, home: Path, extension: str | None) -> Subject:
    """Return whoever is to be examined.

    Raises:
        QuestionError: if a model is asked for, or a setting of it, that is not there.
    """
    model, called = chosen.model, ""
    if extension is not None:
        if model is None or not hasattr(model, "extension"):
            raise QuestionError("--extension is for a Qwen2 in this process; leave it out.")
        model, called = model.model_copy(update={"extension": extension}), _SAID[extension]
    if strategy != IN_CONTEXT:
        return ThroughAgent(strategy, home, model, called)
    if model is None:
        raise QuestionError(f"in-context asks a language model alone, but {chosen.reason}.")
    return InContext(model, called)


def run(subject: Subject, batches: Iterable[Batch], results: Results) -> list[Result]:
    """Do all trials, drawing how far they are; return what came of them, failures too."""
    bar = Bar()
    done: list[Result] = []
    try:
        for event in examine(subject, batches, results, made_on=machine_and_versions()):
            _take(event, subject, bar, done)
    except ReaderError:  # it was said with each trial; other ways of reading may do better
        click.echo(f"{subject.strategy}: given up, since the model never answered.", err=True)
    bar.clear()
    return done


def _take(event: Examined, subject: Subject, bar: Bar, done: list[Result]) -> None:
    """Note and draw what happened."""
    if isinstance(event, Preparing):
        bar.before = f"{event.name}  "
    if isinstance(event, Tried):
        bar.draw(subject.strategy, "question", event.done, event.total)
        failure = event.result.failure
        if failure and failure not in {result.failure for result in done}:
            bar.clear()
            click.echo(failure, err=True)
        done.append(event.result)
