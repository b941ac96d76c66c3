"""The Mesa face shows the same world as the experiments do, and behaves as Mesa's tools expect."""

from __future__ import annotations

import copy
import pickle
from functools import cache

import mesa
import numpy as np
import pytest
from worlds import differences

from influence_sim import CATALOGUE, Scenario, ScenarioError
from influence_sim.agents import Company, Consumer, ConsumerPopulation
from influence_sim.core.graph import Graph
from influence_sim.core.measures import STANDARD
from influence_sim.experiment import compare
from influence_sim.experiment.results import Comparison
from influence_sim.model import InfluenceModel

DAYS = 4


def scenario(**changes):
    values = {
        "days": DAYS,
        "burn_in_days": 3,
        "network": {"consumers": 150, "mean_degree": 8.0},
        "companies": [
            {"name": "left", "strategy": "broadcast"},
            {"name": "middle"},
            {"name": "right", "strategy": "dialogue"},
        ],
        "focal": "middle",
        "incident": {"day": 1, "hit_share": 0.8, "severity": 0.9},
        "parameters": {"need_interval": 5.0},
    }
    return Scenario.of(values).with_values(changes)


@cache
def graph():
    return scenario().graph()


def made(strategy="dialogue", rng=5, **options):
    return InfluenceModel(scenario(), strategy=strategy, rng=rng, **{"graph": graph(), **options})


@cache
def finished():
    model = made()
    model.run_for(24 * DAYS)
    return model


def daily(model):
    """Measures of all companies at the end of each day, shape (companies, days, measures)."""
    frame = model.datacollector.get_agenttype_vars_dataframe(Company)
    return frame.to_numpy(float).reshape(-1, len(model.companies), len(STANDARD)).swapaxes(0, 1)


# the same world


@pytest.mark.parametrize("strategy", ["dialogue", "broadcast", "silent"])
@pytest.mark.parametrize("seed", [0, 5, 2**40])
def test_a_model_is_replicate_0_of_a_comparison(strategy, seed):
    model = made(strategy, seed)
    model.run_for(24 * DAYS)
    expected = compare(scenario(), [strategy], replicates=1, seed=seed, graph=graph())
    np.testing.assert_array_equal(daily(model), expected.values[0, 0])
    focal = model.datacollector.get_model_vars_dataframe()
    np.testing.assert_array_equal(focal[list(STANDARD)].to_numpy(), expected.values[0, 0, expected.focal])
    assert np.nansum(expected.values[..., STANDARD.index("complaints")]) > 0


def test_a_model_is_one_world_among_many():
    expected = compare(scenario(), ["broadcast", "dialogue"], replicates=3, seed=5, graph=graph())
    np.testing.assert_array_equal(daily(finished()), expected.values[1, 0])


def test_left_out_the_strategy_is_the_scenarios_own():
    plain = InfluenceModel(scenario(), rng=0, graph=graph())
    assert plain.focal_company.strategy == "silent"
    plain.run_for(24 * DAYS)
    np.testing.assert_array_equal(daily(plain), daily_of("silent", 0))


def test_left_out_the_seed_is_another_one_each_time():
    """Replicates without a seed must not be copies of one world."""
    one, other = (InfluenceModel(scenario(), graph=graph()) for _ in range(2))
    assert (one.state.need_rate != other.state.need_rate).any()


def daily_of(strategy, seed, **changes):
    return compare(scenario(**changes), [strategy], replicates=1, seed=seed, graph=graph()).values[0, 0]


def test_a_seed_decides_the_world():
    again, other = made(), made(rng=6)
    again.run_for(24 * DAYS)
    other.run_for(24 * DAYS)
    np.testing.assert_array_equal(daily(again), daily(finished()))
    assert not np.array_equal(daily(other), daily(finished()), equal_nan=True)


@pytest.mark.parametrize("step_hours", [0.5, 0.25])
def test_an_hour_may_have_several_steps_of_the_engine(step_hours):
    model = made(step_hours=step_hours)
    model.step()
    assert model.time == 1
    assert model.worlds.now == 24 * 3 + 1
    model.run_for(24 * DAYS - 1)
    np.testing.assert_array_equal(daily(model), daily_of("dialogue", 5, step_hours=step_hours))


def test_a_step_longer_than_an_hour_is_refused():
    with pytest.raises(ValueError, match="step_hours = 2"):
        made(step_hours=2.0)


# time


