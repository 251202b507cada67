"""`longread ask` and `longread summarize`: the two commands in which a model reads."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from agent import Answered, Budget, Climbed, Condensing, Document, Event, Library, Progress, Read
from agent.errors import QuestionError
from agent.evidence import Answer
from agent.strategies import STRATEGIES
from agent.strategies.summarize import LENGTHS
from app.bar import Bar
from app.exits import ANSWERED, IN_WORDS, NOT_FOUND
from app.intake import gather
from app.output import page_range, to_json
from app.settings import load_settings
from app.show import answer_text, event_json, items_csv
from app.wire import choose_reader, open_library

_Command = TypeVar("_Command", bound=Callable[..., Any])
_OPTIONS: Final = (
    click.option(
        "--model",
        default="",
        metavar="auto|quoting|PATH|NAME|URL",
        help="Who reads: auto (default), quoting (no model), a folder with Qwen2 weights, a "
        "hub name already downloaded, or the URL of an OpenAI-compatible server.",
    ),
    click.option("--budget-tokens", type=click.IntRange(0), help="Stop reading after so many."),
    click.option("--budget-calls", type=click.IntRange(0), help="Stop after so many of the model."),
    click.option("--budget-seconds", type=click.FloatRange(0), help="Stop reading after so long."),
    click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object."),
    click.option("--csv", "as_csv", is_flag=True, help="Print the items or quotes as CSV."),
    click.option("--events", "as_events", is_flag=True, help="Print what happens, as JSON lines."),
)


def _with_options(command: _Command) -> _Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options common to both commands were set to."""

    model: str
    budget_tokens: int | None
    budget_calls: int | None
    budget_seconds: float | None
    as_json: bool
    as_csv: bool
    as_events: bool


_Reading = Callable[[list[Document], dict[str, Any]], Iterator[Event]]


@click.command(epilog=IN_WORDS)
@click.argument("question")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--strategy",
    default="auto",
    show_default=True,
    type=click.Choice(STRATEGIES),
    help="The way of reading: the whole at once, searching, every page, step by step, a summary, "
    "or the cheapest that serves.",
)
@_with_options
def ask(question: str, files: tuple[str, ...], strategy: str, **options: Any) -> int:
    """Answer QUESTION from FILE..., each a path or the beginning of a library id."""
    from agent.ask import ask as ask_documents  # noqa: PLC0415  # named like this command

    question = question.encode(errors="replace").decode()  # bytes that are no text come as halves
    if not question.strip():
        raise QuestionError("The question is blank; write what you want to know.")

    def read(documents: list[Document], settings: dict[str, Any]) -> Iterator[Event]:
        return ask_documents(question, documents, strategy=strategy, **settings)

    return _run(files, read, _Asked(**options))


@click.command(epilog=IN_WORDS)
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--length", default="page", show_default=True, type=click.Choice(list(LENGTHS)), help="Of it."
)
@click.option("--focus", default="", help='What it is for, such as "for an investor".')
@click.option("--pages", default=None, metavar="FIRST-LAST", help="Only these pages, such as 3-9.")
@_with_options
def summarize(
    files: tuple[str, ...], length: str, focus: str, pages: str | None, **options: Any
) -> int:
    """Sum up FILE..., each a path or the beginning of a library id; every page is read."""
    from agent.ask import summarize as sum_up  # noqa: PLC0415  # named like this command

    focus = focus.encode(errors="replace").decode()
    between = page_range(pages) if pages else None

    def read(documents: list[Document], settings: dict[str, Any]) -> Iterator[Event]:
        return sum_up(documents, length=length, focus=focus, pages=between, **settings)

    return _run(files, read, _Asked(**options))


def _run(files: tuple[str, ...], read: _Reading, asked: _Asked) -> int:
    """Take in the files, choose who reads, print what comes of it."""
    settings = load_settings()
    library: Library = open_library(settings, searching=True)
    identities = gather(files, library)
    chosen = choose_reader(settings, asked.model)
    click.echo(chosen.reason, err=True)
    documents = [library.document(identity) for identity in identities]
    budget = Budget(asked.budget_tokens, asked.budget_calls, asked.budget_seconds)
    events = read(documents, {"library": library, "model": chosen.model, "budget": budget})
    answer = _last_answer(_printing(events) if asked.as_events else events)
    if asked.as_csv:
        click.echo(items_csv(answer), nl=False)
    elif not asked.as_events:
        click.echo(to_json(answer.to_dict()) if asked.as_json else answer_text(answer))
    return ANSWERED if answer.answered else NOT_FOUND


def _printing(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if line := event_json(event):
            click.echo(to_json(line))
        yield event


def _last_answer(events: Iterable[Event]) -> Answer:
    answer, said = None, set[str]()
    bar, progress = Bar(), Progress()
    for event in events:
        progress = progress.after(event)
        bar.draw_progress(progress)
        line = _worth_a_line(event)
        if line and line not in said:
            said.add(line)
            bar.clear()
            click.echo(line, err=True)
        if isinstance(event, Answered):
            answer = event.answer
    bar.clear()
    if answer is None:
        raise QuestionError("The strategy ended without an answer.")
    return answer


def _worth_a_line(event: Event) -> str:
    """Return what of an event stays on the screen; empty for most."""
    match event:
        case Read(failure=failure) if failure:
            return f"Some passages could not be read: {failure}"
        case Condensing(failure=failure) if failure:
            return f"A part could not be summed up by the model: {failure}"
        case Climbed(reason):
            return f"{reason}."
    return ""
