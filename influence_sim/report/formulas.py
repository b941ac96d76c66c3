"""Equations as mathematics: the one expression of a function of :mod:`influence_sim.core.equations`, as text.

What is printed is read from the source of what is computed, so that a page of equations cannot tell anything else.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from textwrap import dedent

from influence_sim.core.equations.table import QUANTITIES, Equation
from influence_sim.core.state import COLUMNS

_ATOM, _POWER, _PRODUCT, _SUM, _COMPARISON, _CHOICE = range(6)
"""How tightly an expression holds together, the tightest first."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FRACTIONS = {0.5: "½", 0.375: "⅜", 0.25: "¼"}
_COMPARED = {ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "="}

type _Printed = tuple[str, int]


def symbol(name: str) -> str:
    """Return what stands for an argument of an equation: a symbol, or its own name where it has none."""
    if name in QUANTITIES:
        return QUANTITIES[name][0]
    found = re.match(r"(\S{1,3}), ", COLUMNS[name].meaning) if name in COLUMNS else None
    return found[1] if found else name


def formula(equation: Equation) -> str:
    """Return an equation as one line.

    Raises
    ------
    TypeError
        If its function is more than one expression, or has something in it that is no mathematics.
    """
    (function,) = ast.parse(dedent(inspect.getsource(equation.compute))).body
    body = [line for line in getattr(function, "body", []) if not _is_text(line)]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        raise TypeError(f"{equation.name}: an equation is one expression; it has {len(body)} statements")
    expression, binding = _print(body[0].value)
    match equation.change:
        case "+":
            return f"Δ{equation.of} = {expression}"
        case "×":
            return f"{equation.of} ← {equation.of}·{_held((expression, binding), _PRODUCT)}"
        case "=" if equation.of.endswith((" if", " and")):
            return f"{equation.of} {expression}"
    return f"{equation.of} {equation.change} {expression}"


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _held(printed: _Printed, binding: int) -> str:
    """Return an expression in brackets, unless it holds together as tightly as ``binding``."""
    text, own = printed
    return text if own <= binding else f"({text})"


def _print(node: ast.expr) -> _Printed:
    match node:
        case ast.Name(name):
            return symbol(name), _ATOM
        case ast.Attribute(ast.Name("np"), "pi"):
            return "π", _ATOM
        case ast.Attribute(_, name):
            return name, _ATOM
        case ast.Constant(value) if isinstance(value, int | float):
            return _number(value), _ATOM
        case ast.UnaryOp(ast.USub(), operand):
            return f"−{_held(_print(operand), _PRODUCT)}", _PRODUCT
        case ast.BinOp(left, operator, right):
            return _operation(left, operator, right)
        case ast.Compare(left, [operator], [right]):
            sides = (_held(_print(side), _SUM) for side in (left, right))
            return f" {_COMPARED[type(operator)]} ".join(sides), _COMPARISON
        case ast.Call(ast.Name(name), arguments, []) if name in _CALLS:
            return _CALLS[name](*map(_print, arguments))
    raise TypeError(f"{ast.unparse(node)}: cannot be written as mathematics")


def _operation(left: ast.expr, operator: ast.operator, right: ast.expr) -> _Printed:
    first, second = _print(left), _print(right)
    match operator:
        case ast.Add():
            return f"{_held(first, _SUM)} + {_held(second, _SUM)}", _SUM
        case ast.Sub():
            return f"{_held(first, _SUM)} − {_held(second, _PRODUCT)}", _SUM
        case ast.Mult():
            signed = second[0].startswith("−")
            return f"{_held(first, _PRODUCT)}·{_held(second, _ATOM if signed else _PRODUCT)}", _PRODUCT
        case ast.Div():
            return f"{_held(first, _PRODUCT)}/{_held(second, _POWER)}", _PRODUCT
        case ast.BitAnd():
            return f"{_held(first, _COMPARISON)} and {_held(second, _COMPARISON)}", _CHOICE
        case ast.Pow():
            if second[0] == "½":
                return f"√{_held(first, _ATOM)}", _POWER
            if isinstance(right, ast.Constant):
                return _held(first, _ATOM) + second[0].translate(_SUPERSCRIPTS), _POWER
            return f"{_held(first, _ATOM)}^{_held(second, _ATOM)}", _POWER
    raise TypeError(f"{type(operator).__name__}: cannot be written as mathematics")


def _number(value: float) -> str:
    if value in _FRACTIONS:
        return _FRACTIONS[value]
    mantissa, _, exponent = f"{value:g}".partition("e")
    return mantissa if not exponent else f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def _function(name: str) -> Callable[..., _Printed]:
    return lambda *arguments: (f"{name}({', '.join(text for text, _ in arguments)})", _ATOM)


def _either(condition: _Printed, yes: _Printed, no: _Printed) -> _Printed:
    return f"{{{yes[0]} if {condition[0]}, else {no[0]}}}", _ATOM


_CALLS: dict[str, Callable[..., _Printed]] = {
    **{name: _function(name) for name in ("exp", "clip", "logistic", "max", "min")},
    "maximum": _function("max"),
    "minimum": _function("min"),
    "where": _either,
    "sqrt": lambda x: (f"√{_held(x, _ATOM)}", _POWER),
    "log1p": lambda x: (f"ln(1 + {_held(x, _PRODUCT)})", _ATOM),
    "positive": lambda x: (f"{_held(x, _ATOM)}⁺", _POWER),
    "negative": lambda x: (f"{_held(x, _ATOM)}⁻", _POWER),
    "squared_length": lambda x: (f"‖{x[0]}‖²", _POWER),
    "at_least_once": lambda x: (f"1 − exp(−{_held(x, _PRODUCT)})", _SUM),
    "fading": lambda half_life: (f"1 − 2^(−1/{_held(half_life, _ATOM)})", _SUM),
    "lasting": lambda half_life: (f"2^(−1/{_held(half_life, _ATOM)})", _POWER),
    "single": lambda x: x,
    "anchored": lambda peers, anchor, weight: (
        f"{_held(weight, _PRODUCT)}·{_held(peers, _PRODUCT)} + (1 − {weight[0]})·{_held(anchor, _PRODUCT)}",
        _SUM,
    ),
    "confided": lambda x, bound: _either((f"|{x[0]}| ≤ {bound[0]}", _COMPARISON), x, ("0", _ATOM)),
    "enough": lambda active, threshold, followees: (
        f"{_held(active, _PRODUCT)}/{_held(followees, _POWER)} ≥ {_held(threshold, _SUM)}",
        _COMPARISON,
    ),
}
"""How the functions that equations are made of are written."""
