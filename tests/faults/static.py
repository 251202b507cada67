"""What no source of ours may do, told from its syntax: run what came as data."""

import ast
from collections.abc import Iterator

_MODULES = {"pickle", "cPickle", "marshal", "shelve", "joblib", "dill", "cloudpickle", "imp"}
_FUNCTIONS = {"eval", "exec", "compile", "__import__"}
_CALLS = {
    "torch.load", "yaml.load", "yaml.unsafe_load", "os.system", "os.popen", "FAISS.load_local",
    "faiss.read_index", "pandas.read_pickle",
}  # fmt: skip
_TRUE = {
    "trust_remote_code", "unsafe_allow_html", "unsafe_allow_javascript", "shell", "allow_pickle",
    "allow_dangerous_deserialization", "resolve_entities", "load_dtd", "huge_tree",
}  # fmt: skip
_FALSE = {"weights_only", "use_safetensors", "verify"}


def violations(source: str) -> Iterator[str]:
    """Yield what a source does that none may do, with its line."""
    for node in ast.walk(ast.parse(source)):
        if found := _in_node(node):
            yield f"line {getattr(node, 'lineno', 0)}: {found}"


def _in_node(node: ast.AST) -> str:
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [alias.name for alias in node.names]
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        named = {module.split(".")[0] for module in modules}
        return ", ".join(sorted(named & _MODULES))
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called in _FUNCTIONS or any(called == c or called.endswith(f".{c}") for c in _CALLS):
            return called
        return ", ".join(
            f"{keyword.arg}={keyword.value.value}"
            for keyword in node.keywords
            if isinstance(keyword.value, ast.Constant)
            and (
                (keyword.value.value is True and keyword.arg in _TRUE)
                or (keyword.value.value is False and keyword.arg in _FALSE)
            )
        )
    return ""
