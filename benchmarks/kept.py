"""Results that are kept: what was measured, on which machine, with which versions and commit."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.machine import machine_and_versions

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "benchmarks" / "results"


Rows = Sequence[Mapping[str, Any]]
"""A table: every row has the same columns."""


def keep(name: str, command: str, rows: Rows, **more: Any) -> Path:
    """Write `results/NAME.json` and return its path."""
    record = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine_and_versions(),
        "commit": commit(),
        **more,
        "rows": list(rows),
    }
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def markdown(rows: Rows) -> str:
    """Return rows as a Markdown table."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [columns, ["---"] * len(columns)]
    lines += [[str(row.get(column, "")) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def load(name: str) -> dict[str, Any]:
    """Return what is kept under a name; empty if nothing is."""
    path = FOLDER / f"{name}.json"
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return kept


def commit() -> str:
    """Return the commit that is checked out, with a plus if files other than results differ."""
    named = _git("rev-parse", "--short", "HEAD") or "unknown"
    changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    return f"{named}+" if changed else named


def _git(*arguments: str) -> str:
    said = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()
