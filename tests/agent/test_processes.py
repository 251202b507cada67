"""Several processes at once: what each adds is there once and whole, and readers see one moment."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from agent.inspection import Fault
from agent.library import Library

ROOT = Path(__file__).parents[2]
READER = """
import sys
from agent.library import Library
library = Library(sys.argv[1])
met = set()
print("reading", flush=True)
for turn in range(10**6):
    with library._store.reading() as connection:
        rows = connection.execute("SELECT row, pages FROM document").fetchall()
        for row, pages in rows:
            for table, least in (("page", pages), ("passage", 1), ("posting", 1)):
                (held,) = connection.execute(
                    f"SELECT count(*) FROM {table} WHERE document = ?", (row,)
                ).fetchone()
                assert held == pages if table == "page" else held >= least, (table, held)
        assert connection.execute("SELECT count(*) FROM document").fetchone()[0] == len(rows)
    for entry in library.documents():
        try:
            assert library.search("rained", [entry.id], 3)
        except Exception as error:
            assert "no document has the id" in str(error), error
    met.add(len(rows))
    if len(rows) == int(sys.argv[2]):
        break
print(*sorted(met), flush=True)
"""


@pytest.fixture
def start():
    with contextlib.ExitStack() as started:

        def run(*arguments):
            process = subprocess.Popen(
                [sys.executable, *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield run


def test_processes_that_add_the_same_and_other_files_at_once(start, tmp_path, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("LONGREAD_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    files = []
    for number in range(12):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_text(f"It rained on day {number}. Nobody was hurt.\n" * 60, "utf-8")
    reader = start("-c", READER, home, len(files))
    assert reader.stdout.readline() == "reading\n"
    command = ("-c", "from app.cli import main; main()", "add")
    # Each adds eight: two share every file but those at the ends, in different orders.
    writers = [start(*command, *files[:8]), start(*command, *files[11:3:-1])]
    for process in (*writers, reader):
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        if process is not reader:
            assert len(out.splitlines()) == 8
            assert err.startswith("8 files: ")
    assert len(out.split()) > 2  # the reader met several states of the library
    library = Library(home)
    assert {entry.name for entry in library.documents()} == {file.name for file in files}
    assert [event for event in library.check() if isinstance(event, Fault)] == []
    alone = Library(tmp_path / "alone")
    for entry in library.documents():
        assert alone.add(tmp_path / entry.name) == library.document(entry.id)
