"""Try every promise in its long form and write what came of it: `make faults`.

    python -m tests.faults [NAME...]

Writes `docs/reliability.json` and the table of `docs/reliability.md`; ends with 1 if a promise is
broken, or if a naive variant was not caught.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from app.machine import machine
from tests.faults.promise import Outcome, Promise
from tests.faults.promises import NAMES, load

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "docs" / "reliability.json"
SECTION = re.compile(r"<!-- promises -->\n.*?<!-- end of promises -->", re.DOTALL)
_SHOWN = 3


def main() -> None:
    """Try what was named, or everything, and write it down."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    names = options.parse_args().names or NAMES
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    kept |= {name: tried(name) for name in names}
    RESULTS.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    PAGE.write_text(rendered(PAGE.read_text("utf-8"), kept), "utf-8")
    wrong = [name for name in names if not (kept[name]["holds"] and kept[name]["caught"])]
    sys.exit(f"not kept: {', '.join(wrong)}" if wrong else 0)


def tried(name: str) -> dict[str, Any]:
    """Try a promise, and what is naive; return what there is to say of it."""
    promise = load(name)
    print(f"{name} ...", flush=True)
    began = time.process_time()
    ours, control = (_try(promise, naive=naive) for naive in (False, True))
    found = {"what": promise.what, "how": promise.how, "naive": promise.naive,
             "may_fail": promise.may_fail, "machine": machine(),
             "ours": _record(ours), "control": _record(control),
             "holds": bool(ours.skipped) or promise.holds(ours),
             "caught": bool(control.skipped) or not promise.holds(control)}  # fmt: skip
    print(f"  {len(ours.broken)} of {ours.tried} broken, control {len(control.broken)} of "
          f"{control.tried}, {time.process_time() - began:.0f} CPU s {ours.skipped}")  # fmt: skip
    return found


def _try(promise: Promise, *, naive: bool) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        if naive:
            outcome = promise.control(promise.short, Path(folder))
        else:
            outcome = promise.ours(promise.long, Path(folder))
    # What is written down names no place of this machine.
    return replace(outcome, broken=tuple(each.replace(f"{folder}/", "") for each in outcome.broken))


def _record(outcome: Outcome) -> dict[str, Any]:
    return asdict(outcome) | {"broken": len(outcome.broken), "first": outcome.broken[:_SHOWN]}


def rendered(page: str, kept: dict[str, Any]) -> str:
    """Return the page with the table of what is kept."""
    lines = [
        "| promise | how it is tried | tried | broken | the naive variant | caught |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in sorted(kept):
        each = kept[name]
        ours, control = each["ours"], each["control"]
        tried = f"{ours['tried']:,}" if not ours["skipped"] else ours["skipped"]
        broken = f"{ours['broken']:,}"
        if each["may_fail"]:
            broken += f" (may be {each['may_fail']:.1%})"
        caught = f"{control['broken']:,} of {control['tried']:,}"
        cells = (each["what"], each["how"], tried, broken, each["naive"], caught)
        lines.append(f"| {' | '.join(cells)} |")
    table = "\n".join(lines)
    return SECTION.sub(lambda _: f"<!-- promises -->\n\n{table}\n\n<!-- end of promises -->", page)


if __name__ == "__main__":
    main()