def test_a_step_is_an_hour():
    model = made()
    assert (model.time, model.day) == (0, 0)
    for hour in range(1, 50):
        before = model.worlds.now
        model.step()
        assert model.worlds.now - before == 1
        assert (model.time, model.day) == (hour, hour // 24)
        assert getattr(model, "steps", hour) == hour, "Mesa 4 counts time only"
        assert len(model.datacollector.model_vars["loyalty"]) == hour // 24


def test_run_for_and_run_until_advance_by_hours():
    by_steps, by_hours = made(), made()
    for _ in range(40):
        by_steps.step()
    by_hours.run_for(30)
    by_hours.run_until(40)
    assert by_hours.time == by_steps.time == 40
    assert differences(by_hours.state, by_steps.state) == []


def test_running_ends_after_the_scenarios_days():
    model = made()
    model.run_for(24 * DAYS - 1)
    assert model.running
    model.step()
    assert not model.running
    assert model.day == DAYS
    before = copy.deepcopy(model.state)
    model.step()
    model.run_for(48)
    assert model.day == DAYS
    assert len(model.datacollector.model_vars["loyalty"]) == DAYS
    assert differences(model.state, before) == []


def test_run_model_stops_by_itself():
    def overrun():
        raise AssertionError("the model does not stop")

    model = made()
    model.schedule_event(overrun, at=24 * DAYS + 2)
    model.run_model()
    assert model.time == 24 * DAYS
    np.testing.assert_array_equal(daily(model), daily(finished()))


def test_pickled_halfway_a_model_goes_on_as_if_nothing_had_happened():
    model = made()
    model.run_for(37)
    resumed = pickle.loads(pickle.dumps(model))
    assert (resumed.time, resumed.day) == (37, 1)
    resumed.run_for(24 * DAYS - 37)
    np.testing.assert_array_equal(daily(resumed), daily(finished()))
    assert differences(resumed.state, finished().state) == []
    assert (model.time, model.day) == (37, 1), "the original has not moved"
    model.run_for(2)
    assert model.time == 39


def test_copies_share_nothing():
    model = made()
    model.run_for(10)
    twin = copy.deepcopy(model)
    twin.run_for(50)
    assert (model.time, twin.time) == (10, 60)
    assert twin.companies[0].model is twin
    assert differences(model.state, twin.state) != []


# randomness


def test_nothing_is_drawn_from_mesas_generators():
    model = made(rng=5)
    model.run_for(24 * DAYS)
    list(model.consumers)
    model.consumers.to_frame()
    untouched = mesa.Model(rng=5)
    assert model.random.getstate() == untouched.random.getstate()
    assert model.rng.bit_generator.state == untouched.rng.bit_generator.state


def test_mesas_generators_move_nothing_in_the_world():
    model = made()
    for _ in range(24 * DAYS):
        model.random.random()
        model.rng.random(3)
        model.agents.shuffle()
        model.step()
    np.testing.assert_array_equal(daily(model), daily(finished()))


# agents


def test_companies_and_the_population_are_mesas_agents():
    model = made()
    assert model.agents_by_type[Company].to_list() == model.companies
    assert model.agents_by_type[ConsumerPopulation].to_list() == [model.consumers]
    assert len(model.agents) == 4
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    assert [company.name for company in model.companies] == ["left", "middle", "right"]
    assert [company.number for company in model.companies] == [0, 1, 2]
    assert model.focal_company is model.companies[1]


def test_a_company_shows_its_own_row():
    model = finished()
    for number, company in enumerate(model.companies):
        assert company.customers == (model.state.customer_of[0] == number).sum()
        assert company.failure_rate == model.state.failure_rate[number]
        np.testing.assert_array_equal(company.product, model.state.product[number])
        assert company.measure("customers") == company.customers
    assert [c.strategy for c in model.companies] == ["broadcast", "dialogue", "dialogue"]
    assert model.focal_company.levers["listening"] == CATALOGUE["dialogue"].levers["listening"]
    assert model.companies[0].levers["reply_capacity"] == 0
    assert "middle" in repr(model.focal_company)


def test_looking_at_a_company_changes_nothing():
    model = made()
    model.focal_company.product[:] = 99
    assert (model.state.product == 0).all()


def test_measures_are_those_of_yesterday():
    model = made()
    assert np.isnan(model.measure("loyalty"))
    assert np.isnan(model.companies[0].measure("trust"))
    model.run_for(25)
    expected = daily_of("dialogue", 5)
    assert model.measure("trust") == expected[1, 0, STANDARD.index("trust")]
    assert model.companies[2].measure("trust") == expected[2, 0, STANDARD.index("trust")]
    with pytest.raises(KeyError, match="there is no measure 'charm'"):
        model.measure("charm")


# consumers


def test_a_consumer_is_a_view_of_the_arrays():
    model = finished()
    assert len(model.consumers) == 150
    consumer = model.consumers[7]
    assert isinstance(consumer, Consumer)
    assert not isinstance(consumer, mesa.Agent)
    customer_of = model.state.customer_of[0, 7]
    assert consumer.company is (model.companies[customer_of] if customer_of < 3 else None)
    np.testing.assert_allclose(consumer.taste, model.state.demand[0] + model.state.taste[0, 7])
    arcs = slice(graph().offsets[7], graph().offsets[8])
    np.testing.assert_array_equal(consumer.followers, graph().followers[arcs])
    view = consumer.view_of(model.companies[2])
    assert view.keys() == model.state.views().keys()
    assert view["trust"] == model.state.trust[2, 7]
    assert consumer.label == 7


def test_consumers_are_counted_from_either_end():
    model = finished()
    assert model.consumers[-1] == model.consumers[149]
    assert [consumer.number for consumer in model.consumers] == list(range(150))
    for number in (150, -151):
        with pytest.raises(IndexError, match="there are 150"):
            model.consumers[number]


def test_a_view_sees_what_happens_later():
    model = made()
    consumer = model.consumers[3]
    before = [consumer.view_of(company) for company in model.companies]
    model.run_for(24 * DAYS)
    assert [consumer.view_of(company) for company in model.companies] != before


def test_all_consumers_stand_in_one_frame():
    model = finished()
    frame = model.consumers.to_frame()
    assert len(frame) == 150 * 3
    row = frame[(frame.consumer == 11) & (frame.company == "right")].iloc[0]
    for name in ("trust", "loyalty", "expectation", "adstock"):
        assert row[name] == getattr(model.state, name)[2, 11], name
    assert row.need_rate == model.state.need_rate[0, 11]
    assert row.is_customer == (model.state.customer_of[0, 11] == 2)
    counts = frame.groupby("company").is_customer.sum()
    assert counts.to_dict() == {company.name: company.customers for company in model.companies}
    frame.loc[:, "trust"] = 0
    assert model.state.trust.max() > 0


def test_labels_of_a_network_are_shown():
    ring = np.arange(20)
    labelled = Graph.from_arcs(ring, (ring + 1) % 20, 20, labels=np.array([f"p{n}" for n in ring], object))
    model = InfluenceModel(scenario(), graph=labelled)
    assert model.consumers[4].label == "p4"
    assert model.consumers.to_frame().label[:20].tolist() == [f"p{n}" for n in ring]


# collecting


def test_a_row_is_collected_at_the_end_of_each_day():
    frame = finished().datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(STANDARD)
    assert len(frame) == DAYS
    agents = finished().datacollector.get_agenttype_vars_dataframe(Company)
    assert list(agents.columns) == [f"company_{name}" for name in STANDARD]
    assert len(agents) == DAYS * 3
    hours = agents.index.get_level_values(0).unique().tolist()
    assert hours == [24 * (day + 1) for day in range(DAYS)]


# parameters


def test_values_of_the_scenario_can_be_replaced_by_dotted_keys():
    by_dots = made(**{"incident.severity": 0.5, "days": 2})
    by_underscores = made(incident__severity=0.5, days=2)
    assert by_dots.setup == by_underscores.setup
    assert by_dots.setup.incident[0].severity == 0.5
    by_dots.run_for(48)
    assert not by_dots.running


def test_a_scenario_may_be_named():
    model = InfluenceModel("quiet_year", network__consumers=60, burn_in_days=1, days=1)
    assert model.setup.name == "quiet_year"
    assert len(model.consumers) == 60


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"strategy": "charm"}, ValueError),
        ({"incident__severity": 2.0}, ScenarioError),
        ({"nonsense": 1}, ScenarioError),
    ],
)
def test_what_is_not_allowed_is_refused(options, error):
    with pytest.raises(error):
        made(**options)


