"""The shape of the code: small files, small functions, and what may stand where."""

import ast
import statistics
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_unpickled_and_no_foreign_code_is_run(path):
    tree = ast.parse(path.read_text("utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    true_keywords = {
        keyword.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if isinstance(keyword.value, ast.Constant) and keyword.value.value is True
    }
    assert {"pickle", "marshal", "shelve", "joblib", "dill"}.isdisjoint(imported | names)
    assert {"eval", "exec"}.isdisjoint(names)
    assert not any(
        isinstance(node, ast.Attribute)
        and node.attr == "load"
        and ast.unparse(node.value) == "torch"
        for node in ast.walk(tree)
    )
    assert {"trust_remote_code", "unsafe_allow_html", "shell"}.isdisjoint(true_keywords)
