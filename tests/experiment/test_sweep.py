"""A sweep is the same comparison at many points, on the same accidents."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from influence_sim.experiment.compare import compare
from influence_sim.experiment.design import Varied, points_of
from influence_sim.experiment.sweep import sweep
from influence_sim.scenario import Scenario, ScenarioError

TINY = Scenario.of(
    {
        "days": 6,
        "burn_in_days": 2,
        "network": {"consumers": 80, "mean_degree": 6.0},
        "incident": {"kind": "delay", "day": 2, "hit_share": 0.5, "severity": 0.8},
    }
)
POINTS = points_of([Varied.parse("levers.dialogue.reply_capacity=0,5"), Varied.parse("incident.severity=0.2,0.9")])
NAMES = ("broadcast", "dialogue")


@pytest.fixture(scope="module")
def found():
    return sweep(TINY, POINTS, NAMES, replicates=3, seed=2)


def test_each_point_is_the_comparison_of_its_scenario(found):
    for point, here in found:
        alone = compare(TINY.with_values(point), NAMES, replicates=3, seed=2)
        np.testing.assert_array_equal(here.values, alone.values)
        np.testing.assert_array_equal(here.spared, alone.spared)
        assert here.manifest["point"] == dict(point)


def test_what_a_key_does_not_touch_is_the_same_at_all_points(found):
    """Replicate r meets the same accidents: who never answers does not notice how fast answers would be."""
    slow, fast = found.at(0), found.at(2)
    assert (found.points[0]["incident.severity"], found.points[2]["incident.severity"]) == (0.2, 0.2)
    np.testing.assert_array_equal(slow.values[0], fast.values[0])
    assert not np.array_equal(slow.values[1], fast.values[1])


def test_runs_are_labelled_with_what_was_varied(found):
    runs = found.runs
    assert runs["loyalty"].dims == ("point", "strategy", "replicate", "company")
    for place, (point, here) in enumerate(found):
        for key, value in point.items():
            assert runs[key].sel(point=place).item() == value
        np.testing.assert_array_equal(runs["profit"].sel(point=place).to_numpy(), here.summary["profit"])
    table = found.to_frame()
    assert len(table) == len(POINTS) * 2 * 3 * 3
    assert {"incident.severity", "levers.dialogue.reply_capacity", "recovery_days"} <= set(table.columns)


def test_contrasts_are_those_of_each_comparison(found):
    for one, (_, here) in zip(found.contrasts("profit", "dialogue", "broadcast"), found, strict=True):
        assert one == here.contrasts["profit"]["dialogue - broadcast"]


@pytest.mark.parametrize("options", [{"jobs": 2}, {"batch": 1}, {"batch": 5}], ids=str)
def test_how_it_is_run_does_not_matter(found, options, tmp_path):
    other = sweep(TINY, POINTS, NAMES, replicates=3, seed=2, out=tmp_path, **options)
    for (_, here), (_, there) in zip(found, other, strict=True):
        np.testing.assert_array_equal(here.values, there.values)
        np.testing.assert_array_equal(here.switches, there.switches)


def test_tables_have_a_column_per_key(found, tmp_path):
    found.write(tmp_path)
    with (tmp_path / "daily.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    measures = found.at(0).measures
    assert len(rows) == len(POINTS) * 2 * 3 * 3 * 6 * len(measures)
    assert list(rows[0])[:2] == list(POINTS[0])
    last = rows[-1]
    assert (last["incident.severity"], last["strategy"], last["replicate"], last["day"]) == (
        "0.9",
        "dialogue",
        "2",
        "5",
    )
    assert float(last["value"] or "nan") == pytest.approx(found.at(3).values[1, 2, 2, 5, -1], nan_ok=True)


@pytest.mark.parametrize(
    ("points", "piece"),
    [
        ([], "at least one"),
        ([{"incident.severity": 0.2}, {"budget": 1.0}], "the same keys"),
        ([{"incident.severity": 2.0}], "incident.severity"),
        ([{"nonsense": 2.0}], "there is no such key"),
    ],
)
def test_points_that_make_no_sense_are_refused_before_anything_runs(points, piece):
    with pytest.raises((ValueError, ScenarioError), match=piece):
        sweep(TINY, points, NAMES, replicates=1)
