"""The length of a step is a matter of speed: half an hour, one hour and two hours tell the same story.

Who does what, and when, is drawn by events, days and people, not by steps, so a replicate is nearly the same world at
any length of a step: means over replicates can be compared pair by pair.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import influence_sim as ins
from influence_sim.experiment.runner import World, play

STRATEGIES = ("broadcast", "dialogue")
REPLICATES = 12
DAYS = 60
MEANS = ("loyalty", "satisfaction", "trust", "attitude")
SUMS = ("sales", "complaints", "praise", "negative", "shares", "replies", "reply_hours", "storm_days")
MEASURES = (*MEANS, *SUMS, "retention")


@cache
def outcomes(step_hours):
    """A delay hits a third of a shop's customers: one number per measure, replicate and strategy."""
    changes = {"days": DAYS, "burn_in_days": 20, "incident.day": 12, "network.consumers": 1500}
    scenario = ins.Scenario.load("shipping_delay").with_values({**changes, "step_hours": step_hours})
    worlds = [World(name, replicate) for replicate in range(REPLICATES) for name in STRATEGIES]
    engine = play(scenario, scenario.setting(scenario.graph()), worlds, seed=3, measures=MEASURES)
    days = engine.recorded_days(scenario.burn_in_days)[:, 0].reshape(REPLICATES, len(STRATEGIES), DAYS, -1)
    found = {name: days[..., MEASURES.index(name)].mean(axis=-1) for name in MEANS}
    found |= {name: days[..., MEASURES.index(name)].sum(axis=-1) for name in SUMS}
    return {**found, "retention": days[:, :, -1, MEASURES.index("retention")]}


def differences(step_hours, above, below=None):
    """Relative differences to steps of an hour, per strategy, and their standard errors over pairs of replicates."""
    one, other = outcomes(1.0), outcomes(step_hours)
    if below is None:
        level, change = one[above].mean(axis=0), other[above] - one[above]
    else:
        ratio = one[above].sum(axis=0) / one[below].sum(axis=0)
        level = one[above].mean(axis=0)
        change = (other[above] - ratio * other[below]) - (one[above] - ratio * one[below])
    error = change.std(axis=0, ddof=1) / REPLICATES**0.5
    return change.mean(axis=0) / np.abs(level), error / np.abs(level)


@pytest.mark.slow
@pytest.mark.parametrize("step_hours", [0.5, 2.0])
@pytest.mark.parametrize(
    "measure",
    [*MEANS, "sales", "retention", "complaints", "praise", "negative", "shares", "replies", "storm_days"],
)
def test_a_measure_is_the_same_within_5_percent(step_hours, measure):
    """With a standard error below a percent."""
    with np.errstate(invalid="ignore"):
        difference, error = differences(step_hours, measure)
    answers = outcomes(1.0)[measure].any(axis=0)
    assert (error[answers] < 0.01).all()
    assert (np.abs(difference[answers]) + 2 * error[answers] < 0.05).all()
    assert answers[1]


@pytest.mark.slow
@pytest.mark.parametrize("step_hours", [0.5, 2.0])
def test_answers_come_as_fast_within_5_percent(step_hours):
    """Spam arrives by the step, so queues differ by luck: the standard error is a few percent."""
    with np.errstate(invalid="ignore"):
        difference, error = differences(step_hours, "reply_hours", "replies")
    assert error[1] < 0.04
    assert abs(difference[1]) < 0.05 + 2 * error[1]


@pytest.mark.slow
def test_the_incident_is_felt_in_what_is_compared():
    """There is something to agree on: complaints, storms and answers."""
    found = outcomes(1.0)
    assert found["complaints"].min() > 10
    assert found["storm_days"].sum() > 5
    assert found["replies"][:, 1].min() > 3
