"""The `longread` command.

Answers go to stdout, everything else (progress, warnings, which model reads) to stderr.
"""

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from agent import (
    Added,
    Event,
    ReadError,
    Refused,
)
from agent.errors import QuestionError
from agent.inspection import Checking
from app import doctor, models
from app.asking import ask, summarize
from app.bar import Bar, Tally
from app.evaluate import evaluate
from app.exits import ANSWERED, FAILED, IN_WORDS, NOT_FOUND, STOPPED, WRONG_USAGE
from app.intake import AlreadySaidError, ask_password, fill, gather, watch
from app.needle import needle
from app.output import page_range, to_json
from app.settings import Limits, go_quiet, load_settings
from app.show import hits_json, hits_text, list_text
from app.strings import size
from app.wire import open_library
from model.address import is_this_machine
from model.errors import ModelError


@click.group(epilog=IN_WORDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="longread")
def longread() -> None:
    """Ask long documents; every claim shows the words and the page it rests on.

    Files are parsed and indexed once and kept in the library (LONGREAD_HOME). Nothing leaves this
    machine unless you name a server elsewhere.
    """


longread.add_command(ask)
longread.add_command(summarize)
longread.add_command(needle)
longread.add_command(evaluate)


@longread.command(epilog=IN_WORDS)
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--password",
    "locked",
    is_flag=True,
    help="Ask for the password that opens them, or read it from a pipe.",
)
def add(files: tuple[str, ...], locked: bool) -> int:  # noqa: FBT001  # click calls by name
    """Parse and index FILE... into the library."""
    password = ask_password() if locked else None
    library = open_library(load_settings(), searching=True)
    tally = Tally(len(files))
    added: list[str] = []
    code = _report_added(library.add_all(files, password=password), "added", tally, added)
    if text := tally.text():
        click.echo(text, err=True)
    fill(library, added)
    return code


def _report_added(
    events: Iterator[Event], done: str, tally: Tally | None = None, added: list[str] | None = None
) -> int:
    refused = False
    for event in watch(events, tally):
        refused |= isinstance(event, Refused)
        if isinstance(event, Added):
            if added is not None:
                added.append(event.id)
            what = "was there already" if event.reused else done
            extent = size(event.pages, event.tokens)
            click.echo(f"{event.id[:12]}  {event.name}: {what}, {extent}")
    return FAILED if refused else ANSWERED


@longread.command("list", epilog=IN_WORDS)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_documents(as_json: bool) -> int:  # noqa: FBT001  # click calls by name
    """List the documents in the library, newest first."""
    entries = open_library(load_settings()).documents()
    click.echo(to_json([asdict(entry) for entry in entries]) if as_json else list_text(entries))
    return ANSWERED


@longread.command(epilog=IN_WORDS)
@click.argument("identities", metavar="ID...", nargs=-1, required=True)
def remove(identities: tuple[str, ...]) -> int:
    """Remove the documents with these IDs; no word of them is left in the library's folder."""
    from app.jobs.journal import forget_documents  # noqa: PLC0415  # slow to import

    settings = load_settings()
    library = open_library(settings)
    known = [library.entry(identity).id for identity in identities]
    names = library.remove_all(known)
    forget_documents(settings.home, known)
    for name in names:
        click.echo(f"{name}: removed")
    return ANSWERED


@longread.command(epilog=IN_WORDS)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("identities", metavar="[ID]...", nargs=-1)
def export(file: Path, identities: tuple[str, ...]) -> int:
    """Write the documents with these IDs, or all, to FILE, for `longread import` elsewhere.

    FILE holds their texts and what was made of them, and is best called NAME.longread.
    """
    bar = Bar()
    done, refused = 0, False
    for event in open_library(load_settings()).exporting(file, identities):
        if isinstance(event, Refused):
            refused = True
            bar.clear()
            click.echo(f"{event.name}: {event.reason}", err=True)
        else:
            done += 1
            bar.draw("Exporting", "document", event.done, event.total)
    bar.clear()
    click.echo(f"{file}: {done:,} {'document' if done == 1 else 'documents'} exported")
    return FAILED if refused else ANSWERED


@longread.command("import", epilog=IN_WORDS)
@click.argument("file", type=click.Path(path_type=Path))
def import_(file: Path) -> int:
    """Take in the documents of FILE, which `longread export` wrote."""
    return _report_added(open_library(load_settings()).importing(file), "imported")


