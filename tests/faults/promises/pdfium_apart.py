"""PDFium, which crashes a process that uses it on two threads, is never in ours."""

import subprocess
import sys
from pathlib import Path

from tests.faults.promise import Outcome, Promise

ROOT = Path(__file__).parents[3]
# Threads that add PDFs, look at their pages and draw them, as several people at the page do.
WORK = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from agent import Library
from agent.formats import parse
from agent.page_view import render
from tests.agent.formats.make_pdf import draw, text
folder, files, naive = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "naive"
library = Library(folder / "home")

def use(number):
    data = draw(text(f"Report {number}: nobody was hurt."))
    if naive:
        parse(data, "a.pdf", lambda _done, _of: None)
        return
    path = folder / f"{number}.pdf"
    path.write_bytes(data)
    document = library.add(path)
    assert document.pages and render(path, 1, 200)

with ThreadPoolExecutor(4) as pool:
    list(pool.map(use, range(files)))
assert not any("pdfium" in name for name in sys.modules if not name.startswith("agent.")), "loaded"
"""


def tried(count, folder, who):
    ran = subprocess.run(
        [sys.executable, "-c", WORK, str(folder), str(count), who],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = (ran.stderr.splitlines() or [f"ended with {ran.returncode}"])[-1]
    return Outcome(count, (said,) if ran.returncode else ())


def ours(count, folder):
    return tried(count, folder, "ours")


def control(_count, folder):
    return tried(4, folder, "naive")


PROMISE = Promise(
    "PDFium never runs on two threads of a process: it is in none that has two",
    "four threads add PDFs and have their pages drawn, as people at the page do; then PDFium must "
    "not be loaded in their process",
    ours, control, "parses in its own threads", 6, 200,
)  # fmt: skip
