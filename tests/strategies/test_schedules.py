"""A schedule changes levers on its days, from the first hour of the day on, and nothing else ever does."""

from __future__ import annotations

import numpy as np
import pytest

from influence_sim import CATALOGUE, InfluenceModel, Observation, Scenario, Strategy, register
from influence_sim import strategies as catalogue
from influence_sim.core.levers import LEVERS, NEUTRAL
from influence_sim.core.measures import STANDARD
from influence_sim.experiment import compare

DAYS = 8


def scenario(**changes) -> Scenario:
    values = {"days": DAYS, "burn_in_days": 2, "budget": 1e4, "network": {"consumers": 1000, "mean_degree": 4.0}}
    return Scenario.of({**values, **changes})


def at_dawn(setup: Scenario, strategy: str, days: int = DAYS) -> list[dict[str, float]]:
    """Levers of the focal company at the beginning of each day."""
    model = InfluenceModel(setup, strategy=strategy, rng=1)
    found = [model.focal_company.levers]
    for _ in range(days - 1):
        model.run_for(24)
        found.append(model.focal_company.levers)
    return found


def test_a_change_on_a_day_acts_from_that_day_on():
    """A post costs 1 for these 1,000 people."""
    changes = [{"day": 2, "levers": {"posts_per_day": 3.0}}, {"day": 5, "levers": {"posts_per_day": 1.0}}]
    setup = scenario(levers={"mine": {"posts_per_day": 10.0}}, schedule={"mine": changes})
    result = compare(setup, ["mine"], replicates=1)
    spend = result.values[0, 0, 0, :, STANDARD.index("spend")]
    np.testing.assert_allclose(spend, [10, 10, 3, 3, 3, 1, 1, 1])
    assert [levers["posts_per_day"] for levers in at_dawn(setup, "mine")] == [10, 10, 3, 3, 3, 1, 1, 1]


def test_it_acts_from_the_first_hour_of_its_day_and_not_before():
    setup = scenario(schedule={"mine": [{"day": 1, "levers": {"posts_per_day": 3.0}}]})
    model = InfluenceModel(setup, strategy="mine", rng=1)
    model.run_for(23)
    assert model.focal_company.levers["posts_per_day"] == 0
    model.run_for(1)
    assert model.focal_company.levers["posts_per_day"] == 3


def test_what_a_change_does_not_name_stays():
    setup = scenario(
        levers={"mine": {"claim": 0.5, "posts_per_day": 2.0}},
        schedule={"mine": [{"day": 3, "levers": {"posts_per_day": 3.0}}]},
    )
    before, after = at_dawn(setup, "mine")[2:4]
    assert {name for name in LEVERS if before[name] != after[name]} == {"posts_per_day"}


def test_a_strategy_that_is_taken_over_is_taken_over_whole():
    """Its levers, and the neutral value of those that it does not name; what the change names itself comes on top."""
    setup = scenario(
        levers={"mine": {"claim": 0.5, "deletion_rate": 0.3, "paid_reach": 0.01}},
        schedule={"mine": [{"day": 2, "strategy": "dialogue", "levers": {"apology": 1.0}}]},
    )
    found = at_dawn(setup, "mine", 3)
    assert found[1]["deletion_rate"] == 0.3
    assert found[2] == {**NEUTRAL, **CATALOGUE["dialogue"].levers, "apology": 1.0}


def test_a_strategy_taken_over_is_that_of_the_scenario():
    setup = scenario(
        levers={"dialogue": {"apology": 0.125}, "other": {"claim": 0.25}},
        schedule={"mine": [{"day": 1, "strategy": "dialogue"}, {"day": 2, "strategy": "other"}]},
    )
    _, first, second = at_dawn(setup, "mine", 3)
    assert first == {**NEUTRAL, **CATALOGUE["dialogue"].levers, "apology": 0.125}
    assert second == {**NEUTRAL, "claim": 0.25}


def test_changes_of_one_day_add_up_and_the_later_prevails():
    changes = [
        {"day": 1, "strategy": "broadcast"},
        {"day": 1, "levers": {"claim": 0.5}},
        {"day": 1, "levers": {"claim": 0.25}},
    ]
    setup = scenario(schedule={"mine": changes})
    assert at_dawn(setup, "mine", 2)[1] == {**NEUTRAL, **CATALOGUE["broadcast"].levers, "claim": 0.25}


def test_the_order_of_days_in_the_list_is_irrelevant():
    forth = [{"day": day, "levers": {"claim": day / 10}} for day in (1, 2, 3)]
    one, other = (at_dawn(scenario(schedule={"mine": changes}), "mine") for changes in (forth, forth[::-1]))
    assert one == other


def test_a_change_beyond_the_horizon_never_comes():
    setup = scenario(schedule={"mine": [{"day": 400, "levers": {"claim": 1.0}}]})
    assert {levers["claim"] for levers in at_dawn(setup, "mine")} == {0.0}


def test_days_count_from_the_comparison_whatever_the_burn_in():
    for burn_in in (0, 1, 9):
        setup = scenario(schedule={"mine": [{"day": 2, "levers": {"claim": 1.0}}]}, burn_in_days=burn_in)
        assert [levers["claim"] for levers in at_dawn(setup, "mine", 4)] == [0, 0, 1, 1]


