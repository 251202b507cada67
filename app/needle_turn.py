"""A needle test as a job of the page: the model in use, its results kept for whoever asked."""

import hashlib
import shutil
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

from agent import ReadError
from agent.evaluation.examine import Examined, Preparing, Tried, examine
from agent.evaluation.needle_test import NeedleTest, make_batches
from agent.evaluation.results import Results
from app import strings
from app.examining import make_subject
from app.machine import machine_and_versions
from app.turn import NeedleWish, Turn
from app.wire import Choice
from model.errors import ModelError

_FOLDER: Final = "needle"
_HALVINGS: Final = 3  # from the longest haystack down


def results_path(home: Path, owner: str) -> Path:
    """Return the file in which the results of somebody's tests are kept."""
    return home / _FOLDER / f"{hashlib.sha256(owner.encode()).hexdigest()[:16]}.json"


def take_needle(
    wish: NeedleWish, home: Path, owner: str, choose: Callable[[], Choice]
) -> Generator[Turn]:
    """Yield how far the test is; the last turn is done. Closing the iterator stops the work.

    What was tried is kept one by one: a test that was stopped, or whose worker died, goes on from
    there when it is begun again.

    Args:
        wish: what is to be tried.
        home: the library's folder.
        owner: whose results they are.
        choose: chooses who reads, which may be slow.
    """
    turn = Turn(strings.NEEDLE, ())
    yield _at(turn, strings.CHOOSING)
    try:
        for step in _examined(turn, wish, results_path(home, owner), choose):
            turn = step
            yield turn
    except (ReadError, ModelError) as error:
        turn = replace(turn, error=str(error))
    yield replace(turn, done=True)


def _examined(
    turn: Turn, wish: NeedleWish, path: Path, choose: Callable[[], Choice]
) -> Generator[Turn]:
    choice = choose()
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".library")
    subject = make_subject(wish.strategy, choice, scratch, None)
    lengths = [wish.most_tokens >> halving for halving in reversed(range(_HALVINGS + 1))]
    test = NeedleTest(lengths, languages=(wish.language,), samples=1)
    batches = make_batches(test, subject)
    for event in examine(subject, batches, Results(path), made_on=machine_and_versions()):
        turn = _after(turn, event)
        yield turn
    shutil.rmtree(scratch, ignore_errors=True)


def _after(turn: Turn, event: Examined) -> Turn:
    match event:
        case Preparing():
            return _at(turn, strings.NEEDLE_ASKING)
        case Tried(_, done, total):
            return replace(turn, progress=replace(turn.progress, done=done, total=total))
    return turn


def _at(turn: Turn, stage: str) -> Turn:
    return replace(turn, progress=replace(turn.progress, stage=stage))
