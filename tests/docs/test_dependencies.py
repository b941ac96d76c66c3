"""The page on dependencies names what pyproject.toml names, extra by extra, and nothing else."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first row begins with ``heading``."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    table = page.split(f"\n| {heading} |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def package(requirement: str) -> str:
    """Return the name in a requirement, with its extra."""
    found = re.match(r"[\w-]+(\[[\w,]+\])?", requirement)
    assert found
    return found[0]


def test_every_package_stands_in_the_table_where_it_belongs():
    shown = [
        (where, one) for cells in rows("package") for one in names(cells[0]) for where in names(cells[1]) or ["core"]
    ]
    expected = [("core", package(one)) for one in PROJECT["dependencies"]]
    for extra, lines in EXTRAS.items():
        expected += [(extra, package(one)) for one in lines if not one.startswith("influence-sim[")]
    assert sorted(shown) == sorted(expected)


def test_every_extra_stands_in_the_table_with_the_extras_that_it_brings():
    shown = {names(cells[0])[0]: set(names(cells[2])) for cells in rows("extra")}
    assert shown.keys() == EXTRAS.keys()
    for extra, lines in EXTRAS.items():
        brought = re.findall(r"^influence-sim\[([\w,]+)\]", "\n".join(lines), re.M)
        assert shown[extra] == {one for names in brought for one in names.split(",")}, extra


@pytest.mark.parametrize("extra", ["viz", "cluster", "data", "bench", "docs"])
def test_extras_that_are_promised_are_there(extra: str):
    assert EXTRAS[extra]
