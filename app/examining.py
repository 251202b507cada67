"""Who is examined, and how far that is: what `longread needle` and `longread eval` share."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from agent.errors import QuestionError, ReaderError
from agent.evaluation.examine import Batch, Examined, Preparing, Tried, examine
from agent.evaluation.results import Results
from agent.evaluation.subject import IN_CONTEXT, InContext, Subject, ThroughAgent
from agent.evaluation.trial import Result
from agent.strategies import STRATEGIES
from app.bar import Bar
from app.machine import machine_and_versions
from app.wire import Choice

WAYS: Final = (IN_CONTEXT, *(name for name in STRATEGIES if name != "summarize"))
_SAID: Final = {"dual_chunk": "dual chunks", "yarn": "YARN", "none": "plain RoPE"}


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
