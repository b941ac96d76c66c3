"""Reads which modules the package has, and what each imports, off the source."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import influence_sim

PACKAGE = Path(influence_sim.__file__).parent
NAME = "influence_sim"
STANDARD_LIBRARY = sys.stdlib_module_names


class Import(NamedTuple):
    """An imported module, and where: ``top`` if it is loaded with the importing module, ``typing`` if never."""

    module: str
    top: bool
    typing: bool
    line: int


def modules():
    """All modules of the package by dotted name."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = modules()
CORE = [name for name in MODULES if name.startswith(f"{NAME}.core")]


@cache
def tree(module):
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def target(module, node, alias):
    """The module that an import statement loads: for ``from a import b`` it is a.b if that is a module."""
    if isinstance(node, ast.Import):
        return alias.name
    base = node.module or ""
    if node.level:
        package = module.split(".")[: len(module.split(".")) - node.level + (MODULES[module].name == "__init__.py")]
        base = ".".join([*package, base] if base else package)
    return f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base


@cache
def imports(module):
    """All imports of a module, wherever they stand; docstrings and comments are not imports."""
    found = []

    def visit(node, top, typing):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.extend(Import(target(module, node, alias), top, typing, node.lineno) for alias in node.names)
        for field, value in ast.iter_fields(node):
            inner_top = top and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            guard = isinstance(node, ast.If) and field == "body" and ast.unparse(node.test).endswith("TYPE_CHECKING")
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    visit(child, inner_top, typing or guard)

    visit(tree(module), True, False)
    return tuple(found)


def outside(module, *, with_typing=True):
    """Top-level names of the distributions that a module imports, the package and the standard library left out."""
    roots = {one.module.split(".")[0] for one in imports(module) if with_typing or not one.typing}
    return roots - set(STANDARD_LIBRARY) - {NAME, "__future__"}


def inside(module, *, with_typing=True):
    return {
        one.module for one in imports(module) if one.module.split(".")[0] == NAME and (with_typing or not one.typing)
    }
