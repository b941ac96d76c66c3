"""What the page shows is what ``compare`` finds: the same numbers, day by day, whatever was changed on the way."""

from __future__ import annotations

import numpy as np
import pytest

import influence_sim as ins
from influence_sim import strategies
from influence_sim.core.measures import STANDARD
from influence_sim.experiment.plan import World
from influence_sim.experiment.runner import prepare
from influence_sim.page.arena import Arena
from influence_sim.page.contenders import Choice, share_paid
from influence_sim.scenario import Scenario
from influence_sim.scenario_tables import Incident

SMALL = Scenario.of(
    {
        "days": 12,
        "burn_in_days": 4,
        "network": {"consumers": 150, "mean_degree": 6},
        "companies": [{"name": "us", "strategy": "dialogue"}, {"name": "them", "strategy": "adaptive"}],
        "focal": "us",
        "incident": {"kind": "delay", "day": 5, "hit_share": 0.5, "severity": 0.8},
        "parameters": {"need_interval": 5.0},
        "levers": {"ours": {"posts_per_day": 3.0}},
        "schedule": {"ours": [{"day": 3, "levers": {"reply_capacity": 1.0}}, {"day": 6, "strategy": "broadcast"}]},
    }
)


@pytest.fixture(autouse=True)
def watcher(monkeypatch):
    """A strategy that decides every evening, forgotten after each test."""
    monkeypatch.setattr(strategies, "_REGISTERED", {})

    @ins.register(name="page_watcher", levers={"reply_capacity": 0.2})
    def watcher(seen):
        """Answers while somebody waits."""
        return {"reply_capacity": 2.0 if seen.waiting else 0.2}


def stand(scenario=SMALL, strategies=("broadcast", "dialogue", "ours"), seed=3):
    arena = Arena(Choice(scenario, tuple(strategies), seed))
    for _ in arena.burn_in():
        pass
    return arena


def run(arena, hours):
    for _ in range(hours):
        arena.step()


def days_of(arena):
    """What the arena has recorded: contender × company × day × measure."""
    return arena.engine.recorded_days(arena.base.burn_in_days)


def compared(arena):
    """The same from ``compare``, on what the arena exports, as far as the arena has come."""
    found = ins.compare(arena.scenario(), arena.names(), replicates=1, seed=arena.seed)
    return found.values[:, 0, :, : arena.day]


def assert_same(arena):
    np.testing.assert_array_equal(days_of(arena), compared(arena))


def test_untouched_contenders_are_a_comparison():
    arena = stand()
    run(arena, 12 * 24)
    assert arena.is_over
    assert arena.names() == ["broadcast", "dialogue", "ours"]
    assert arena.scenario() == SMALL
    assert_same(arena)


def test_levers_changed_by_hand_are_a_scenario_that_gives_the_same_numbers():
    arena = stand()
    assert arena.pull(0, {"posts_per_day": 4.0, "claim": 0.5}) == 0, "before the first hour: the first day's levers"
    run(arena, 30)
    assert arena.pull(1, {"reply_capacity": 3.0}) == 2, "afterwards: the next midnight"
    run(arena, 17)
    assert arena.pull(1, {"apology": 1.0}) == 2
    run(arena, 1)
    assert arena.hour == 48
    assert arena.pull(1, {"empathy": 0.1}) == 3, "midnight is over when it strikes"
    assert arena.pull(2, {"listening": 1.0, "reply_capacity": 2.0}) == 3
    run(arena, 5 * 24 + 5)
    arena.pull(0, {"paid_reach": 0.0})
    run(arena, 3 * 24)
    assert arena.names() == ["broadcast_changed", "dialogue_changed", "ours_changed"]
    assert_same(arena)
    assert not np.array_equal(days_of(arena)[0], days_of(stand_and_run(10))[0])
    assert arena.scenario().schedule["dialogue_changed"][0].levers == {"reply_capacity": 3.0, "apology": 1.0}


def stand_and_run(days):
    arena = stand()
    run(arena, days * 24)
    return arena


def test_a_restart_repeats_everything():
    arena = stand()
    run(arena, 30)
    arena.pull(1, {"reply_capacity": 3.0})
    run(arena, 100)
    before = days_of(arena)
    arena.restart()
    assert arena.hour == 0
    run(arena, 130)
    np.testing.assert_array_equal(days_of(arena), before)
    arena.undo(1)
    run(arena, 48)
    np.testing.assert_array_equal(days_of(arena), days_of(stand_and_run(2)))


