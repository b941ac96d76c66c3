"""Laws of any world: whoever follows whom, whatever companies do, whatever goes wrong, whatever the constants are.

Worlds are drawn: a graph, companies with levers and schedules, incidents of all kinds, constants over their ranges. The
laws of the other files are put to one world each in which everything happens.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from snapshots import own_messages, snapshot, unequal
from test_isolation import renumbered
from worlds import WHOLE_LEVERS, fork, make, waiting_in, whole, write

from influence_sim import InfluenceModel, Scenario
from influence_sim.agents import Company
from influence_sim.core.campaign import campaign
from influence_sim.core.engine import Engine
from influence_sim.core.graph import Graph
from influence_sim.core.levers import LEVERS, NEUTRAL
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.parameters import ORIGINS, Parameters
from influence_sim.core.propagation import sharing_probability, transmit
from influence_sim.core.publishing import publish
from influence_sim.core.state import COLUMNS
from influence_sim.experiment import compare
from influence_sim.experiment.runner import World, prepare
from influence_sim.networks import erdos_renyi, heavy_tailed, small_world, stochastic_block
from influence_sim.scenario_tables import INCIDENT_KINDS

few = settings(derandomize=True, deadline=None, max_examples=20)
lots = st.randoms(use_true_random=True)
"""All that a law draws comes from one seed; Hypothesis itself would vary few worlds rather than draw many."""

MINDS = [name for name, column in COLUMNS.items() if column.of in ("cell", "consumer", "taste")]
DIAGNOSTIC_NAMES = tuple(measure.name for measure in DIAGNOSTICS)


# what is drawn


class Setup(NamedTuple):
    """A scenario with its graph, and the strategies that it knows and whose focal company may follow."""

    scenario: Scenario
    graph: Graph
    strategies: tuple[str, ...]


def some(lots: Random, values: Any, most: int) -> list[Any]:
    """Return up to so many of some values, each once."""
    return lots.sample(values, lots.randint(0, min(most, len(values))))


def drawn_graph(lots: Random) -> Graph:
    """A graph of a generator or of any arcs, whose people bear their names in its labels."""
    nodes, degree, seed = lots.choice((12, 30, 50, 75)), lots.choice((1, 3, 6)), lots.randrange(1000)
    match lots.choice(("arcs", "heavy", "random", "small world", "blocks")):
        case "arcs":
            source, target = ([lots.randrange(nodes) ** 2 // nodes for _ in range(degree * nodes)] for _ in range(2))
            graph = Graph.from_arcs(source, target, nodes)
        case "heavy":
            graph = heavy_tailed(nodes, degree, seed)
        case "random":
            graph = erdos_renyi(nodes, degree, seed)
        case "small world":
            graph = small_world(nodes, 2 * (1 + degree // 2), seed)
        case _:
            graph = stochastic_block([nodes // 2, nodes - nodes // 2], [[0.2, 0.02], [0.05, 0.3]], seed)
    return replace(graph, labels=np.array([f"p{number}" for number in range(nodes)], object))


LARGE = {
    **{"posts_per_day": 4.0, "paid_reach": 1.5, "influencer_seeds": 100.0, "reply_capacity": 40.0},
    **{"ask_period": 3.0, "survey_period": 3.0, "survey_latency": 3.0, "survey_size": 600.0, "lead_time": 3.0},
    **{"astroturf_posts": 60.0, "deletion_delay": 12.0},
}
"""Values of levers that are large enough for a few days and some dozens of people."""

SOON = {"ask_period": 1.0, "survey_period": 2.0, "survey_latency": 1.0, "lead_time": 1.0}
CARER = {**WHOLE_LEVERS["carer"], **SOON, "prevention": 0.9}
FAKER = {**WHOLE_LEVERS["faker"], **SOON, "astroturf_posts": 40.0}


def drawn_levers(lots: Random) -> dict[str, float]:
    """Levers of a company that does nothing, or nearly everything, some of them moved."""
    levers = dict(lots.choice(({}, CARER, FAKER)))
    for name in some(lots, sorted(LEVERS), 10):
        lever = LEVERS[name]
        eighths = lots.choice((0, 8)) if lever.unit == "0 or 1" else lots.randint(0, 8)
        levers[name] = max(lever.low, LARGE.get(name, lever.high) * eighths / 8)
    return levers


LIVELY = {
    **whole().parameters,
    **{"need_interval": 2.0, "base_reproduction": 0.8, "lag_plateau": 900.0, "voice_spread": 12.0},
    **{"answering": 1.0, "fan_loyalty": 0.5, "fan_attitude": 0.0, "improvement_period": 2.0, "fake_detection": 1.0},
    **{"voice_intercept": 0.0, "failure_severity": 0.45, "visibility": 0.7, "attention": 1.0},
    "prevention_effect": 1.0,
}
"""Constants that make much happen in a few days."""

OTHERS = sorted(set(ORIGINS) - {"need_interval", "need_shape"})


def drawn_constants(lots: Random) -> dict[str, float]:
    """The lively constants, some of them moved: to an end of their range, its middle, or where they are off."""
    constants = dict(LIVELY)
    for name in some(lots, OTHERS, 12):
        origin, default = ORIGINS[name], getattr(Parameters(), name)
        high = origin.high if origin.high <= 100 else 3 * default
        off = default if origin.neutral is None else origin.neutral
        constants[name] = float(lots.choice((default, off, origin.low, (origin.low + high) / 2, high)))
    return constants


def drawn_incident(lots: Random, graph: Graph, companies: list[str], days: int) -> dict[str, Any]:
    """An incident of any kind, at set times or at random, of customers, everybody or some people."""
    incident: dict[str, Any] = {
        "kind": lots.choice(sorted(INCIDENT_KINDS)),
        "company": lots.choice(companies),
        "day": lots.randrange(days),
        "severity": lots.choice((0.0, 0.1, 0.8, 1.0)),
    }
    if lots.random() < 0.6:
        incident["hit_share"] = lots.choice((0.0, 0.5, 1.0))
    elif lots.random() < 0.5:
        incident["hit"] = some(lots, graph.labels.tolist(), 5)
    if lots.random() < 0.5:
        return incident | {"duration_days": lots.randint(1, 3), "per_year": lots.choice((50.0, 300.0))}
    room = days - incident["day"]
    incident["duration_days"] = lots.randint(1, room)
    if room > incident["duration_days"]:
        incident |= {"repeats": 2, "every_days": lots.randint(1, room - incident["duration_days"])}
    return incident


def drawn(lots: Random, **fixed: Any) -> Setup:
    """A small scenario and its graph; ``fixed`` are values of the scenario by dotted key."""
    graph = drawn_graph(lots)
    days, attributes = lots.randint(2, 4), lots.randint(1, 3)
    names = ["focal", "rival", "third"][: lots.randint(1, 3)]
    known = ("one", "other", "changing", "broadcast", "dialogue", "insincere", "opaque")
    scenario = Scenario.of(
        {
            "days": days,
            "burn_in_days": lots.randint(0, 1),
            "step_hours": lots.choice((1.0, 2.0, 4.0, 6.0, 24.0)),
            "attributes": attributes,
            "companies": [
                {
                    "name": name,
                    "strategy": lots.choice(("one", "other", *known)),
                    "failure_rate": lots.choice((0.0, 0.3, 1.0)),
                    "product": [lots.choice((-0.5, 0.0, 0.3)) for _ in range(attributes)],
                    "budget": lots.choice((0.0, 100.0, 400.0, 1e5)),
                }
                for name in names
            ],
            "incident": [drawn_incident(lots, graph, names, days) for _ in range(lots.randint(0, 3))],
            "levers": {name: drawn_levers(lots) for name in ("one", "other")},
            "schedule": {"changing": [{"day": 1, "strategy": "one"}, {"day": days - 1, "levers": {"sincerity": 0.1}}]},
            "parameters": drawn_constants(lots),
        }
    ).with_values(fixed)
    note(f"{scenario!r} on {graph.name}")
    return Setup(scenario, graph, known)


def rows_of(setup: Setup) -> dict[str, dict[str, float]]:
    """Return the levers of all strategies that are but levers."""
    return {name: dict(setup.scenario.strategy(name).levers) for name in setup.strategies if name != "changing"}


def without(setup: Setup, levers: tuple[str, ...], **values: Any) -> Setup:
    """The same, but that nobody pulls some levers."""
    neutral = {lever: NEUTRAL[lever] for lever in levers}
    idle = {name: {**row, **neutral} for name, row in rows_of(setup).items()}
    return setup._replace(scenario=setup.scenario.with_values({"levers": idle, **values}))


def started(setup: Setup, worlds: tuple[World, ...] = (World(None, 0),), **options: Any) -> Engine:
    """An engine at the beginning of the comparison, which notes every purchase."""
    scenario, graph, _ = setup
    engine = prepare(scenario, scenario.setting(graph), worlds, **{"seed": 1, "measures": STANDARD, **options})
    engine.worlds.purchases = []
    return engine


def run(setup: Setup, worlds: tuple[World, ...] = (World(None, 0),), **options: Any) -> Engine:
    engine = started(setup, worlds, **options)
    engine.run_days(setup.scenario.days)
    return engine


def test_the_drawn_worlds_are_lively():
    """Every kind of message, of incident and of levers occurs in them, or the laws would prove nothing about it."""
    kinds, incident_kinds, happened = set(), set(), dict.fromkeys(DIAGNOSTIC_NAMES + STANDARD, 0.0)

    @given(lots)
    @settings(few, max_examples=40)
    def look(lots: Random) -> None:
        setup = drawn(lots)
        engine = run(setup, measures=DIAGNOSTIC_NAMES + STANDARD)
        kinds.update(engine.worlds.messages.columns()["kind"].tolist())
        incident_kinds.update(incident.kind for incident in setup.scenario.incident)
        for name, values in zip(engine.recorded, np.moveaxis(engine.recorded_days(0), -1, 0), strict=True):
            happened[name] += np.nansum(np.abs(values))

    look()
    assert kinds == set(Kind)
    assert incident_kinds == set(INCIDENT_KINDS)
    assert [name for name, total in happened.items() if not total] == []


# consumers' numbers are labels


def relabelled(graph: Graph, new_number: np.ndarray, nodes: int | None = None) -> Graph:
    """The same people, ties, ids and labels under other numbers; further numbers belong to people without ties."""
    other = renumbered(graph, new_number, nodes)
    labels = np.array([f"new {number}" for number in range(other.nodes)], object)
    labels[new_number] = graph.labels
    return replace(other, labels=labels)


def purchases(engine: Engine, new_number: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Day, world, consumer under the new number, and company of every purchase."""
    noted = engine.worlds.purchases or []
    return sorted(
        (day, *event)
        for day, world, consumer, company in noted
        for event in zip(world.tolist(), new_number[consumer].tolist(), company.tolist(), strict=True)
    )


