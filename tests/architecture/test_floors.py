"""A module imports only from lower floors, and no rule knows a strategy by its name: read off the source itself."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from sources import CORE, MODULES, NAME, imports, inside, outside, target, tree

from influence_sim.strategies import CATALOGUE

HEAVY = {
    "numpy",
    "scipy",
    "pandas",
    "xarray",
    "mesa",
    "pydantic",
    "networkx",
    "joblib",
    "matplotlib",
    "distributed",
    "dask",
}


# the reader itself


def test_the_reader_sees_the_whole_package():
    assert {f"{NAME}.core.engine", f"{NAME}.model", f"{NAME}.cli", f"{NAME}.experiment.runner", NAME} <= set(MODULES)
    assert len(CORE) > 15
    assert outside(f"{NAME}.core.draws") == {"numpy", "scipy"}
    assert f"{NAME}.core.market" in inside(f"{NAME}.core.engine")
    assert "joblib" in outside(f"{NAME}.experiment.workers"), "imports within functions are seen"


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("import os.path", "os.path"),
        ("from influence_sim.core import market", f"{NAME}.core.market"),
        ("from influence_sim.core.market import trade", f"{NAME}.core.market"),
        ("from . import market", f"{NAME}.core.market"),
        ("from ..core.market import trade", f"{NAME}.core.market"),
        ("from .. import model", f"{NAME}.model"),
    ],
)
def test_the_reader_resolves_every_kind_of_import(line, module):
    node = ast.parse(line).body[0]
    assert target(f"{NAME}.core.engine", node, node.names[0]) == module


# floors


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_arrays_and_itself_only(module):
    assert outside(module) <= {"numpy", "scipy"}
    assert {name for name in inside(module) if not name.startswith(f"{NAME}.core")} == set()


def test_within_the_core_nobody_imports_in_a_circle():
    remaining = {module: {name for name in inside(module) if name != module} & set(CORE) for module in CORE}
    while free := [module for module, needed in remaining.items() if not needed & remaining.keys()]:
        for module in free:
            del remaining[module]
    assert remaining == {}, "these need each other"


FLOORS = [
    [f"{NAME}.core", f"{NAME}.data", f"{NAME}.extras", f"{NAME}.files"],
    [f"{NAME}.strategies", f"{NAME}.networks", f"{NAME}.textbook"],
    [f"{NAME}.scenario", f"{NAME}.scenario_faults", f"{NAME}.scenario_files", f"{NAME}.scenario_tables"],
    [f"{NAME}.experiment", f"{NAME}.figures"],
    [f"{NAME}.verification", f"{NAME}.claims", f"{NAME}.fitting"],
    [f"{NAME}.agents", f"{NAME}.model", f"{NAME}.report"],
    [f"{NAME}.page"],
    [f"{NAME}.cli"],
    [f"{NAME}.__main__", NAME],
]


def floor(module):
    for height, names in enumerate(FLOORS):
        for name in names:
            if module == name or (name != NAME and module.startswith(f"{name}.")):
                return height
    raise AssertionError(f"{module} stands on no floor: add it to FLOORS")


@pytest.mark.parametrize("module", [module for module in MODULES if module != NAME])
def test_a_module_imports_only_from_its_own_floor_and_lower_ones(module):
    """What is imported for the type checker only is loaded by nobody."""
    higher = {name for name in inside(module, with_typing=False) if floor(name) > floor(module)}
    assert higher <= ({NAME} if module == f"{NAME}.__main__" else set())


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("networkx", f"{NAME}.networks"),
        ("mesa", (f"{NAME}.model", f"{NAME}.agents")),
        ("pydantic", (f"{NAME}.scenario", f"{NAME}.claims.claim", f"{NAME}.fitting.case")),
        ("pyabc", f"{NAME}.fitting.sampling"),
        ("vaderSentiment", f"{NAME}.data.sentiment"),
        ("typer", f"{NAME}.cli"),
        ("rich", (f"{NAME}.cli", f"{NAME}.report")),
        ("joblib", (f"{NAME}.experiment", f"{NAME}.verification")),
        ("distributed", f"{NAME}.experiment.cluster"),
        ("xarray", f"{NAME}.experiment"),
        ("igraph", f"{NAME}.figures"),
        ("jinja2", (f"{NAME}.figures.style", f"{NAME}.report")),
        ("matplotlib", (f"{NAME}.figures", f"{NAME}.report", f"{NAME}.page")),
        ("solara", f"{NAME}.page"),
    ],
)
def test_a_library_is_imported_in_one_place_only(library, allowed):
    users = {module for module in MODULES if library in outside(module, with_typing=False)}
    assert users
    assert {module for module in users if not module.startswith(allowed)} == set()


# what is loaded


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith(f"{NAME}.cli")])
def test_the_command_line_imports_nothing_heavy_at_its_top(module):
    top = {one.module for one in imports(module) if one.top and not one.typing}
    assert {name.split(".")[0] for name in top} & HEAVY == set()
    assert {name for name in top if NAME in name and not name.startswith(f"{NAME}.cli")} == set()


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import influence_sim", HEAVY),
        ("import influence_sim.cli", HEAVY),
        ("import influence_sim.core.engine", HEAVY - {"numpy", "scipy"}),
        (
            "import influence_sim.experiment",
            {"mesa", "networkx", "matplotlib", "pandas", "xarray", "distributed", "dask"},
        ),
        ("import influence_sim.model", {"matplotlib", "xarray"}),
    ],
)
def test_what_is_not_needed_is_not_loaded(statement, absent):
    """Asked of a fresh interpreter: an import may hide behind another."""
    code = f"import sys; {statement}; print(*(name for name in {sorted(absent)} if name in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


# no rule reads a strategy's name


def docstrings(module):
    """Nodes that are documentation."""
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
        elif isinstance(node, ast.Expr):
            body = [node]
        else:
            continue
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            found.add(id(body[0].value))
    return found


def defaults(module):
    """Nodes within the default of a parameter, of a field of a class, or of a constant called DEFAULT…."""
    roots = []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.arguments):
            roots += [*node.defaults, *node.kw_defaults]
        elif isinstance(node, ast.ClassDef):
            roots += [line.value for line in node.body if isinstance(line, ast.AnnAssign) and line.value is not None]
    for line in tree(module).body:
        if isinstance(line, ast.Assign) and all(ast.unparse(name).startswith("DEFAULT") for name in line.targets):
            roots.append(line.value)
    return {id(node) for root in roots if root is not None for node in ast.walk(root)}


def mentions(module):
    """String literals that are the name of a built-in strategy, or a list of such names; sentences are for readers."""
    harmless = docstrings(module)
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in harmless:
            words = set(node.value.replace(",", " ").split())
            if words and words <= set(CATALOGUE):
                yield node


@pytest.mark.parametrize("module", [module for module in MODULES if module != f"{NAME}.strategies"])
def test_no_module_reads_a_strategys_name(module):
    """A strategy may be named as what is run if nothing is said, and in the catalogue; never to decide anything."""
    harmless = defaults(module)
    found = [f"line {node.lineno}: {node.value!r}" for node in mentions(module) if id(node) not in harmless]
    assert found == []


@pytest.mark.parametrize("module", CORE)
def test_the_core_does_not_know_that_there_are_names(module):
    assert list(mentions(module)) == []
    attributes = {node.attr for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}
    names = {node.id for node in ast.walk(tree(module)) if isinstance(node, ast.Name)}
    arguments = {node.arg for node in ast.walk(tree(module)) if isinstance(node, ast.arg)}
    assert {name for name in attributes | names | arguments if "strategy" in name.lower()} == set()


def test_a_rule_that_reads_a_name_would_be_found():
    assert {node.value for node in mentions(f"{NAME}.strategies")} == set(CATALOGUE)
    module = f"{NAME}.scenario_tables"
    assert [node.value for node in mentions(module)], "the default strategy is seen, and excused as a default"
