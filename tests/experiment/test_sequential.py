"""Intervals that hold however often one looks, and comparisons that end when they are sure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import t as student

from influence_sim.experiment.compare import compare, make_plan, store_for
from influence_sim.experiment.sequential import (
    LEAST_REPLICATES,
    MIXTURE,
    check_goal,
    compare_until,
    interval,
    replicates_for,
)
from influence_sim.scenario import Scenario

TINY = Scenario.of(
    {
        "days": 8,
        "burn_in_days": 2,
        "network": {"consumers": 100, "mean_degree": 6.0},
        "incident": {"kind": "delay", "day": 2, "hit_share": 0.5, "severity": 0.8},
    }
)
NAMES = ("broadcast", "dialogue")


def looked_at_always(values, judge):
    return any(judge(values[:n]) for n in range(LEAST_REPLICATES, len(values) + 1))


def test_however_often_one_looks_false_alarms_stay_rare():
    """As they do not with ordinary intervals, which the same paths show."""
    lot = np.random.default_rng(1)
    paths = lot.normal(3.0, 2.0, (300, 100))

    def ordinary(values):
        margin = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
        return abs(values.mean() - 3) > margin

    def uniform(values):
        low, high = interval(values, 0.05)
        return not low <= 3 <= high

    share = np.mean([looked_at_always(path, uniform) for path in paths])
    assert share <= 0.05 + 3 * (0.05 * 0.95 / len(paths)) ** 0.5
    assert np.mean([looked_at_always(path, ordinary) for path in paths]) > 0.2


@pytest.mark.parametrize("n", [8, 30, 200])
def test_the_ends_are_where_the_mixture_of_t_tests_reaches_one_over_alpha(n):
    """The likelihood ratio is integrated over effect sizes anew, by quadrature."""
    alpha, values = 0.05, np.random.default_rng(n).normal(0.2, 1.3, n)

    def evidence(mean):
        x = values - mean
        total, squares = x.sum(), (x**2).sum()

        # Scale-free likelihoods: the integral over σ of σ^−(n+1)·exp(−(V − 2δσS + nδ²σ²)/2σ²), by its own quadrature.
        def likelihood(effect):
            def over_scale(log_scale):
                scale = math.exp(log_scale)
                misfit = squares / scale**2 - 2 * effect * total / scale + n * effect**2
                return math.exp(-n * (log_scale - middle) - misfit / 2 + n / 2)

            middle = math.log(squares / n) / 2
            return quad(over_scale, middle - 2, middle + 2, epsabs=0, epsrel=1e-9, limit=200)[0]

        density = math.sqrt(MIXTURE / (2 * math.pi))
        spread = 8 / math.sqrt(n + MIXTURE)
        around = total / math.sqrt(squares * n)
        mixed = quad(
            lambda effect: density * math.exp(-MIXTURE * effect**2 / 2) * likelihood(effect),
            around - spread,
            around + spread,
            epsrel=1e-8,
            limit=200,
        )[0]
        return mixed / likelihood(0.0)

    for end in interval(values, alpha):
        assert evidence(end) == pytest.approx(1 / alpha, rel=1e-4)


@given(st.lists(st.floats(-100, 100), min_size=12, max_size=40), st.floats(0.1, 10), st.floats(-50, 50))
@settings(max_examples=60, deadline=None)
def test_units_and_origin_do_not_matter(values, scale, shift):
    values = np.array(values)
    if np.ptp(values) < 1e-3:
        return
    low, high = interval(values, 0.05)
    assert interval(scale * values + shift, 0.05) == pytest.approx((scale * low + shift, scale * high + shift))
    assert low <= values.mean() <= high
    assert (high - low) > 2 * student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5


def test_more_replicates_say_more_and_few_say_nothing():
    lot = np.random.default_rng(2)
    pattern = np.tile([1.0, -1.0], 400)
    widths = [np.ptp(interval(pattern[:n], 0.05)) for n in (20, 80, 320, 800)]
    assert widths == sorted(widths, reverse=True)
    assert interval(lot.normal(size=LEAST_REPLICATES - 1), 0.05) == (-math.inf, math.inf)
    assert interval(np.r_[pattern[:50], np.nan], 0.05) == interval(pattern[:50], 0.05)


@pytest.mark.parametrize("value", [0.0, 2.0, -1e-9])
@pytest.mark.parametrize("many", [8, 20, 400])
def test_differences_that_are_all_the_same_have_no_spread_to_judge_by(value, many):
    """Of what happens in one world of a hundred, twenty worlds mostly show nothing: that is no certainty."""
    assert interval(np.full(many, value), 0.05) == (-math.inf, math.inf)


def test_what_has_no_value_in_any_world_is_refused_after_one_look():
    with pytest.raises(ValueError, match="toppled: has no value in any world"):
        compare_until(store_for(make_plan(TINY, NAMES, replicates=8, seed=3)), "toppled", precision=0.1)


def until(measure, replicates=8, **goal):
    plan = make_plan(TINY, NAMES, replicates=replicates, seed=3)
    return compare_until(store_for(plan), measure, **goal)


def test_it_ends_as_soon_as_it_is_precise_enough_and_is_what_a_comparison_of_so_many_is():
    first = until("loyalty", precision=100.0)
    assert (first.stopping.reached, first.stopping.replicates) == (True, 8)
    wanted = first.stopping.pairs[0].half_width * 0.6
    found = until("loyalty", precision=wanted)
    assert found.stopping.reached
    assert found.stopping.pairs[0].half_width <= wanted
    assert found.stopping.replicates > 8
    again = compare(TINY, NAMES, replicates=found.stopping.replicates, seed=3)
    np.testing.assert_array_equal(found.values, again.values)
    assert found.manifest["stopping"]["replicates"] == found.values.shape[1]


def test_it_gives_up_at_the_most_and_says_so():
    found = until("profit", precision=1e-9, most=12)
    assert not found.stopping.reached
    assert found.stopping.replicates == 12
    assert not until("firestorms", separated=True, most=9).stopping.reached


def test_strategies_are_told_apart_where_they_differ():
    found = until("reach", separated=True)
    assert found.stopping.reached
    assert all(pair.is_sure for pair in found.stopping.pairs)


def test_what_pairing_saves_is_what_independent_worlds_show():
    """As many worlds of different seeds as it says would be needed are as sure as was asked for."""
    asked = 3 * until("loyalty", replicates=30, precision=100.0).stopping.pairs[0].half_width
    claimed = until("loyalty", replicates=30, precision=asked).stopping.pairs[0].independent_replicates
    assert 60 < claimed < 400, "here pairing is worth much"
    one, other = (
        compare(TINY, [name], replicates=int(claimed), seed=seed).summary["loyalty"][0, :, 0]
        for name, seed in zip(NAMES, (11, 12), strict=True)
    )
    assert np.ptp(interval(other - one, 0.05)) / 2 == pytest.approx(asked, rel=0.3)


def test_independent_worlds_are_counted_for_what_was_asked_not_for_what_was_reached():
    found = until("loyalty", replicates=30, precision=100.0)
    assert found.stopping.pairs[0].independent_replicates == LEAST_REPLICATES


@pytest.mark.parametrize("alpha", [0.05, 0.01])
@given(half_width=st.floats(0.05, 5), variance=st.floats(0.01, 10))
def test_the_least_number_is_enough_and_one_less_is_not(alpha, half_width, variance):
    n = int(replicates_for(half_width, variance, alpha))

    def reached(count):
        pattern = np.tile([1.0, -1.0], (count + 1) // 2)[:count]
        values = pattern - pattern.mean()
        return np.ptp(interval(values * (variance / values.var()) ** 0.5, alpha)) / 2

    assert reached(n) <= half_width * (1 + 1e-9)
    assert n == LEAST_REPLICATES or reached(n - 1) > half_width * (1 - 1e-9)


def test_no_number_is_enough_where_nothing_is_asked_or_nothing_varies():
    assert math.isnan(replicates_for(math.inf, 1.0, 0.05))
    assert math.isnan(replicates_for(0.0, 1.0, 0.05))
    assert math.isnan(replicates_for(1.0, 0.0, 0.05))


@pytest.mark.parametrize(
    ("strategies", "goal", "piece"),
    [
        (NAMES, {}, "say what is wanted"),
        (NAMES, {"precision": 0.0}, "precision = 0: must be a number of more than 0"),
        (NAMES, {"precision": math.nan}, "must be a number of more than 0"),
        (NAMES, {"precision": math.inf}, "must be a number of more than 0"),
        (("silent",), {"separated": True}, "two are needed"),
        (NAMES, {"separated": True, "level": 1.0}, "level = 1: must lie in"),
        (NAMES, {"separated": True, "most": 3}, "most = 3: must be at least 8"),
    ],
)
def test_goals_that_make_no_sense_are_refused(strategies, goal, piece):
    with pytest.raises(ValueError, match=piece) as caught:
        check_goal(strategies, **{"precision": None, "separated": False, "level": 0.95, "most": 400, **goal})
    assert "\n" not in str(caught.value)
