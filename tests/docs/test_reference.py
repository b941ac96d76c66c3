"""The reference says of every public name what it takes, gives and refuses, in which shapes and units, and its source.

A check of prose can only be approximate: it sees that a thing is said, not that it is right.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from influence_sim import textbook

API = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
ARRAYS = re.compile(r"NDArray|ndarray|ArrayLike|DataArray|csr_array|\b(Index|Offsets)\b")
SHAPE = re.compile(r"\b[Ss]hape\b|×|\b[Oo]ne (number )?per\b|^[^\n]*\n?\s*As for :func:")
TIMES = re.compile(r"^(days?|hours?|time|latency|began|broke_out|ended|peak|born|duration)$")
UNITS = re.compile(r"\b(days?|hours?|steps?|minutes?|rounds?)\b", re.I)


class Public(NamedTuple):
    """Something that can be called, or a class whose fields can be read."""

    name: str
    thing: Any
    owner: type | None = None

    @property
    def text(self) -> str:
        return inspect.cleandoc(self.thing.__doc__ or "")

    def section(self, heading: str) -> str:
        """Return what stands under a heading of a numpy docstring; nothing if there is none."""
        found = re.search(rf"^{heading}\n-+\n(.*?)(?=^\w[\w ]*\n-{{3,}}\n|\Z)", self.text, re.M | re.S)
        return found[1] if found else ""

    def entries(self, *headings: str) -> dict[str, str]:
        """Return what is said of each name of some sections."""
        found: dict[str, str] = {}
        for heading in headings:
            for names, said in re.findall(r"^(\S[^\n]*)\n((?:(?:[ ]+[^\n]*)?\n?)*)", self.section(heading), re.M):
                found |= {name.strip(" *"): f"{names} {said}" for name in names.partition(" :")[0].split(",")}
        return found


def entries() -> Iterator[tuple[Public, str | None]]:
    """Yield what the reference describes, and which members of it: all that are described if it names none."""
    home = ""
    for line, options in re.findall(r"^\.\. ([^\n]+)\n((?:   :[^\n]*\n)*)", API, re.M):
        what, _, name = line.partition(":: ")
        if what in ("module", "currentmodule"):
            home = name
        elif what in ("autofunction", "autoclass", "autoexception"):
            name = name.partition("(")[0]
            shown = re.search(r":members:(.*)", options)
            yield Public(name, getattr(import_module(home), name)), shown[1].strip() if shown else None


def calls() -> Iterator[Public]:
    """Yield functions of the reference, and methods of its classes."""
    for one, _ in entries():
        if inspect.isfunction(one.thing):
            yield one
        else:
            for member in members(one.thing):
                if member.is_call:
                    yield Public(f"{one.name}.{member.name}", member.thing, one.thing)


class Member(NamedTuple):
    name: str
    thing: Any

    @property
    def is_call(self) -> bool:
        return inspect.isfunction(self.thing)


def members(owner: type) -> Iterator[Member]:
    """Yield what a class defines; what it inherits stands with the other."""
    for name, thing in vars(owner).items():
        plain = thing.__func__ if isinstance(thing, classmethod | staticmethod) else thing
        if not name.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property | cached_property)):
            yield Member(name, plain)


def parameters(call: Public) -> list[inspect.Parameter]:
    return [one for one in inspect.signature(call.thing).parameters.values() if one.name not in ("self", "cls")]


CLASSES = [(one, shown) for one, shown in entries() if inspect.isclass(one.thing)]
CALLS = pytest.mark.parametrize("call", list(calls()), ids=lambda call: call.name)


@CALLS
def test_every_parameter_is_explained(call: Public):
    assert call.text
    assert set(call.entries("Parameters")) >= {one.name for one in parameters(call)}


@CALLS
def test_what_is_returned_is_explained(call: Public):
    """By a function in a section of its own; a method may say it in its first line."""
    if inspect.signature(call.thing).return_annotation not in ("None", None):
        assert call.section("Returns") or (call.owner and call.text.startswith(("Return ", "Yield ")))


@CALLS
def test_errors_are_explained(call: Public):
    assert set(raised(call.thing)) <= set(re.findall(r"^(?:\w+\.)*(\w+)$", call.section("Raises"), re.M))


def raised(function: Callable[..., Any], seen: frozenset[Any] = frozenset()) -> Iterator[str]:
    """Yield what a function raises itself, or by private helpers of its module."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            yield node.exc.func.id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.startswith("_"):
            helper = getattr(inspect.getmodule(function), node.func.id, None)
            if inspect.isfunction(helper) and helper not in seen:
                yield from raised(helper, seen | {helper})


@CALLS
def test_arrays_have_shapes_and_times_have_units(call: Public):
    said = call.entries("Parameters")
    for one in parameters(call):
        if ARRAYS.search(str(one.annotation)):
            assert SHAPE.search(said[one.name]), one.name
        if TIMES.search(one.name):
            assert UNITS.search(said[one.name]), one.name
    if ARRAYS.search(str(inspect.signature(call.thing).return_annotation)):
        assert SHAPE.search(call.section("Returns")), "what it returns"


@pytest.mark.parametrize("one", [one for one, _ in CLASSES], ids=lambda one: one.name)
def test_every_attribute_of_a_class_is_explained(one: Public):
    said = one.entries("Attributes", "Parameters")
    if dataclasses.is_dataclass(one.thing) and one.name != "Parameters":
        for field in dataclasses.fields(one.thing):
            if field.name not in inspect.get_annotations(one.thing):
                continue
            assert field.name in said
            if ARRAYS.search(str(field.type)):
                assert SHAPE.search(said[field.name]), field.name
            if TIMES.search(field.name):
                assert UNITS.search(said[field.name]), field.name
    for member in members(one.thing):
        text = inspect.getdoc(member.thing)
        assert text, member.name
        if not member.is_call:
            getter = member.thing.fget if isinstance(member.thing, property) else member.thing.func
            given = str(inspect.signature(getter).return_annotation)
            assert not ARRAYS.search(given) or SHAPE.search(text), f"{member.name}: shape"
            assert set(raised(getter)) <= set(re.findall(r"^(?:\w+\.)*(\w+)$", text, re.M)), member.name


@pytest.mark.parametrize(("one", "shown"), CLASSES, ids=lambda one: getattr(one, "name", ""))
def test_every_member_of_a_class_is_in_the_reference(one: Public, shown: str | None):
    there = {member.name for member in members(one.thing)}
    assert not there or shown is not None
    assert not shown or there <= set(shown.split(", "))


@pytest.mark.parametrize("name", [name for name in textbook.__all__ if inspect.isfunction(getattr(textbook, name))])
def test_textbook_models_name_their_source(name: str):
    text = getattr(textbook, name).__doc__
    assert name in ("prepared", "clusters", "random_seeds", "by_degree") or re.search(r"\b(18|19|20)\d\d\b", text)