def test_the_burn_in_knows_no_incident():
    """A changed incident is a fork: the same as if it had been there from the beginning."""
    arena = stand()
    run(arena, 60)
    arena.set_incidents([Incident(kind="scandal", day=2, severity=1.0), Incident(kind="slip", company="them", day=1)])
    assert arena.hour == 0
    run(arena, 6 * 24)
    fresh = prepare(
        arena.base, arena.setting, [World(name, 0) for name in arena.names()], seed=arena.seed, measures=STANDARD
    )
    fresh.run_days(6)
    np.testing.assert_array_equal(days_of(arena), fresh.recorded_days(arena.base.burn_in_days))
    arena.pull(2, {"deletion_rate": 1.0})
    run(arena, 3 * 24)
    assert_same(arena)


def test_a_quiet_scenario_can_be_given_an_incident():
    arena = stand(SMALL.with_values({"incident": []}))
    assert not arena.strikes_ahead()
    arena.set_incidents([Incident(kind="defect", day=2, duration_days=2)])
    assert arena.strikes_ahead()
    run(arena, 48)
    assert arena.strikes_ahead()
    assert not arena.is_struck_anew()
    run(arena, 1)
    assert arena.is_struck_anew()
    assert not arena.strikes_ahead()
    run(arena, 24)
    assert not arena.is_struck_anew(), "the second day of the same"
    run(arena, 23)
    assert_same(arena)


def test_an_incident_that_does_not_fit_changes_nothing():
    arena = stand()
    before = arena.base
    with pytest.raises(ins.ScenarioError, match=r"incident\.day = 40: must be a day before the horizon"):
        arena.set_incidents([Incident(day=40)])
    assert arena.base is before


def test_who_stays_keeps_what_was_changed():
    arena = stand()
    arena.pull(0, {"claim": 1.0})
    arena.choose(["broadcast", "page_watcher"])
    assert arena.names() == ["broadcast_changed", "page_watcher"]
    run(arena, 6 * 24)
    assert_same(arena)


def test_one_strategy_may_stand_twice():
    arena = stand(strategies=["dialogue", "dialogue", "dialogue"])
    assert arena.names() == ["dialogue", "dialogue_2", "dialogue_3"]
    arena.pull(1, {"reply_capacity": 5.0})
    assert arena.names() == ["dialogue", "dialogue_changed", "dialogue_2"]
    run(arena, 3 * 24)
    values = days_of(arena)
    np.testing.assert_array_equal(values[0], values[2])
    assert_same(arena)


def test_a_strategy_that_decides_is_not_steered():
    arena = stand(strategies=["page_watcher", "silent"])
    with pytest.raises(ValueError, match="page_watcher decides every evening"):
        arena.pull(0, {"claim": 1.0})
    with pytest.raises(ValueError, match="page_watcher is named twice"):
        arena.choose(["page_watcher", "page_watcher"])
    run(arena, 7 * 24)
    assert_same(arena)


@pytest.mark.parametrize("step_hours", [0.5, 4.0])
def test_other_steps_than_an_hour(step_hours):
    arena = stand(SMALL.with_values({"step_hours": step_hours}))
    run(arena, 26 if step_hours < 1 else 7)
    arena.pull(0, {"posts_per_day": 9.0})
    while not arena.is_over:
        arena.step()
    assert_same(arena)


def test_what_cannot_be_is_said_in_one_line():
    with pytest.raises(ValueError, match="one to 3 can be shown side by side, not 4"):
        Arena(Choice(SMALL, ("silent",) * 4))
    with pytest.raises(ValueError, match="there is no strategy 'dialog': did you mean dialogue"):
        Arena(Choice(SMALL, ("dialog",)))
    arena = stand()
    with pytest.raises(ValueError, match=r"claim = 7: must lie in 0\.\.1"):
        arena.pull(0, {"claim": 7})
    run(arena, 11 * 24 + 3)
    with pytest.raises(ValueError, match="this is the last day"):
        arena.pull(0, {"claim": 0.7})


def test_the_budget_pays_for_a_share():
    arena = stand()
    assert share_paid(arena.setting, 0, {}) == 1
    assert share_paid(arena.setting, 0, {"posts_per_day": 40.0}) == pytest.approx(0.5)
