"""Write the tables of the README from the results that are kept.

    python -m benchmarks.readme

Between `<!-- results: NAME -->` and `<!-- end of results -->` stands what `results/NAME.json` says,
and nothing else: a test fails where the two disagree.
"""

import json
import re
import statistics
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from agent.evaluation.results import Results
from app.grid import Grid, grids, percent, short
from benchmarks.kept import FOLDER, ROOT, Rows, load, markdown
from benchmarks.needle_tiny import percent as percent_right
from benchmarks.public.__main__ import shown

README = ROOT / "README.md"
SECTION = re.compile(r"<!-- results: (\w+) -->\n.*?<!-- end of results -->", re.DOTALL)
_PEERS = {"bm25s": "MRR, bm25s", "langchain": "MRR, LangChain"}
_FIGURES = ("recall@1", "recall@5", "recall@20", "page MRR", "MRR", *_PEERS.values())
_ANSWERED = {
    "contains": "name the answer",
    "rougeL": "ROUGE-L",
    "cited right": "citations right",
    "evidence cited": "evidence cited",
    "gave up": "no answer where there is one",
    "abstained": "none where there is none",
}
_SHOWN_MODES = ("plain RoPE", "YARN 4", "dual chunk, scaled")

Record = Mapping[str, Any]


def main() -> None:
    """Write all sections of the README anew."""
    README.write_text(rendered(README.read_text("utf-8")), "utf-8")


def rendered(text: str) -> str:
    """Return the README with every section as the results have it."""
    return SECTION.sub(lambda found: _section(found[1]), text)


def _section(name: str) -> str:
    record = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    table = _TABLES.get(name, _rows)(record, name)
    return f"<!-- results: {name} -->\n\n{table}\n\n{_caption(record)}\n\n<!-- end of results -->"


def _caption(record: Record) -> str:
    """Return where and when it was measured, as far as the results say."""
    made_on = record.get("machine") or _newest(record)["made_on"]
    parts = [f"`{record['command']}`" if "command" in record else "", made_on]
    if "commit" in record:
        parts.append(f"{record['date']}, commit {record['commit']}")
    return f"<sub>{'; '.join(filter(None, parts))}</sub>"


def _newest(record: Record) -> dict[str, Any]:
    newest: dict[str, Any] = record["results"][-1]
    return newest


def _rows(record: Record, _name: str) -> str:
    return markdown(record["rows"])


def _retrieval(record: Record, _name: str) -> str:
    """Return a row a set and language; sets in very many languages as the mean and the lowest.

    Of peers that were scored on the same questions the MRR stands beside.
    """
    rows = [_beside_peers(row) for row in record["rows"]]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["set"], row["kind"]), []).append(row)
    lines: list[dict[str, str]] = []
    for (name, kind), group in groups.items():
        if kind == "asked" or len(group) == 1:
            lines += map(retrieval_line, group)
        else:
            lines.append(_mean_line(f"{name} ({kind})", group))
    return markdown(lines)


def _beside_peers(row: Mapping[str, Any]) -> dict[str, Any]:
    figures = dict(row["figures"])
    for peer, column in _PEERS.items():
        for other in load(f"retrieval_{peer}").get("rows", ()):
            if all(other[key] == row[key] for key in ("set", "language", "kind", "questions")):
                figures[column] = other["figures"]["MRR"]
    return {**row, "figures": figures}


def _mean_line(name: str, group: Rows) -> dict[str, str]:
    means = {f: statistics.fmean(row["figures"][f] for row in group)
             for f in _FIGURES if all(f in row["figures"] for row in group)}  # fmt: skip
    lowest = min(group, key=lambda row: row["figures"]["MRR"])
    languages = f"{len(group)}, lowest {lowest['language']} ({lowest['figures']['MRR']:.2f})"
    return _line(name, languages, sum(row["questions"] for row in group), means)


def retrieval_line(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the line of one set in one language."""
    return _line(row["set"], row["language"], row["questions"], row["figures"])


def _line(name: str, language: str, questions: int, figures: Mapping[str, float]) -> dict[str, str]:
    cells = {figure: shown(figures.get(figure)) for figure in _FIGURES}
    return {"set": name, "language": language, "questions": f"{questions:,}"} | cells


def _answers(record: Record, _name: str) -> str:
    """Return a row for each set and language: what answers say, cite, and leave open."""
    lines = []
    for row in record["rows"]:
        cells = {column: shown(row["figures"].get(name)) for name, column in _ANSWERED.items()}
        about = {"set": row["set"], "language": row["language"]}
        lines.append(about | {"questions": f"{row['questions']:,}"} | cells)
    return markdown(lines)


def _grids(_record: Record, name: str) -> str:
    """Return needle tests as one table: a row for each way, a column for each length."""
    return markdown([_way_row(grid) for grid in grids(Results(FOLDER / f"{name}.json"))])


def _way_row(grid: Grid) -> dict[str, str]:
    longest = [r for r in grid.results if r.trial.length == grid.lengths[-1]]
    read = statistics.median(result.input_tokens for result in longest)
    found = {f"{short(n)} tokens": "{}/{}".format(*grid.of_length(n)) for n in grid.lengths}
    way = grid.results[0].trial.strategy
    return {"found": way, **found, "tokens read for one, at most": f"{read:,.0f}"}


def grid_rows(grid: Grid) -> Iterator[dict[str, str]]:
    """Yield a row for each length."""
    way = grid.results[0].trial.strategy
    for length in grid.lengths:
        chosen = [result for result in grid.results if result.trial.length == length]
        depths = {percent(d): "{}/{}".format(*grid.cell(length, d)) for d in grid.depths}
        every = "{}/{}".format(*grid.of_length(length))
        tokens = statistics.median(result.input_tokens for result in chosen)
        yield {
            "way": way,
            "tokens": short(length),
            **depths,
            "all": every,
            "read, tokens": f"{tokens:,.0f}",
        }


def _needle_tiny(record: Record, _name: str) -> str:
    """Return a row for each way to stretch the window, a column for each length."""
    cells = [cell for cell in record["cells"] if cell["kind"] == "one"]
    lengths = sorted({cell["length"] for cell in cells})
    rows = []
    for mode in _SHOWN_MODES:
        row = {"": mode}
        for length in lengths:
            chosen = [_Cell(c) for c in cells if (c["mode"], c["length"]) == (mode, length)]
            row[f"{length}"] = f"{percent_right(chosen)} %"
        rows.append(row)
    return markdown(rows)


class _Cell:
    """A cell as `needle_tiny` has it, from JSON."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.__dict__.update(said)


_TABLES: dict[str, Callable[[Record, str], str]] = {
    "retrieval": _retrieval,
    "answers": _answers,
    "tiny_agent": _grids,
    "tiny_in_context": _grids,
    "needle_tiny": _needle_tiny,
}

if __name__ == "__main__":
    main()
