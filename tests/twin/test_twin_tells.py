"""The comparison can fail: whatever is changed in the twin alone, constants, levers or costs, is noticed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from twin_compare import Case, Day, differences
from twin_model import TwinModel
from twin_worlds import answering, dense

from influence_sim.core.courses import Course
from influence_sim.core.levers import LEVERS
from influence_sim.core.parameters import ORIGINS
from influence_sim.core.setting import COSTS

FACTORS = (1.1, 1.5, 0.5, 3.0, 0.1)
"""Changes tried, the slightest first: where a number is compared with few others, a slight one may decide nothing."""

SOME_CONSTANTS = (
    "loss_aversion", "brand_taste", "voice_intercept", "visibility", "lag_exponent", "arousal_uptake", "peer_weight",
    "reply_half_life", "suspicion", "deletion_trust", "opinion_noise", "update_trust", "loyalty_half_life",
    "adstock_half_life", "boycott_threshold",
)  # fmt: skip
SOME_LEVERS = ("posts_per_day", "reply_capacity", "sincerity", "ask_specificity")
SOME_COSTS = ("compensation", "contact")


@cache
def worlds() -> list[tuple[Case, list[Day]]]:
    """The worlds in which changes are looked for, with what the engine shows of their days."""
    cases = [Case(dense(), "faker"), Case(answering(), "everything")]
    return [(case, case.record()) for case in cases]


def is_noticed(twin: TwinModel, days: list[Day]) -> bool:
    for day in days:
        twin.run_days(1)
        if differences(day, twin):
            return True
    return False


def moved(value: float, low: float, high: float, factor: float) -> float:
    """A value changed by a factor, or if it is 0 by some of its range, within the range."""
    other = value * factor if value else low + (min(high, low + 1) - low) * 0.1 * factor
    other = min(max(other, low), high)
    return other if other != value else value + (low - value) * 0.1 * factor


def constant_is_noticed(name: str) -> bool:
    origin = ORIGINS[name]
    for case, days in worlds():
        constants = case.setting.parameters
        for factor in FACTORS:
            value = moved(getattr(constants, name), origin.low, origin.high, factor)
            setting = replace(case.setting, parameters=replace(constants, **{name: value}))
            if is_noticed(case.twin(setting), days):
                return True
    return False


def cost_is_noticed(name: str) -> bool:
    for case, days in worlds():
        costs = case.setting.costs
        setting = replace(case.setting, costs=replace(costs, **{name: 1.1 * getattr(costs, name)}))
        if is_noticed(case.twin(setting), days):
            return True
    return False


def lever_is_noticed(name: str) -> bool:
    lever = LEVERS[name]

    def changed(course: Course, factor: float) -> Course:
        value = course.levers.get(name, lever.neutral)
        other = 1 - value if lever.unit == "0 or 1" else moved(value, lever.low, lever.high, factor)
        return replace(course, levers={**course.levers, name: other})

    for case, days in worlds():
        for factor in FACTORS:
            if is_noticed(case.twin(courses=[changed(course, factor) for course in case.courses()]), days):
                return True
    return False


def test_unchanged_twins_are_not_noticed():
    for case, days in worlds():
        assert not is_noticed(case.twin(), days)


@pytest.mark.parametrize("name", SOME_CONSTANTS)
def test_changed_constants_are_noticed(name):
    assert constant_is_noticed(name)


@pytest.mark.study
@pytest.mark.parametrize("name", [name for name in ORIGINS if name not in SOME_CONSTANTS])
def test_every_changed_constant_is_noticed(name):
    assert constant_is_noticed(name)


@pytest.mark.parametrize("name", SOME_LEVERS)
def test_changed_levers_are_noticed(name):
    assert lever_is_noticed(name)


@pytest.mark.study
@pytest.mark.parametrize("name", [name for name in LEVERS if name not in SOME_LEVERS])
def test_every_changed_lever_is_noticed(name):
    assert lever_is_noticed(name)


@pytest.mark.parametrize("name", SOME_COSTS)
def test_changed_costs_are_noticed(name):
    assert cost_is_noticed(name)


@pytest.mark.study
@pytest.mark.parametrize("name", [name for name in COSTS if name not in SOME_COSTS])
def test_every_changed_cost_is_noticed(name):
    assert cost_is_noticed(name)
