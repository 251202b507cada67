"""Score Longread, or anything of the same form, on question sets in their published forms.

    python -m benchmarks.public FOLDER [--what answers] [--by bm25s|langchain] [--keep]
    python -m benchmarks.public SET --form squad

FOLDER holds data sets that are not ours, each in a folder of its own (`SETS` below); what is not
there is left out with a word about it. SET is one file or folder in a form of
`benchmarks/public/forms`. Answers are by the quoting reader, or by a model named with --model.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from agent import Library
from agent.ask import reader_of
from app.settings import load_settings
from app.wire import choose_reader
from benchmarks.kept import keep
from benchmarks.peers.retriever import LangChainRetriever
from benchmarks.public.forms import FORMS, load_form
from benchmarks.public.scoring import Row, score_answers, score_retrieval
from benchmarks.public.sets import QuestionSet, SetError
from benchmarks.public.subjects import Longread, PlainBm25, Retriever

SETS = {
    "ml_xquad": "squad",
    "ml_cmrc2018_zh": "squad",
    "ml_pquad_fa": "squad",
    "covidqa": "squad",
    "qmsum": "qmsum",
    "loogle": "loogle",
    "clapnq": "clapnq",
    "multihop_small": "hotpot",
    "par_ntrex": "parallel",
    "par_udhr": "parallel",
}
RETRIEVERS: dict[str, Callable[[Path], Retriever]] = {
    "longread": lambda home: Longread(Library(home)),
    "bm25s": lambda _: PlainBm25(),
    "langchain": lambda _: LangChainRetriever(),
}
LEFT_OUT = ("trial",)  # small samples of sets that are there whole


def main() -> None:
    """Score every set and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("path", type=Path)
    options.add_argument("--form", choices=FORMS)
    options.add_argument("--what", choices=("retrieval", "answers"), default="retrieval")
    options.add_argument("--by", choices=tuple(RETRIEVERS), default="longread")
    options.add_argument("--strategy", default="retrieve")
    options.add_argument("--model", default="quoting")
    options.add_argument("--only", nargs="*", help="sets, kinds or languages")
    options.add_argument("--questions", type=int, default=1_000, help="at most so many a set")
    options.add_argument("--keep", action="store_true", help="keep the results")
    given = options.parse_args()
    try:
        rows = list(score_all(given))
    except SetError as error:
        sys.exit(str(error))
    print(table(rows))
    if given.keep:
        command = f"python -m benchmarks.public FOLDER --what {given.what} --by {given.by}"
        name = given.what if given.by == "longread" else f"{given.what}_{given.by}"
        keep(name, command, [asdict(row) for row in rows], questions_at_most=given.questions)


def score_all(given: argparse.Namespace) -> Iterator[Row]:
    """Yield a row for each set; what is missing is said on stderr."""
    for question_set in all_sets(given.path, given.form):
        known = {question_set.name, question_set.kind, question_set.language}
        if given.only and not known & set(given.only):
            continue
        if question_set.missing:
            few = ", ".join(question_set.missing[:3])
            print(f"{question_set.name}: {len(question_set.missing)} documents are not there "
                  f"({few}, ...); their questions are left out.", file=sys.stderr)  # fmt: skip
        with tempfile.TemporaryDirectory() as home:
            row = score(given, question_set, Path(home))
        if row:
            print(f"{row.set} {row.language} {row.kind}: {row.questions}", file=sys.stderr)
            yield row


def all_sets(path: Path, form: str | None) -> Iterator[QuestionSet]:
    """Yield the sets of one form at a path, or of all folders that are known by name in it."""
    if form:
        yield from load_form(form, path)
        return
    if not path.is_dir():
        raise SetError(f"{path} is no folder; name one, or a set and its --form.")
    there = {name: form for name, form in SETS.items() if (path / name).exists()}
    for name in SETS.keys() - there.keys():
        print(f"{path / name} is not there; this set is left out.", file=sys.stderr)
    if not there:
        raise SetError(f"{path} holds none of the sets {', '.join(SETS)}; name one with --form.")
    for name, each in there.items():
        for question_set in load_form(each, path / name):
            if not any(part in question_set.name for part in LEFT_OUT):
                yield question_set


def score(given: argparse.Namespace, question_set: QuestionSet, home: Path) -> Row | None:
    """Score one set as the options say."""
    if given.what == "retrieval":
        retriever = RETRIEVERS[given.by](home)
        row = score_retrieval(retriever, question_set, given.questions)
        if isinstance(retriever, LangChainRetriever):
            retriever.close()
        return row
    if not any(question.answers for question in question_set.questions):
        return None
    model = choose_reader(load_settings(), given.model).model
    reader = reader_of(model)
    name = f"{reader.name}, {given.strategy}"
    agent = Longread(Library(home), reader, given.strategy, name)
    return score_answers(agent, question_set, given.questions)


def table(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table, a column for each figure that any of them has."""
    figures = list(dict.fromkeys(name for row in rows for name in row.figures))
    heads = ["set", "language", "kind", "by", "questions", *figures]
    lines = [heads, ["---"] * len(heads)]
    for row in rows:
        cells = [row.set, row.language, row.kind, row.subject, f"{row.questions:,}"]
        lines.append(cells + [shown(row.figures.get(name)) for name in figures])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(figure: float | None) -> str:
    """Return a figure for people: shares with three digits, others with as many as they need."""
    if figure is None:
        return ""
    return f"{figure:.3f}" if figure <= 1 else f"{figure:,.1f}"


if __name__ == "__main__":
    main()