# Mesa's batch runner


def test_mesas_batch_runner_runs_parameters_and_seeds(batch_run):
    rows = batch_run(
        InfluenceModel,
        {
            "scenario": [scenario()],
            "strategy": ["broadcast", "dialogue"],
            "incident__severity": [0.2, 0.9],
            "network__seed": 3,
        },
        number_processes=1,
        rng=[1, 2],
        max_steps=24 * DAYS,
        display_progress=False,
    )
    assert len(rows) == 2 * 2 * 2 * 3, "two strategies, severities and seeds, three companies"
    assert len({row["RunId"] for row in rows}) == 8
    comparisons: dict[tuple, Comparison] = {}
    for row in rows:
        assert row["Step"] == 24 * DAYS
        chosen = scenario(**{"incident.severity": row["incident__severity"], "network.seed": 3})
        key = (row["strategy"], row["incident__severity"], row["rng"])
        if key not in comparisons:
            comparisons[key] = compare(chosen, [row["strategy"]], replicates=1, seed=row["rng"], counterfactual=False)
        found = comparisons[key]
        last_day = found.values[0, 0, :, -1]
        for name in ("loyalty", "trust", "sales", "profit"):
            assert row[name] == last_day[found.focal, STANDARD.index(name)]
            assert row[f"company_{name}"] == last_day[row["AgentID"] - 1, STANDARD.index(name)]


def test_mesas_batch_runner_can_collect_every_day(batch_run):
    rows = batch_run(
        InfluenceModel,
        {"scenario": [scenario()], "graph": graph(), "strategy": "dialogue"},
        number_processes=1,
        rng=5,
        data_collection_period=1,
        max_steps=10_000,
        display_progress=False,
    )
    assert sorted({row["Step"] for row in rows}) == [24 * (day + 1) for day in range(DAYS)]
    expected = daily(finished())
    for row in rows:
        day, company = int(row["Step"]) // 24 - 1, row["AgentID"] - 1
        assert row["company_trust"] == expected[company, day, STANDARD.index("trust")]


def test_mesas_batch_runner_takes_a_scenario_as_one_value(batch_run):
    """Whatever can be iterated over is a list of values to Mesa; a scenario is one."""
    rows = batch_run(
        InfluenceModel,
        {"scenario": scenario(days=2), "graph": graph()},
        number_processes=1,
        rng=1,
        display_progress=False,
    )
    assert len(rows) == 3