def test_a_rivals_schedule_begins_with_the_comparison_too():
    companies = [{"name": "us"}, {"name": "them", "strategy": "mine"}]
    setup = scenario(companies=companies, schedule={"mine": [{"day": 1, "levers": {"posts_per_day": 4.0}}]})
    result = compare(setup, ["silent", "dialogue"], replicates=2)
    spend = result.values[:, :, 1, :, STANDARD.index("spend")]
    np.testing.assert_allclose(spend, np.broadcast_to([0] + [4] * (DAYS - 1), spend.shape))


def test_a_schedule_of_the_scenario_replaces_the_built_in_one():
    setup = scenario(schedule={"prepare": [{"day": 2, "levers": {"reply_capacity": 0.25}}]})
    found = at_dawn(setup, "prepare", 3)
    assert found[0] == {**NEUTRAL, **CATALOGUE["prepare"].levers}
    assert found[2] == {**found[0], "reply_capacity": 0.25}
    assert dict(setup.strategy("prepare").schedule) == {2: {"reply_capacity": 0.25}}
    assert 60 in CATALOGUE["prepare"].schedule, "the catalogue has not moved"


def test_what_a_schedule_asks_is_scaled_to_the_budget_from_its_day_on():
    setup = scenario(budget=10.0, schedule={"mine": [{"day": 2, "levers": {"posts_per_day": 40.0}}]})
    result = compare(setup, ["mine"], replicates=1)
    funded = result.values[0, 0, 0, :, STANDARD.index("funded")]
    np.testing.assert_allclose(funded, [1, 1] + [0.25] * (DAYS - 2))


def test_a_file_may_hold_one(tmp_path):
    path = tmp_path / "prepared.toml"
    path.write_text(
        """
        days = 8
        burn_in_days = 2
        budget = 1000
        [network]
        consumers = 1000
        mean_degree = 4
        [[companies]]
        name = "us"
        strategy = "own way"
        [levers."own way"]
        listening = 1
        [[schedule."own way"]]
        day = 2
        strategy = "dialogue"
        [[schedule."own way"]]
        day = 4
        levers = {posts_per_day = 2, claim = 0.5}
        """,
        encoding="utf-8",
    )
    loaded = Scenario.load(path)
    assert loaded.own_strategies == ["own way"]
    found = at_dawn(loaded, "own way", 5)
    assert found[1] == {**NEUTRAL, "listening": 1.0}
    assert found[2] == found[3] == {**NEUTRAL, **CATALOGUE["dialogue"].levers}
    assert found[4] == {**found[3], "posts_per_day": 2.0, "claim": 0.5}
    assert loaded.with_values({"schedule.own way.1.day": 5}).schedule["own way"][1].day == 5
    assert Scenario.of(loaded.model_dump(mode="json")) == loaded


def test_where_a_schedule_and_a_decision_meet_the_decision_prevails(monkeypatch):
    monkeypatch.setattr(catalogue, "_REGISTERED", {})

    class Wilful(Strategy):
        def decide(self, seen: Observation):
            return {"claim": 0.75} if seen.day == 2 else None

    register(name="wilful")(Wilful)
    setup = scenario(schedule={"wilful": [{"day": 2, "levers": {"claim": 0.25, "empathy": 1.0}}]})
    found = at_dawn(setup, "wilful", 4)
    assert [levers["claim"] for levers in found] == [0, 0, 0.75, 0.75]
    assert [levers["empathy"] for levers in found] == [0, 0, 1, 1]


def test_putting_levers_where_they_are_changes_nothing():
    """The same company by a plain setting and by a schedule that says the same again."""
    levers = dict(CATALOGUE["dialogue"].levers)
    again = [{"day": day, "levers": levers} for day in range(1, DAYS)] + [{"day": 4, "strategy": "dialogue"}]
    setup = scenario(schedule={"again": again}, levers={"again": levers}, parameters={"need_interval": 3.0})
    result = compare(setup, ["dialogue", "again"], replicates=2)
    np.testing.assert_array_equal(result.values[0], result.values[1])


@pytest.mark.parametrize(
    ("lines", "piece"),
    [
        ("day = 0", "schedule.mine.0.day = 0: must be a whole number from 1 upwards"),
        ("levers = {claim = 1}", "schedule.mine.0.day: is missing; it must be a whole number from 1 upwards"),
        ("day = 1\nlever = {claim = 1}", "schedule.mine.0.lever: there is no such key; did you mean levers?"),
        (
            "day = 1\nstrategy = 'dialog'",
            "schedule.mine.0.strategy = 'dialog': there is no strategy 'dialog': did you mean dialogue?",
        ),
        ("day = 1\nstrategy = 3", "schedule.mine.0.strategy = 3: must be text in quotes"),
        (
            "day = 7\nlevers = {clam = 1}",
            "schedule.mine.0.levers.clam = 1.0: there is no such lever; did you mean claim?",
        ),
        ("day = 7\nlevers = {claim = 2}", "schedule.mine.0.levers.claim = 2.0: must lie in 0..1 (strength)"),
        ("day = 7\nlevers = {claim = 'big'}", "schedule.mine.0.levers.claim = 'big': must be a number"),
        ("day = 1.5", "schedule.mine.0.day = 1.5: must be a whole number from 1 upwards"),
    ],
)
@pytest.mark.parametrize("followed", [False, True])
def test_a_fault_is_one_line_that_says_where(tmp_path, lines, piece, followed):
    path = tmp_path / "faulty.toml"
    company = "[[companies]]\nname = 'us'\nstrategy = 'mine'\n" if followed else ""
    path.write_text(f"{company}[[schedule.mine]]\n{lines}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="schedule") as caught:
        Scenario.load(path)
    (line,) = str(caught.value).split("\n")
    assert line.startswith(f"{path}: {piece}")
