"""No file of others is run or unpickled: what could do so stands in few places, named here with their reasons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "influence_sim"
RUNS = {
    "eval", "exec", "compile", "__import__", "allow_pickle", "read_pickle", "to_pickle", "pickle", "cPickle", "dill",
    "cloudpickle", "marshal", "shelve", "yaml", "runpy", "subprocess",
    "os.popen", "os.system", "code", "codeop", "ctypes",
    "spec_from_file_location", "exec_module", "unsafe_load", "jsonpickle", "import_module",
}  # fmt: skip
"""Names that run what they are given, or turn bytes into objects of any kind."""
ALLOWED = {
    # --plugin, whose help says that the file is run.
    ("cli/loading.py", "runpy"),
    # A graph for this run's own workers, by a file in a folder that the run made for itself.
    ("experiment/workers.py", "pickle"),
    # Which modules there are is written in the code: what the package exports, and the system's locks.
    ("__init__.py", "import_module"),
    ("experiment/folders.py", "import_module"),
}


def names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a piece of code imports, calls, looks up or passes by keyword."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (part for one in node.names for part in one.name.split("."))
        yield from (getattr(node, "module", None) or "").split(".")
    elif isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.keyword):
        yield node.arg or ""
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id != "re":
        yield from (node.attr, f"{node.value.id}.{node.attr}")


def found(text: str) -> set[str]:
    tree = ast.parse(text)
    bound = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return {name for node in ast.walk(tree) for name in names(node)} & RUNS - bound


def test_what_could_run_a_file_stands_where_it_is_justified():
    there = {
        (file.relative_to(PACKAGE).as_posix(), name)
        for file in PACKAGE.rglob("*.py")
        for name in found(file.read_text(encoding="utf-8"))
    }
    assert there == ALLOWED


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "import yaml as y",
        "eval(text)",
        "np.load(file, allow_pickle=True)",
        "pd.read_pickle(file)",
        "os.system(text)",
    ],
)
def test_each_of_the_ways_would_be_found(text):
    assert found(text)
