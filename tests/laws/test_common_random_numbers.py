"""Worlds that differ in one thing share every other accident, and more of something never hits fewer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from worlds import BUSY_STRATEGIES, busy, fork, make, random_graph, waiting_in, write

from influence_sim.core.campaign import advertise, post_on_page
from influence_sim.core.engine import Engine
from influence_sim.core.levers import Levers
from influence_sim.core.measures import STANDARD
from influence_sim.core.messages import Kind
from influence_sim.core.propagation import transmit
from influence_sim.core.setting import Incident
from influence_sim.core.state import COLUMNS
from influence_sim.experiment import compare
from influence_sim.experiment.runner import World, prepare

SEED = 5
STRATEGIES = (*BUSY_STRATEGIES, "silent")
DAY_OF_INCIDENT = busy().incident.day


@cache
def graph():
    return busy().graph()


def days_of(scenario, strategies=STRATEGIES):
    """The daily values of one replicate, shape (strategies, 1, companies, days, measures)."""
    return compare(scenario, strategies, replicates=1, seed=SEED, graph=graph()).values


def by_world(column, of, worlds):
    return column.reshape(worlds, -1, *column.shape[1:]) if of in ("cell", "row", "product") else column


# before strategies diverge


def test_worlds_of_all_strategies_leave_the_burn_in_identical():
    worlds = [World(name, 0) for name in STRATEGIES]
    made = prepare(busy(), busy().setting(graph()), worlds, seed=SEED, measures=STANDARD)
    for name, column in COLUMNS.items():
        values = by_world(getattr(made.worlds.state, name), column.of, len(worlds))
        for other in values[1:]:
            np.testing.assert_array_equal(other, values[0], err_msg=name)
    table = made.worlds.messages.columns()
    world = made.worlds.world_of_row[table["row"]]
    said = [set(table["id"][world == place].tolist()) for place in range(len(worlds))]
    assert len(said[0]) > 300
    assert all(ids == said[0] for ids in said)
    levers = made.worlds.levers.reply_capacity.reshape(len(worlds), -1)
    assert len(set(levers[:, 0])) > 1, "the strategies do not differ afterwards"


def test_a_strategy_is_felt_only_after_its_first_act():
    """Posts and ads decided on in the first evening appear on the second day; until then only the bill differs."""
    values = days_of(busy(), ("broadcast", "silent"))
    money = [STANDARD.index(name) for name in ("spend", "profit", "funded")]
    rest = [place for place in range(len(STANDARD)) if place not in money]
    broadcast, silent = values[..., rest]
    np.testing.assert_array_equal(broadcast[..., 0, :], silent[..., 0, :])
    assert not np.array_equal(broadcast[..., 1, :], silent[..., 1, :], equal_nan=True)


# the incident


@pytest.mark.parametrize(
    "change",
    [
        {"incident": None},
        {"incident.severity": 0.2},
        {"incident.hit_share": 0.1},
        {"incident.company": "loud"},
        {"incident.duration_days": 1},
        {"incident.day": DAY_OF_INCIDENT + 2},
    ],
    ids=lambda change: next(iter(change.items())),
)
def test_an_incident_changes_nothing_before_its_day(change):
    strategies = "everything", "silent"
    with_it, without = days_of(busy(), strategies), days_of(busy(change), strategies)
    np.testing.assert_array_equal(with_it[..., :DAY_OF_INCIDENT, :], without[..., :DAY_OF_INCIDENT, :])
    for one, other in zip(with_it, without, strict=True):
        assert not np.array_equal(one[..., DAY_OF_INCIDENT:, :], other[..., DAY_OF_INCIDENT:, :], equal_nan=True)


@pytest.mark.parametrize("change", [{"incident.hit_share": 0.0}, {"incident.severity": 0.0}], ids=str)
def test_an_incident_that_hits_nobody_or_is_not_felt_is_none(change):
    np.testing.assert_array_equal(
        days_of(busy(change), ("dialogue",)), days_of(busy({"incident": None}), ("dialogue",))
    )


DAY_HIT = 2


def hit_by(hit_share, duration=1):
    """Consumers of two worlds whose expectation an incident of company 0 has changed, as a mask."""
    incident = Incident(company=0, day=DAY_HIT, duration=duration, hit_share=hit_share, severity=0.7)
    struck, spared = (
        make(random_graph(400), levers=({}, {}), replicates=2, need_interval=365, exit_intercept=-20, incident=what)
        for what in (incident, None)
    )
    for worlds in (struck, spared):
        Engine(worlds).run_days(DAY_HIT + duration)
    return (struck.state.expectation != spared.state.expectation)[[0, 2]]


@pytest.mark.parametrize("duration", [1, 3])
def test_a_larger_hit_share_hits_a_superset(duration):
    shares = 0.05, 0.2, 0.21, 0.6, 1.0
    masks = [hit_by(share, duration) for share in shares]
    for fewer, more in pairwise(masks):
        assert not (fewer & ~more).any()
    customers = masks[-1].sum()
    assert customers > 300
    for share, mask in zip(shares, masks, strict=True):
        error = (share * (1 - share) / customers) ** 0.5
        assert abs(mask.sum() / customers - share) <= 4 * error


def test_only_customers_are_hit():
    worlds = make(random_graph(400), levers=({}, {}), replicates=2, need_interval=365, exit_intercept=-20)
    Engine(worlds).run_days(DAY_HIT)
    np.testing.assert_array_equal(hit_by(1.0), worlds.state.customer_of == 0)


# monotone couplings


def readers_of(worlds, numbers, visibility):
    """Who is exposed to whose message, and when."""
    other = fork(worlds)
    transmit(other, numbers, visibility, other.messages.born[numbers])
    due, message, reader = waiting_in(other.exposures, 24 * 15)
    return {(m, r): d for d, m, r in zip(due.tolist(), message.tolist(), reader.tolist(), strict=True)}


def test_more_visibility_never_exposes_fewer_to_a_post():
    worlds = make(random_graph(300, 12), replicates=2, levers=({}, {}))
    numbers = write(worlds, Kind.COMPLAINT, np.arange(0, 300, 3), row=np.arange(100) % 4, valence=-0.5)
    seen = [readers_of(worlds, numbers, v) for v in (0.0, 0.1, 0.11, 0.35, 0.8, 1.0)]
    assert len(seen[0]) == 0
    for fewer, more in pairwise(seen):
        assert fewer.keys() < more.keys()
        # The same reader sees the same post at the same time.
        assert all(more[pair] == due for pair, due in fewer.items())


def test_visibility_is_the_share_of_arcs_that_transmit():
    worlds = make(random_graph(300, 12))
    numbers = write(worlds, Kind.COMPLAINT, np.repeat(np.arange(300), 10), valence=-0.5)
    arcs = worlds.graph.out_degree[np.repeat(np.arange(300), 10)].sum()
    full = len(readers_of(worlds, numbers, 1.0))
    for v in (0.05, 0.35, 0.9):
        share = len(readers_of(worlds, numbers, v)) / full
        assert abs(share - v) <= 4 * (v * (1 - v) / arcs) ** 0.5


@pytest.mark.parametrize("act", [advertise, post_on_page])
def test_more_broadcasting_never_reaches_fewer(act):
    worlds = make(random_graph(300), levers=({}, {}), replicates=2)
    reached = []
    for much in (0.0, 0.05, 0.3, 1.0, 1.4, 3.0):
        other = fork(worlds)
        other.set_levers(
            replace(Levers.stack([{}] * 4), paid_reach=np.full(4, much), posts_per_day=np.full(4, much * 2))
        )
        act(other)
        _, message, reader = waiting_in(other.exposures, 24 * 20)
        reached.append(set(zip(other.messages.id[message].tolist(), reader.tolist(), strict=True)))
    assert reached[0] == set()
    for fewer, more in pairwise(reached):
        assert fewer <= more
    assert 2 * len(reached[-3]) < len(reached[-1])


def test_worlds_of_different_replicates_share_nothing():
    """Monotone couplings and equal worlds would come cheaply if the draws ignored the world."""
    worlds = make(random_graph(400), replicates=2)
    state = worlds.state
    for name in ("taste", "need_rate", "follows"):
        one, other = getattr(state, name)
        same = np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1]
        assert abs(same) < 4 / one.size**0.5, name
