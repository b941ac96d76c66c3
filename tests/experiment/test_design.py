"""Points of a design: what was asked for, evenly spread, and refused in one line where it makes no sense."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from influence_sim.experiment.design import Varied, check_points, points_of
from influence_sim.scenario import Scenario, ScenarioError


def test_lists_and_ranges_are_read():
    assert Varied.parse("incident.severity=0.2,0.5, 0.9").values == (0.2, 0.5, 0.9)
    assert Varied.parse("companies.1.strategy = silent,broadcast").values == ("silent", "broadcast")
    assert Varied.parse("network.directed=true,false").values == (True, False)
    assert Varied.parse("network.consumers=100,200").values == (100, 200)
    assert Varied.parse("levers.dialogue.reply_capacity=1:20:5").values == (1.0, 5.75, 10.5, 15.25, 20.0)
    assert Varied.parse("incident.severity=0.2:3:3").values == (0.2, 1.6, 3.0), "not 1.5999999999999999"
    ranged = Varied.parse("parameters.demand_drift=0:.05")
    assert (ranged.values, ranged.low, ranged.high) == ((), 0.0, 0.05)


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("severity", "write KEY="),
        ("=1,2", "write KEY="),
        ("a=", "write KEY="),
        ("a=1:x", "a range has numbers"),
        ("a=1:2:3:4", "COUNT is a whole number"),
        ("a=1:2:2.5", "COUNT is a whole number"),
        ("a=1:2:1", "COUNT is a whole number"),
        ("a=2:1", "LOW must be less than HIGH"),
        ("a=1:1:3", "LOW must be less than HIGH"),
        ("a=nan:2", "LOW must be less than HIGH"),
        ("a=0.2,0.5,0.2", "0.2 stands there twice"),
    ],
)
def test_what_cannot_be_read_is_said(text, piece):
    with pytest.raises(ValueError, match=piece) as caught:
        Varied.parse(text)
    assert "\n" not in str(caught.value)


def test_a_grid_is_every_combination_once_in_order():
    points = points_of([Varied.parse("a=1,2"), Varied.parse("b=0:1:3")])
    assert [tuple(point.values()) for point in points] == list(product([1, 2], [0.0, 0.5, 1.0]))


@pytest.mark.parametrize("sampling", ["lhs", "sobol"])
def test_samples_fill_every_stratum_of_every_key_once(sampling):
    count = 64
    points = points_of(
        [Varied.parse("a=2:4"), Varied.parse("b=-1:1"), Varied.parse("c=x,y,z,w")], sampling, count=count
    )
    for key, low, width in (("a", 2, 2), ("b", -1, 2)):
        strata = np.floor((np.array([point[key] for point in points]) - low) / width * count)
        assert sorted(strata) == list(range(count))
    listed = [point["c"] for point in points]
    assert {name: listed.count(name) for name in "xyzw"} == dict.fromkeys("xyzw", count // 4)


def test_the_same_seed_gives_the_same_sample():
    varied = [Varied.parse("a=0:1"), Varied.parse("b=0:1")]
    for sampling in ("lhs", "sobol"):
        assert points_of(varied, sampling, count=10, seed=4) == points_of(varied, sampling, count=10, seed=4)
        assert points_of(varied, sampling, count=10, seed=4) != points_of(varied, sampling, count=10, seed=5)
        assert len(points_of(varied, sampling, count=10, seed=4)) == 10


@pytest.mark.parametrize(
    ("varied", "options", "piece"),
    [
        (["a=1,2", "a=3,4"], {}, "varied twice"),
        (["a=1:2"], {}, "a grid needs LOW:HIGH:COUNT"),
        (["a=1:2"], {"sampling": "lhs", "count": 0}, "points = 0: must lie in 1"),
        (["a=1:2"], {"sampling": "random"}, "random"),
    ],
)
def test_designs_that_make_no_sense_are_refused(varied, options, piece):
    with pytest.raises(ValueError, match=piece):
        points_of([Varied.parse(text) for text in varied], **options)


def test_a_point_that_the_scenario_forbids_is_found_before_anything_runs():
    with pytest.raises(ScenarioError, match=r"incident\.severity"):
        check_points(
            Scenario.of({"incident": {"kind": "delay", "day": 1}}),
            [{"incident.severity": 0.5}, {"incident.severity": 1.5}],
            ["silent"],
        )


def test_levers_of_a_strategy_that_nobody_follows_are_refused():
    """They would change nothing, and the answer would be that they do not matter."""
    scenario = Scenario.of({"levers": {"mine": {"empathy": 1.0}}})
    point = {"levers.mine.reply_capacity": 5.0}
    with pytest.raises(ValueError, match=r"^levers\.mine\.reply_capacity: nobody follows 'mine' here; .* silent$"):
        check_points(scenario, [point], ["silent"])
    check_points(scenario, [point], ["silent", "mine"])
    check_points(scenario, [{**point, "companies.1.strategy": "mine"}], ["silent"])


def test_samples_of_keys_that_take_whole_numbers_are_whole():
    scenario = Scenario.load("shipping_delay")
    varied = [Varied.parse("network.consumers=100:400"), Varied.parse("incident.severity=0:1")]
    points = points_of(varied, "lhs", count=8, scenario=scenario)
    assert all(isinstance(point["network.consumers"], int) for point in points)
    assert any(point["incident.severity"] not in (0, 1) for point in points)
    check_points(scenario, points, ["silent"])
    check_points(scenario, points_of([Varied.parse("network.consumers=100:200:2")]), ["silent"])


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("levers.silent.reply_capacity=1,2", "nobody follows 'silent' here"),
        ("companies.0.strategy=silent,broadcast", "is what is compared"),
        ("title=a,b", "changes nothing but words"),
    ],
)
def test_what_would_change_nothing_is_refused(text, piece):
    scenario = Scenario.of({"companies": [{"name": "us", "strategy": "silent"}]})
    points = points_of([Varied.parse(text)])
    with pytest.raises(ValueError, match=piece):
        check_points(scenario, points, ["broadcast", "dialogue"])


def test_more_points_than_anybody_runs_are_refused():
    with pytest.raises(ValueError, match="COUNT may be 100,000 at most"):
        Varied.parse("a=0:1:1000000000")
    with pytest.raises(ValueError, match=r"a grid of 1,000,000 points"):
        points_of([Varied.parse(f"{key}=0:1:100") for key in "abc"])