@longread.command(epilog=IN_WORDS)
@click.argument("query")
@click.argument("files", nargs=-1, required=True)
@click.option(
    "-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many passages."
)
@click.option("--pages", default=None, metavar="FIRST-LAST", help="Only these pages, such as 3-9.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def search(query: str, files: tuple[str, ...], k: int, pages: str | None, as_json: bool) -> int:  # noqa: FBT001  # click calls by name
    """Find the passages of FILE... that hold the words of QUERY, best first.

    In QUERY "some words" stand next to each other, and word* is any word that begins so.
    """
    if not query.strip():
        raise QuestionError("The query is blank; write the words to look for.")
    between = page_range(pages) if pages else None
    library = open_library(load_settings(), searching=True)
    identities = gather(files, library)
    hits = library.search(query, identities, k, pages=between, operators=True)
    documents = {identity: library.document(identity) for identity in identities}
    click.echo(
        to_json(hits_json(hits, documents)) if as_json else hits_text(hits, documents, query)
    )
    return ANSWERED if hits else NOT_FOUND


@longread.command(epilog=IN_WORDS)
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True, help="To listen on.")
@click.option("--host-name", "host_names", multiple=True, help="By which browsers may reach it.")
@click.option("--user-header", default="", help="In which a trusted proxy says who is there.")
@click.option(
    "--no-accounts",
    is_flag=True,
    help="Let everybody in who can reach it; browsers are kept apart.",
)
@click.option(
    "--person-mb",
    envvar="LONGREAD_PERSON_MB",
    default=Limits().person_mb,
    show_default=True,
    type=click.IntRange(min=1),
    help="Of uploads that one person may keep here.",
)
@click.option(
    "--all-mb",
    envvar="LONGREAD_ALL_MB",
    default=Limits().all_mb,
    show_default=True,
    type=click.IntRange(min=1),
    help="Of uploads that everybody together may keep here.",
)
def app(
    port: int,
    address: str,
    host_names: tuple[str, ...],
    user_header: str,
    *,
    no_accounts: bool,
    person_mb: int,
    all_mb: int,
) -> int:
    """Start the web page, by default on http://localhost:PORT for this machine only."""
    from app.serve import serve  # noqa: PLC0415  # streamlit is slow to import

    if not (is_this_machine(address) or user_header or no_accounts):
        raise click.UsageError(
            f"on {address} others can reach the page, and nothing asks who they are: name the "
            "header in which your proxy says so (--user-header), or say --no-accounts."
        )
    return serve(port, address, host_names, user_header, Limits(person_mb, all_mb))


@longread.group("models", epilog=IN_WORDS, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list with every number.")
@click.pass_context
def list_models(context: click.Context, as_json: bool) -> int:  # noqa: FBT001  # click calls by name
    """List the Qwen2-Instruct sizes: what each needs, whether it is here and whether it fits."""
    if context.invoked_subcommand is None:
        rows = models.table(load_settings())
        click.echo(to_json(models.as_json(rows)) if as_json else models.as_text(rows))
    return ANSWERED


@list_models.command("get", epilog=IN_WORDS)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Agree to the size and the licence without being asked.")
@click.option("--endpoint", default=None, metavar="URL", help="Another hub, such as a mirror.")
def get_model(name: str, yes: bool, endpoint: str | None) -> int:  # noqa: FBT001  # click calls by name
    """Download the model NAME, such as qwen2-7b; goes on where an earlier download ended."""

    def agreed(terms: str) -> bool:
        click.echo(terms, err=True)
        if not yes and not sys.stdin.isatty():
            raise click.UsageError("Nobody is here to agree; add --yes if you do.")
        return yes or click.confirm("Download it?", err=True)

    bar = Bar()
    said = models.get(
        models.known(name), load_settings(), agreed=agreed, progress=bar.fetched, endpoint=endpoint
    )
    bar.clear()
    click.echo(said or "Nothing was downloaded.", err=said is None)
    return ANSWERED if said else FAILED


@longread.command("doctor", epilog=IN_WORDS)
@click.option("--check", is_flag=True, help="Check every document in the library instead.")
@click.option("--repair", is_flag=True, help="Check, and make right what can be made right.")
def check_up(check: bool, repair: bool) -> int:  # noqa: FBT001  # click calls by name
    """Say which model reads, how much memory there is, and what is missing."""
    settings = load_settings()
    if not (check or repair):
        click.echo(doctor.report(settings))
        return ANSWERED
    bar = Bar()
    found = doctor.Checkup()
    for event in open_library(settings).check(repair=repair):
        if isinstance(event, Checking):
            bar.draw(f"Checking {event.name}", "document", event.done, event.total)
        found.add(event)
    bar.clear()
    click.echo(found.text(settings.home))
    return FAILED if found.wrong else ANSWERED


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code; no traceback ever reaches a person."""
    go_quiet()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what it cannot write becomes an escape
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> Any:
    try:
        return longread.main(arguments, prog_name="longread", standalone_mode=False)
    except AlreadySaidError:
        return FAILED
    except QuestionError as error:
        click.echo(str(error), err=True)
        return WRONG_USAGE
    except (ReadError, ModelError) as error:
        click.echo(str(error), err=True)
        return FAILED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; what was done before is kept.", err=True)
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left; nothing to say to it
        return FAILED
    except OSError as error:
        what = error.filename or "The output"
        with contextlib.suppress(OSError):  # stderr may be what cannot be written
            click.echo(f"{what} could not be read or written ({error.strerror}).", err=True)
            sys.stdout.close()  # what is left in it would fail again at the very end
        return FAILED