def assert_same_messages(one: Engine, other: Engine, new_number: np.ndarray, exactly: bool) -> None:
    """The same messages, if their authors had the other numbers; what newcomers say is left out."""
    tables = [own_messages(engine, 0) for engine in (one, other)]
    author = tables[0]["author"]
    tables[0]["author"] = np.where(author < 0, -1, new_number[author])
    of_old = np.isin(tables[1]["author"], [-1, *new_number])
    tables[1] = {name: column[of_old] for name, column in tables[1].items()}
    if not of_old.all():
        # Newcomers may pass on what the company posts, to nobody.
        del tables[0]["children"]
    for name, column in tables[0].items():
        if exactly or column.dtype.kind != "f":
            np.testing.assert_array_equal(column, tables[1][name], err_msg=name)
        else:
            np.testing.assert_allclose(column, tables[1][name], rtol=1e-5, atol=1e-6, err_msg=name)


def assert_same_minds(one: Engine, other: Engine, new_number: np.ndarray, exactly: bool) -> None:
    for name in MINDS:
        mine, theirs = (getattr(engine.worlds.state, name) for engine in (one, other))
        if exactly or COLUMNS[name].dtype != "f4":
            np.testing.assert_array_equal(mine, theirs[:, new_number], err_msg=name)
        else:
            np.testing.assert_allclose(mine, theirs[:, new_number], rtol=1e-4, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("exactly", [False, True])
@given(lots=lots)
@settings(few, max_examples=15)
def test_relabelling_people_changes_labels_only(lots, exactly):
    """Sums over peers, and over those who are asked, are made in another order: only their last bits differ."""
    setup = drawn(lots)
    if exactly:
        setup = without(setup, ("ask_period", "survey_period"), **{"parameters.peer_rate": 0.0})
    new_number = np.array(lots.sample(range(setup.graph.nodes), setup.graph.nodes))
    one, other = run(setup), run(setup._replace(graph=relabelled(setup.graph, new_number)))
    assert purchases(one, new_number) == purchases(other, np.arange(new_number.size))
    assert_same_messages(one, other, new_number, exactly)
    assert_same_minds(one, other, new_number, exactly)
    np.testing.assert_array_equal(one.worlds.switches, other.worlds.switches)
    for mine, theirs in zip(one.history, other.history, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


# an isolated consumer changes nobody else


SHARED = ("reply_capacity", "listening", "survey_period", "astroturf_posts", "influencer_seeds")
"""Levers whose effect is shared by all: staff, what is learnt, and where fakes and paid mouths stand."""


def places(lots: Random, graph: Graph, newcomers: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the old people stand among the newcomers, in their old order, and where the newcomers do."""
    everywhere = range(graph.nodes + newcomers)
    old = np.array(sorted(lots.sample(everywhere, graph.nodes)))
    return old, np.setdiff1d(everywhere, old)


@given(lots)
@few
def test_people_without_ties_change_nobody_else(lots):
    """They live like the others. So nobody answers, listens or runs out of money: there all are in one queue."""
    setup, newcomers = drawn(lots), lots.randint(1, 30)
    rich = {f"companies.{place}.budget": 1e6 for place in range(len(setup.scenario.companies))}
    setup = without(setup, SHARED, **rich)
    old, new = places(lots, setup.graph, newcomers)
    one, other = run(setup), run(setup._replace(graph=relabelled(setup.graph, old, setup.graph.nodes + newcomers)))
    assert one.worlds.funded.min() == other.worlds.funded.min() == 1
    assert_same_minds(one, other, old, exactly=True)
    assert set(purchases(one, old)) <= set(purchases(other, np.arange(old.size + new.size)))
    assert_same_messages(one, other, old, exactly=True)


def halved(setup: Setup) -> Scenario:
    """The scenario with half as much of everything that is per 1,000 consumers."""
    scenario = setup.scenario
    half = {
        **{f"companies.{place}.budget": company.budget for place, company in enumerate(scenario.companies)},
        **{f"costs.{name}": getattr(scenario.costs, name) for name in ("post", "impression", "listening")},
        **{f"costs.{name}": getattr(scenario.costs, name) for name in ("improvement", "prevention")},
        **{f"parameters.{name}": scenario.parameters[name] for name in ("spam_rate", "fixes_half")},
    }
    levers = {of: {**row, "reply_capacity": row.get("reply_capacity", 0) / 2} for of, row in rows_of(setup).items()}
    return scenario.with_values({"levers": levers, **{key: value / 2 for key, value in half.items()}})


PLANNED_BY_HEAD = ("ask_period", "survey_period", "reward_value", "astroturf_posts", "influencer_seeds")


@given(lots)
@few
def test_if_all_is_halved_per_head_as_many_people_who_need_nothing_change_nobody(lots):
    """Now companies answer, listen and learn within their budgets; halves and doubles are exact.

    The newcomers are nobody's customers, so what is news to everybody, and what is planned by the head, is left out;
    so are paid mouths and fakes, which might become theirs.
    """
    setup = drawn(lots, **{"burn_in_days": 0, "parameters.fixes_half": 5.0})
    news = {
        f"incident.{place}.kind": "delay"
        for place, incident in enumerate(setup.scenario.incident)
        if incident.kind == "scandal"
    }
    setup = without(setup, PLANNED_BY_HEAD, **news)
    old, new = places(lots, setup.graph, setup.graph.nodes)
    larger = Setup(halved(setup), relabelled(setup.graph, old, 2 * setup.graph.nodes), setup.strategies)
    one, other = started(setup), started(larger)
    other.worlds.state.need_rate[:, new] = 0
    other.worlds.state.customer_of[:, new] = other.worlds.size.companies
    for engine in (one, other):
        engine.run_days(setup.scenario.days)
    assert purchases(one, old) == purchases(other, np.arange(2 * old.size))
    assert_same_messages(one, other, old, exactly=True)
    assert_same_minds(one, other, old, exactly=True)
    for name in set(COLUMNS) - set(MINDS):
        mine, theirs = (getattr(engine.worlds.state, name) for engine in (one, other))
        np.testing.assert_array_equal(mine, theirs, err_msg=name)
    np.testing.assert_array_equal(one.worlds.funded, other.worlds.funded)


# more never reaches fewer


def exposed(worlds: Any) -> dict[tuple[int, int], float]:
    """Who is going to see which message, by their ids, and when."""
    due, message, reader = waiting_in(worlds.exposures, worlds.step + 24 * 70)
    ids = worlds.messages.id[message].tolist(), worlds.key(reader).tolist()
    return dict(zip(zip(*ids, strict=True), due.tolist(), strict=True))


def two(lots: Random, values: Any) -> list[Any]:
    """Return two of some values, the smaller first; they may be the same."""
    return sorted(lots.choices(values, k=2))


CHANCES = np.linspace(0.05, 1, 20).tolist()


@given(lots)
@few
def test_more_visibility_exposes_all_whom_less_exposes(lots):
    """To every post, share, ad and reply of a morning in mid-run, and at the same hours."""
    setup = drawn(lots)
    visibility, page, more_ads = two(lots, CHANCES), two(lots, CHANCES), lots.randint(0, 3)
    engine = started(setup)
    for _ in range(engine.worlds.setting.steps_per_day * lots.randrange(setup.scenario.days)):
        engine.step()
    found = []
    for v, on_page, reach in zip(visibility, page, (0, more_ads), strict=True):
        worlds = fork(engine.worlds)
        worlds.parameters = replace(worlds.parameters, visibility=v, page_visibility=on_page)
        worlds.levers = replace(worlds.levers, paid_reach=worlds.levers.paid_reach + reach / 2)
        campaign(worlds)
        publish(worlds)
        # Whatever has been written so far might be shown to others too.
        everything = np.flatnonzero(worlds.messages.columns()["author"] >= 0)
        transmit(worlds, everything, v, worlds.messages.born[everything])
        found.append(exposed(worlds))
        table = worlds.messages.columns()
        ads = set(table["id"][table["kind"] == Kind.AD].tolist())
    fewer, more = found
    assert fewer.keys() <= more.keys()
    # Of more ads the same one comes earlier in the day.
    assert all(more[pair] == due or (pair[0] in ads and more[pair] < due) for pair, due in fewer.items())


CASCADE = {
    **{"attention": 1e9, "inciter_share": 0, "fan_rebuttal": 0, "lag_limit": 1, "lag_plateau": 900},
    **{"peer_rate": 0, "boycott_days": 0},
}
"""What makes cascades independent ones: nobody misses anything, and arousal is handed on as it is."""


@given(lots)
@settings(few, max_examples=40)
def test_in_an_independent_cascade_more_reaches_a_superset(lots):
    """As visible or more so, as likely to be shared or likelier: who passes on a post does so again."""
    graph, seed = drawn_graph(lots), lots.randrange(10**6)
    assume(graph.arcs)
    (low, high), (rarely, often) = two(lots, CHANCES), two(lots, CHANCES)
    cool, hot = two(lots, (0, 1, 2, 3, 10))
    runs = []
    # p₀ is divided by the visibility.
    for v, base, heat in ((low, rarely * 0.999 * low / high, cool), (high, often, hot)):
        chances = {"visibility": v, "base_reproduction": base, "arousal_sharing": heat}
        worlds = make(graph, seed=seed, step_hours=6, **CASCADE, **chances)
        worlds.state.need_rate[:] = 0
        everybody = np.arange(graph.nodes)
        posts = write(worlds, Kind.COMPLAINT, everybody, channel=Channel.PEER, valence=-0.5, arousal=0.5)
        worlds.voices.put(0, np.zeros(posts.size), posts.astype(np.int32))
        runs.append(Engine(worlds))
    less, more = (engine.worlds for engine in runs)
    assume(sharing_probability(less) <= sharing_probability(more))
    for engine in runs:
        while engine.worlds.exposures or engine.worlds.voices:
            engine.step()
    shares = [set(worlds.messages.columns()["id"].tolist()) for worlds in (less, more)]
    assert shares[0] <= shares[1]


# neighbours, batches, processes, recording


def drawn_batch(lots: Random, setup: Setup, most: int = 4) -> tuple[World, ...]:
    """Worlds that differ in strategy, replicate and fate, in any order; some may be the same twice."""
    return tuple(
        World(lots.choice((None, *setup.strategies)), lots.randrange(3), lots.random() < 0.3)
        for _ in range(lots.randint(2, most))
    )


def gathered(engine: Engine, place: int) -> dict[str, Any]:
    """All there is to know about a world but what was recorded."""
    found = snapshot(engine, place)
    del found["history"]
    return found


@given(lots)
@settings(few, max_examples=15)
def test_a_world_ignores_its_neighbours_their_order_and_what_is_recorded(lots):
    setup = drawn(lots)
    worlds = drawn_batch(lots, setup)
    order, place = lots.sample(range(len(worlds)), len(worlds)), lots.randrange(len(worlds))
    recorded = ("sales", *some(lots, (*STANDARD[:10], *DIAGNOSTIC_NAMES), 12))
    together = run(setup, worlds)
    shuffled = run(setup, tuple(worlds[place] for place in order), measures=recorded)
    alone = run(setup, (worlds[place],))
    assert unequal(snapshot(together, place), snapshot(alone, 0)) == []
    assert unequal(gathered(shuffled, order.index(place)), gathered(alone, 0)) == []
    for name in set(recorded) & set(STANDARD):
        mine = alone.recorded_days(0)[0, ..., STANDARD.index(name)]
        theirs = shuffled.recorded_days(0)[order.index(place), ..., recorded.index(name)]
        np.testing.assert_array_equal(mine, theirs, err_msg=name)


def assert_jobs_and_batches_are_irrelevant(lots: Random, jobs: int) -> None:
    setup = drawn(lots)
    names = lots.sample(setup.strategies, 2)
    options = {"replicates": 2, "seed": 3, "graph": setup.graph}
    expected = compare(setup.scenario, names, **options)
    found = compare(
        setup.scenario, names, jobs=jobs, batch=lots.randint(1, 8), keep_messages=lots.random() < 0.5, **options
    )
    np.testing.assert_array_equal(found.values, expected.values, strict=True)
    np.testing.assert_array_equal(found.switches, expected.switches)
    for one, other in ((found.storms, expected.storms), (found.cascades, expected.cascades)):
        for name in other:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    if expected.spared is not None:
        np.testing.assert_array_equal(found.spared, expected.spared, strict=True)


@given(lots)
@settings(few, max_examples=8)
def test_the_size_of_batches_is_irrelevant(lots):
    assert_jobs_and_batches_are_irrelevant(lots, jobs=1)


@given(lots)
@settings(few, max_examples=3)
def test_the_number_of_processes_is_irrelevant(lots):
    assert_jobs_and_batches_are_irrelevant(lots, jobs=2)


# two halves are a whole


@given(lots)
@settings(few, max_examples=12)
def test_two_halves_with_a_pickle_between_are_one_run(lots):
    setup = drawn(lots)
    worlds = drawn_batch(lots, setup, most=2)
    steps = setup.scenario.days * round(24 / setup.scenario.step_hours)
    half = lots.randint(0, steps)
    whole_run, first = started(setup, worlds), started(setup, worlds)
    for _ in range(steps):
        whole_run.step()
    for _ in range(half):
        first.step()
    second = pickle.loads(pickle.dumps(first))
    for engine in (second, first):
        for _ in range(steps - half):
            engine.step()
        for place in range(len(worlds)):
            assert unequal(snapshot(engine, place), snapshot(whole_run, place)) == []


@given(lots)
@settings(few, max_examples=8)
def test_two_halves_of_a_model_are_one_run(lots):
    setup = drawn(lots, step_hours=1.0)
    strategy = lots.choice((None, *setup.strategies))
    half = lots.randrange(1, 24 * setup.scenario.days)
    models = [InfluenceModel(setup.scenario, strategy=strategy, rng=4, graph=setup.graph) for _ in range(2)]
    models[0].run_for(24 * setup.scenario.days)
    models[1].run_for(half)
    second = pickle.loads(pickle.dumps(models[1]))
    assert models[1].time == second.time == half
    second.run_for(24 * setup.scenario.days - half)
    one, other = (model.datacollector.get_agenttype_vars_dataframe(Company) for model in (models[0], second))
    np.testing.assert_array_equal(one.to_numpy(float), other.to_numpy(float))
    assert unequal(snapshot(models[0]._engine, 0), snapshot(second._engine, 0)) == []
