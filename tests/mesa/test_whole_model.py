"""The whole model through Mesa: every kind of strategy, levers pulled by Mesa's clock, and every column to be seen."""

from __future__ import annotations

import copy
import pickle
from functools import cache

import numpy as np
import pandas as pd
import pytest
from mesa.time import Schedule
from worlds import WHOLE_LEVERS, differences, whole

from influence_sim import InfluenceModel, Observation, Scenario, Strategy, register
from influence_sim import strategies as catalogue
from influence_sim.agents import Company, ConsumerPopulation
from influence_sim.core.engine import Engine
from influence_sim.core.levers import LEVERS, NEUTRAL
from influence_sim.core.measures import STANDARD
from influence_sim.core.state import COLUMNS
from influence_sim.experiment import compare
from influence_sim.experiment.runner import World, prepare

SCENARIO = whole(
    {
        "days": 6,
        "burn_in_days": 3,
        "network.consumers": 120,
        "incident": [
            {"day": 1, "duration_days": 2, "hit_share": 0.6, "severity": 0.8},
            {"kind": "scandal", "company": "loud", "day": 2},
        ],
    }
)
DAYS = SCENARIO.days
SEED = 11


@cache
def graph():
    return SCENARIO.graph()


class Remembers(Strategy):
    """Answers as many as have waited, and posts a little more every evening."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.evenings = 0

    def decide(self, seen: Observation) -> dict[str, float]:
        self.evenings += 1
        return {"reply_capacity": 0.25 * (1 + seen.waiting), "posts_per_day": self.evenings / 4}


def wary(seen: Observation) -> dict[str, float] | None:
    """Falls silent when there are complaints."""
    return {"posts_per_day": 0.0 if seen.own.complaints > 200 else 2.0}


@pytest.fixture(autouse=True)
def watchers(monkeypatch):
    monkeypatch.setattr(catalogue, "_REGISTERED", {})
    register(name="remembers", levers={"listening": 1.0})(Remembers)
    register(name="wary", levers={"posts_per_day": 2.0})(wary)


KINDS = ["silent", "carer", "turncoat", "adaptive", "remembers", "wary"]
"""Nothing, levers, a schedule, and decisions: built in, by a class and by a function."""


def made(strategy: str | None = "carer", setup: Scenario = SCENARIO, **options) -> InfluenceModel:
    return InfluenceModel(setup, strategy=strategy, rng=SEED, graph=graph(), **options)


@cache
def reference(strategy: str) -> Engine:
    return through_the_engine(strategy)


def through_the_engine(strategy: str, setup: Scenario = SCENARIO) -> Engine:
    engine = prepare(setup, setup.setting(graph()), [World(strategy, 0)], seed=SEED, measures=STANDARD)
    engine.run_days(setup.days)
    return engine


def daily(model: InfluenceModel) -> np.ndarray:
    """Measures of all companies at the end of each day, shape (companies, days, measures)."""
    frame = model.datacollector.get_agenttype_vars_dataframe(Company)
    return frame.to_numpy(float).reshape(-1, len(model.companies), len(STANDARD)).swapaxes(0, 1)


def assert_same_world(model: InfluenceModel, engine: Engine) -> None:
    assert differences(model.state, engine.worlds.state) == []
    np.testing.assert_array_equal(daily(model), engine.recorded_days(SCENARIO.burn_in_days)[0])
    one, other = model.worlds.messages.columns(), engine.worlds.messages.columns()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])
    np.testing.assert_array_equal(model.worlds.switches, engine.worlds.switches)
    for name in LEVERS:
        np.testing.assert_array_equal(getattr(model.worlds.levers, name), getattr(engine.worlds.levers, name))


# the same world


@pytest.mark.parametrize("strategy", KINDS)
def test_stepped_through_mesa_it_is_the_world_of_the_engine(strategy):
    model = made(strategy)
    for _ in range(24 * DAYS):
        model.step()
    assert_same_world(model, reference(strategy))
    assert not model.running


def test_the_kinds_lead_to_worlds_that_differ():
    finals = [reference(strategy).worlds.state for strategy in KINDS if strategy != "adaptive"]
    for number, one in enumerate(finals):
        assert all(differences(one, other) for other in finals[:number])


def test_run_through_mesa_it_is_a_world_of_a_comparison():
    result = compare(SCENARIO, KINDS, replicates=1, seed=SEED, graph=graph(), counterfactual=False)
    for number, strategy in enumerate(KINDS):
        alone = reference(strategy).recorded_days(SCENARIO.burn_in_days)[0]
        np.testing.assert_array_equal(alone, result.values[number, 0])


def test_rivals_may_watch_too():
    setup = SCENARIO.with_values({"companies.1.strategy": "remembers", "companies.2.strategy": "turncoat"})
    model = made("wary", setup)
    model.run_for(24 * DAYS)
    assert_same_world(model, through_the_engine("wary", setup))
    assert model.worlds.courses[1].decide.__self__.evenings == DAYS


# Mesa's clock


@pytest.mark.parametrize("day", [1, DAYS - 1])
def test_levers_pulled_by_mesas_clock_at_midnight_are_those_of_a_schedule(day):
    moves = {**NEUTRAL, **WHOLE_LEVERS["carer"]}
    model = made("silent")

    def change() -> None:
        model.focal_company.pull(**moves)

    model.schedule_event(change, at=24 * day)
    model.run_for(24 * DAYS)
    setup = SCENARIO.with_values({"schedule": {**schedules(), "later": [{"day": day, "strategy": "carer"}]}})
    assert_same_world(model, through_the_engine("later", setup))


def schedules() -> dict:
    return SCENARIO.model_dump()["schedule"]


@pytest.mark.parametrize("hour", [1, 30, 24 * DAYS - 1])
def test_levers_pulled_at_an_hour_act_from_that_hour_on(hour):
    model, by_hand, before = made("silent"), made("silent"), made("silent")

    def change() -> None:
        assert model.time == hour
        model.focal_company.pull(reply_capacity=20.0, empathy=1.0, deletion_rate=0.5)

    model.schedule_event(change, at=hour)
    for _ in range(hour):
        by_hand.step()
        before.step()
    by_hand.worlds.pull({0: {"reply_capacity": 20.0, "empathy": 1.0, "deletion_rate": 0.5}})
    model.run_until(hour)
    assert differences(model.state, before.state) == []
    assert model.focal_company.levers["empathy"] == 1
    assert before.focal_company.levers["empathy"] == 0
    model.run_until(24 * DAYS)
    while by_hand.running:
        by_hand.step()
    assert differences(model.state, by_hand.state) == []
    np.testing.assert_array_equal(daily(model), daily(by_hand))
    before.run_for(24 * DAYS - hour)
    if hour <= 30:
        assert differences(model.state, before.state) != []


def test_events_may_recur_and_stop():
    model = made("silent")
    seen = []

    def louder() -> None:
        seen.append(model.time)
        model.companies[0].pull(posts_per_day=len(seen) / 4)

    model.schedule_recurring(louder, Schedule(interval=36, start=24, count=3))
    model.run_for(24 * DAYS)
    assert seen == [24, 60, 96]
    assert model.worlds.wanted.posts_per_day[0] == 0.75


def test_what_is_pulled_is_scaled_to_the_budget():
    model = made("silent")
    model.focal_company.pull(paid_reach=10.0)
    assert 0 < model.focal_company.levers["paid_reach"] < 10
    assert model.worlds.wanted.paid_reach[0] == 10
    assert model.worlds.funded[0] < 1


@pytest.mark.parametrize(
    ("levers", "piece"),
    [
        ({"empaty": 1.0}, "did you mean empathy"),
        ({"empathy": 2.0}, r"must lie in 0\.\.1"),
        ({"seed_rule": 0.5}, "0 or 1"),
    ],
)
def test_a_wrong_lever_is_refused_and_changes_nothing(levers, piece):
    model = made("carer")
    before = [company.levers for company in model.companies]
    with pytest.raises(ValueError, match=piece):
        model.focal_company.pull(apology=1.0, **levers)
    assert [company.levers for company in model.companies] == before


def test_one_company_pulls_its_own_levers_only():
    model = made("carer")
    before = [company.levers for company in model.companies]
    model.companies[2].pull(posts_per_day=0.0, claim=0.0)
    after = [company.levers for company in model.companies]
    assert after[:2] == before[:2]
    assert after[2] != before[2]


# pickling and copying in mid-run


@pytest.mark.parametrize("strategy", KINDS)
@pytest.mark.parametrize("hour", [24 * 2, 24 * 3 + 13])
def test_pickled_in_mid_run_it_goes_on_as_one_run(strategy, hour):
    model = made(strategy)
    model.run_for(hour)
    resumed = pickle.loads(pickle.dumps(model))
    resumed.run_for(24 * DAYS - hour)
    assert_same_world(resumed, reference(strategy))
    assert model.time == hour


def test_what_a_strategy_remembers_is_each_copys_own():
    model = made("remembers")
    model.run_for(24 * 3)
    twin = copy.deepcopy(model)
    twin.run_for(24 * 2)

    def memory(one: InfluenceModel) -> int:
        return one.worlds.courses[0].decide.__self__.evenings

    assert (memory(model), memory(twin)) == (3, 5)
    assert catalogue.known()["remembers"].evenings == 0


# views


@cache
def finished() -> InfluenceModel:
    model = InfluenceModel(SCENARIO, strategy="carer", rng=SEED, graph=graph())
    model.run_for(24 * DAYS)
    return model


def test_agents_by_type_are_companies_and_the_population():
    by_type = finished().agents_by_type
    assert set(by_type) == {Company, ConsumerPopulation}
    assert by_type[Company].to_list() == finished().companies
    assert by_type[Company].get("name") == SCENARIO.company_names
    by_type[Company].shuffle().do("measure", "loyalty")


def test_the_frame_has_every_column_of_consumers():
    frame = finished().consumers.to_frame()
    personal = [name for name, column in COLUMNS.items() if column.of == "consumer"]
    personal.remove("customer_of")
    views, state = finished().state.views(), finished().state
    expected = [*views, *personal]
    assert frame.columns.tolist() == ["consumer", "label", "company", *expected, "is_customer"]
    assert {"ask_fatigue", "boycott_until", "hollow", "contributed", "scepticism", "boycott_threshold"} <= set(frame)
    people = len(finished().consumers)
    assert len(frame) == 3 * people
    columns = {name: values.ravel() for name, values in views.items()}
    columns |= {name: np.tile(getattr(state, name)[0], 3) for name in personal}
    for name, values in columns.items():
        np.testing.assert_array_equal(frame[name].to_numpy(), values)
        assert frame[name].dtype == values.dtype
    assert frame["ask_fatigue"].max() > 0
    assert frame["boycott_until"].max() > 0


def test_a_view_shows_the_same_as_the_frame():
    frame = finished().consumers.to_frame().set_index(["consumer", "company"])
    for number in (0, 7, -1):
        consumer = finished().consumers[number]
        for company in finished().companies:
            row = frame.loc[(consumer.number, company.name)]
            view = consumer.view_of(company)
            assert view.keys() == finished().state.views().keys()
            assert all(value == row[name] for name, value in view.items())
            assert row["is_customer"] == (consumer.company is company)


def test_a_table_of_the_frame_can_be_kept():
    frame = finished().consumers.to_frame()
    before = finished().state.trust.copy()
    frame["trust"] = 0.0
    frame.loc[:, "scepticism"] = 0.0
    np.testing.assert_array_equal(finished().state.trust, before)
    assert isinstance(frame, pd.DataFrame)


def test_the_collector_has_the_scalar_measures_of_the_model_and_of_each_company():
    focal = finished().datacollector.get_model_vars_dataframe()
    assert list(focal) == list(STANDARD)
    assert len(focal) == DAYS
    assert focal["hit"].sum() > 0
    assert focal["share_answered"].max() > 0
    values = finished().datacollector.get_agenttype_vars_dataframe(Company)
    assert list(values) == [f"company_{name}" for name in STANDARD]
    for name in ("boycotters", "unpaid", "funded", "response_time"):
        ours = values[f"company_{name}"].to_numpy().reshape(DAYS, 3)[:, 0]
        np.testing.assert_array_equal(ours, focal[name])


# Mesa's batch runner


def test_the_batch_runner_varies_keys_of_lists_and_strategies_of_every_kind(batch_run):
    rows = batch_run(
        InfluenceModel,
        {
            "scenario": SCENARIO,
            "graph": graph(),
            "strategy": ["turncoat", "remembers"],
            "incident__0__severity": [0.1, 0.9],
            "companies__0__budget": 50.0,
            "days": 4,
        },
        number_processes=1,
        rng=[SEED],
        max_steps=24 * 4,
        display_progress=False,
    )
    assert len(rows) == 2 * 2 * 3
    last_days: dict[tuple, np.ndarray] = {}
    for row in rows:
        setup = SCENARIO.with_values(
            {"incident.0.severity": row["incident__0__severity"], "companies.0.budget": 50.0, "days": 4}
        )
        key = (row["strategy"], row["incident__0__severity"])
        if key not in last_days:
            found = compare(setup, [row["strategy"]], replicates=1, seed=SEED, graph=graph(), counterfactual=False)
            last_days[key] = found.values[0, 0, :, -1]
        last = last_days[key]
        for name in ("loyalty", "trust", "complaints", "spend", "funded"):
            assert row[name] == last[0, STANDARD.index(name)]
            assert row[f"company_{name}"] == last[row["AgentID"] - 1, STANDARD.index(name)]
    assert len({last.tobytes() for last in last_days.values()}) == 4
