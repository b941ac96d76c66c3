"""The model's page is written from the equations that the engine computes with, and says what they say."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from influence_sim.core.equations.table import EQUATIONS, Equation
from influence_sim.core.parameters import ORIGINS, SUBMODELS
from influence_sim.report.formulas import formula, symbol
from influence_sim.report.odd import written

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")

ELEMENTS = [  # Grimm et al. 2020
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Design concepts",
    "Initialisation",
    "Input data",
    "Submodels",
]
CONCEPTS = [
    "Basic principles",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Stochasticity",
    "Collectives",
    "Observation",
]


def test_the_page_is_what_the_code_writes():
    assert written(PAGE) == PAGE, "python -m influence_sim.report.odd docs/model.md"


def test_what_is_changed_by_hand_is_written_anew():
    assert written(PAGE.replace("ΔE = expectation_rate·D", "ΔE = D")) == PAGE
    with pytest.raises(KeyError):
        written("<!-- nothing -->\n<!-- end -->")


def test_it_has_the_seven_elements_and_the_eleven_concepts_of_odd_in_their_order():
    assert re.findall(r"^## \d+\. (.*)$", PAGE, re.M)[:7] == ELEMENTS
    concepts = PAGE[PAGE.index("## 4. ") : PAGE.index("## 5. ")]
    assert re.findall(r"^- \*\*(.*?)\.\*\*", concepts, re.M) == CONCEPTS


def test_every_submodel_has_its_equations_and_every_constant_its_default():
    assert [int(n) for n in re.findall(r"<!-- equations (\d+) -->", PAGE)] == [19, *range(1, 19)]
    assert {one.submodel for one in EQUATIONS} == set(SUBMODELS)
    assert [name for name in ORIGINS if f"\n| `{name}` | " not in PAGE] == []


def test_a_symbol_means_one_thing():
    notation = PAGE[PAGE.index("### Notation") : PAGE.index("### (1)")]
    symbols = re.findall(r"^\| (\S+) \|", notation, re.M)
    assert len(symbols) == len(set(symbols)) > 80


def test_the_engine_computes_with_every_equation():
    called = {
        node.func.attr
        for file in (ROOT / "influence_sim" / "core").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert [one.name for one in EQUATIONS if one.compute.__name__ not in called] == []
    names = [one.compute.__name__ for one in EQUATIONS]
    assert len(names) == len(set(names))


def test_what_is_no_mathematics_is_no_equation():
    def two_statements(trust):
        half = trust / 2
        return half

    with pytest.raises(TypeError, match="one expression; it has 2"):
        formula(Equation(1, "T", "=", two_statements, ""))

    def a_lookup(trust):
        return trust[0]

    with pytest.raises(TypeError, match="cannot be written"):
        formula(Equation(1, "T", "=", a_lookup, ""))


YES_OR_NO = {"is_negative", "answered_before", "corporate", "fan", "failed", "incites"}
OF_EITHER_SIGN = {"surprise", "valence", "attitude"}
NUMBERS = {"followees", "speakers", "attributes"}
VECTORS = {"demand", "taste", "product"}
FUNCTIONS = {
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "max": max,
    "min": min,
    "clip": np.clip,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "positive": lambda x: max(x, 0.0),
    "negative": lambda x: max(-x, 0.0),
}


SPELLED = [  # in this order
    ("10⁻⁹", "1e-9"),
    (r"‖(.*?)‖²", r"(\1)**2"),
    (r"(‹\d+›)⁺", r"positive(\1)"),
    (r"(‹\d+›)⁻", r"negative(\1)"),
    (r"\|(.*?)\|", r"abs(\1)"),
    (r"√(‹\d+›|\d+)", r"sqrt(\1)"),
    (r"√\(", "sqrt("),
    *zip("·−½⅜π²^≤≥{}", ["*", "-", "0.5", "0.375", "np.pi", "**2", "**", "<=", ">=", "(", ")"], strict=True),
    (", else ", " else "),
    (r"‹(\d+)›", r"v[\1]"),
]


def read_back(text, values):
    """Evaluate a printed formula by the rules of mathematics, given what its symbols stand for."""
    text, by_length = text.replace("²", " ²"), sorted(values, key=len, reverse=True)
    for place, word in enumerate(by_length):
        # A letter is no symbol where it is part of a word, has an accent, or is a function's name.
        text = re.sub(rf"(?<![\w‹]){re.escape(word)}(?![\w(\u0302\u0304])", f"‹{place}›", text)
    for printed, python in SPELLED:
        text = re.sub(printed if len(printed) > 1 else re.escape(printed), python, text.replace("‖ ²", "‖²"))
    return eval(text, {"np": np, "v": [values[word] for word in by_length], **FUNCTIONS})


@pytest.mark.parametrize("one", EQUATIONS, ids=lambda one: one.name)
def test_what_is_printed_is_what_is_computed(one):
    """The printed line, read back by a second reader, gives what the function gives, for random numbers."""
    line = formula(one)
    before = {"+": f"Δ{one.of} = ", "×": f"{one.of} ← {one.of}·"}.get(one.change, f"{one.of} {one.change} ")
    if one.of.endswith((" if", " and")):
        before = f"{one.of} "
    assert line.startswith(before)
    draw = np.random.default_rng(5)
    arguments = [name for name in inspect.signature(one.compute).parameters if name != "p"]
    with_constants = len(arguments) < len(inspect.signature(one.compute).parameters)
    outcomes = set()
    for _ in range(40):
        constants = {name: float(draw.uniform(0.05, 0.95)) for name in ORIGINS}
        values = {name: float(draw.uniform(0.05, 1.5)) for name in arguments}
        values |= {name: bool(draw.integers(2)) for name in values.keys() & YES_OR_NO}
        values |= {name: int(draw.integers(1, 9)) for name in values.keys() & NUMBERS}
        values |= {name: float(draw.uniform(-1, 1)) for name in values.keys() & OF_EITHER_SIGN}
        given = [np.array([value]) if name in VECTORS else value for name, value in values.items()]
        computed = float(np.squeeze(one.compute(*[SimpleNamespace(**constants)][:with_constants], *given)))
        meant = constants | {symbol(name): value for name, value in values.items()}
        assert read_back(line.removeprefix(before), meant) == pytest.approx(computed, rel=1e-5), line
        outcomes.add(round(computed, 9))
    assert len(outcomes) > 1, "random numbers told nothing"
