"""What the package imports is what pyproject.toml declares."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from packaging.requirements import Requirement
from sources import MODULES, PACKAGE, outside

COMES_WITH = {
    "PIL": "matplotlib",
    "dask": "distributed",
    "pydantic_core": "pydantic",
    "sqlalchemy": "pyabc",  # its database, whose errors are told
    "solara": "solara",  # which is but a list of its parts
    "traitlets": "ipyvuetify",
    "uvicorn": "solara",
}
"""Imports that another package brings, being part of it in all but name: imported from, declared."""
BROUGHT = packages_distributions()
ROOTS = set().union(*map(outside, MODULES))


def normal(requirement):
    """Return the normal name of the package in a requirement."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def declared(extras=True):
    said = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [said["dependencies"], *(said["optional-dependencies"].values() if extras else ())]
    return {normal(one) for lines in lists for one in lines}


def packages(root):
    """Return the packages that hold an importable name."""
    return {normal(one) for one in BROUGHT[root]}


def brings(requirement, seen):
    """Collect all that is installed with a package and the extras it is asked for with."""
    asked = (normal(requirement.name), "", *sorted(requirement.extras))
    if asked in seen:
        return seen
    seen.add(asked)
    try:
        lines = map(Requirement, requires(requirement.name) or ())
    except PackageNotFoundError:
        return seen  # of another platform
    for one in lines:
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in asked[1:]):
            brings(one, seen)
    return seen


def test_every_import_belongs_to_a_declared_package():
    strangers = {root for root in ROOTS if not packages(root) & declared()}
    assert strangers == set(COMES_WITH)


def test_what_another_package_brings_it_does_bring():
    for root, owner in COMES_WITH.items():
        assert owner in declared()
        assert packages(root) & {name for name, *_ in brings(Requirement(owner), set())}, root


def test_every_package_of_the_core_is_imported():
    imported = set().union(*map(packages, ROOTS))
    # joblib ends its workers with psutil.
    assert declared(extras=False) - imported == {"psutil"}
