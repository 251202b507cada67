"""The shape of the code: small files, small functions, and what may stand where."""

import ast
import re
import statistics
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
SOURCES = [
    path for package in ("model", "agent", "app") for path in sorted((ROOT / package).rglob("*.py"))
]
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path):
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def length(function):
    return function.end_lineno - function.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert [f.name for f in functions(path) if length(f) > 60] == []


def test_half_of_all_functions_have_at_most_ten_lines_of_code():
    lengths = []
    for path in SOURCES:
        for function in functions(path):
            has_docstring = ast.get_docstring(function) is not None
            lengths.append(length(function) - (length(function.body[0]) if has_docstring else 0))
    assert statistics.median(lengths) <= 10


def test_no_file_of_the_app_shadows_a_package():
    # `streamlit run app/server.py` puts app/ first on the import path.
    assert {"agent.py", "model.py", "agent", "model"}.isdisjoint(
        p.name for p in (ROOT / "app").iterdir()
    )


def test_every_dependency_is_locked_with_hashes_but_torch():
    """Its builds come from several indexes; it is pinned by its version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {
        canonicalize_name(Requirement(text).name)
        for text in project["dependencies"] + project["optional-dependencies"]["dev"]
    }
    lock = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", "")
    lines = [line for line in lock.splitlines() if not line.startswith("#")]
    locked = {canonicalize_name(line.split("==")[0]) for line in lines}
    assert wanted - locked == {"torch"}
    assert "torch==2.13.0" in project["dependencies"]
    assert [
        line for line in lines if not re.search(r"==\S+(?: +--hash=sha256:[0-9a-f]{64})+$", line)
    ] == []


@pytest.mark.parametrize(
    ("name", "floor"),
    [("transformers", "5.20"), ("pypdf", "7.1"), ("jinja2", "3.1.6"), ("lxml", "6")],
)
def test_versions_with_known_holes_are_shut_out(name, floor):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (given,) = [r for r in map(Requirement, project["dependencies"]) if r.name == name]
    before = Version(floor).release
    below = ".".join(map(str, (*before[:-1], before[-1] - 1)))
    assert below not in given.specifier
    assert floor in given.specifier
