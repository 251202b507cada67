"""Results that are kept: what was measured, on which machine, with which versions and commit."""

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.machine import machine_and_versions

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "benchmarks" / "results"


def keep(name: str, command: str, results: Mapping[str, Any]) -> Path:
    """Write `results/NAME.json` and return its path."""
    record = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine_and_versions(),
        "commit": commit(),
        **results,
    }
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def load(name: str) -> dict[str, Any]:
    """Return what is kept under a name; empty if nothing is."""
    path = FOLDER / f"{name}.json"
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return kept


def commit() -> str:
    """Return the commit that is checked out, with a plus if files differ from it."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"
