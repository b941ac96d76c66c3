"""Worlds that differ in one thing share every other accident, and more of something never hits fewer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from snapshots import own_state, snapshot, unequal
from worlds import (
    BUSY_STRATEGIES,
    WHOLE_LEVERS,
    busy,
    fork,
    isolates,
    make,
    random_graph,
    waiting_in,
    whole,
    write,
)

from influence_sim.core import arrivals
from influence_sim.core.campaign import advertise, post_on_page
from influence_sim.core.engine import Engine
from influence_sim.core.levers import Levers
from influence_sim.core.measures import DIAGNOSTICS, STANDARD
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.moderation import moderate
from influence_sim.core.propagation import transmit
from influence_sim.core.service import notice
from influence_sim.core.setting import Incident
from influence_sim.core.state import COLUMNS, Flag, has
from influence_sim.experiment import compare
from influence_sim.experiment.runner import World, prepare

SEED = 5
STRATEGIES = (*BUSY_STRATEGIES, "silent")
DAY_OF_INCIDENT = busy().incident[0].day


SHORT = {"burn_in_days": 3, "days": 9}


@cache
def graph():
    return busy().graph()


def days_of(scenario, strategies=STRATEGIES):
    """The daily values of one replicate, shape (strategies, 1, companies, days, measures)."""
    scenario = scenario.with_values(SHORT)
    return compare(scenario, strategies, replicates=1, seed=SEED, graph=graph(), counterfactual=False).values


def by_world(column, of, worlds):
    return column.reshape(worlds, -1, *column.shape[1:]) if of in ("cell", "row", "desk", "product") else column


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


# one lever more

BASE = {
    **{"posts_per_day": 1.0, "paid_reach": 0.1, "reply_capacity": 4.0, "listening": 1.0, "lead_time": 2.0},
    **{"action_share": 0.5, "improvement_capacity": 0.1, "survey_size": 200.0, "survey_latency": 2.0},
}

ONE_MORE = {
    "ask_period": (4.0, "asked"),
    "survey_period": (5.0, "surveyed"),
    "circle_back": (1.0, "updates"),
    "deletion_rate": (0.7, "deleted"),
    "outreach": (0.5, "cases"),
    "sincerity": (0.3, "seen_through"),
    "astroturf_posts": (4.0, "fakes"),
    "influencer_seeds": (10.0, "shares"),
    "public_replies": (0.0, "replies"),
    "compensation": (1.0, "replies"),
    "prevention": (1.0, "sales"),
    "reward_value": (1.0, "sales"),
    "page_open": (0.3, "sales"),
}
"""A lever, a value and the flow by which its first act is known."""


@cache
def one_more():
    """The engine of worlds that differ in one lever each, the first in none, and their states day by day."""
    levers = {"base": BASE, **{f"more {name}": {**BASE, name: value} for name, (value, _) in ONE_MORE.items()}}
    scenario = whole({"levers": {**WHOLE_LEVERS, **levers}, "budget": 1e5, "companies.0.budget": 1e5, **CALM})
    worlds = [World(name, 0) for name in levers]
    recorded = STANDARD + tuple(measure.name for measure in DIAGNOSTICS)
    made = prepare(scenario, scenario.setting(scenario.graph()), worlds, seed=SEED, measures=recorded)
    days = []
    made.run_days(scenario.days, lambda: days.append([own_state(made, place) for place in range(len(worlds))]))
    return made, days


CALM = {"network.consumers": 150, "burn_in_days": 3, "days": 10, "parameters.need_interval": 8.0}


def first_act(made, place, flow):
    """The first day on which as much of a flow as in the world without the lever has flowed, but not the same."""
    values = made.recorded_days(CALM["burn_in_days"])[:, 0, :, made.recorded.index(flow)]
    acts = np.flatnonzero(values[place] if flow in ("sales", "replies") else values[place] != values[0])
    return int(acts[0])


@pytest.mark.parametrize("name", ONE_MORE)
def test_a_lever_changes_nothing_before_its_first_act(name):
    """Money apart: a plan is paid for from the first morning on."""
    made, days = one_more()
    place = 1 + list(ONE_MORE).index(name)
    day = first_act(made, place, ONE_MORE[name][1])
    differ = [
        [column for column in COLUMNS if column != "reserve" and not np.array_equal(one[0][column], one[place][column])]
        for one in days
    ]
    assert not any(differ[:day])
    assert differ[-1], "the lever is never felt"


def test_some_levers_act_late():
    """The law above says nothing about what acts at once."""
    made, _ = one_more()
    assert sum(first_act(made, 1 + place, flow) > 0 for place, (_, flow) in enumerate(ONE_MORE.values())) >= 4


# the counterfactual


def with_and_without(changes=None):
    """Whether a world and its counterfactual are equal in all they hold, day by day."""
    scenario = whole({"burn_in_days": 3, "days": 10, "network.consumers": 150, **(changes or {})})
    worlds = [World("carer", 0), World("carer", 0, spared=True)]
    made = prepare(scenario, scenario.setting(scenario.graph()), worlds, seed=SEED, measures=STANDARD)
    equal = []
    for _ in range(scenario.days):
        made.run_days(1)
        equal.append(not unequal(snapshot(made, 0), snapshot(made, 1), leaving_out=("spared",)))
    return equal


def test_a_world_and_its_counterfactual_are_equal_until_the_first_strike():
    first = min(incident.day for incident in whole().incident)
    assert with_and_without() == [True] * first + [False] * (10 - first)


def test_a_world_is_its_own_counterfactual_if_nothing_is_felt():
    assert all(with_and_without({f"incident.{place}.severity": 0.0 for place in range(3)}))


# the incident


@cache
def as_it_is():
    """The days of a company that does everything, with the incident."""
    return days_of(busy(), ("everything",))


@pytest.mark.parametrize(
    "change",
    [
        {"incident": []},
        {"incident.severity": 0.2},
        {"incident.hit_share": 0.1},
        {"incident.company": "loud"},
        {"incident.duration_days": 1},
        {"incident.day": DAY_OF_INCIDENT + 2},
    ],
    ids=lambda change: next(iter(change.items())),
)
def test_an_incident_changes_nothing_before_its_day(change):
    strategies = ("everything",)
    with_it, without = as_it_is(), days_of(busy(change), strategies)
    np.testing.assert_array_equal(with_it[..., :DAY_OF_INCIDENT, :], without[..., :DAY_OF_INCIDENT, :])
    for one, other in zip(with_it, without, strict=True):
        assert not np.array_equal(one[..., DAY_OF_INCIDENT:, :], other[..., DAY_OF_INCIDENT:, :], equal_nan=True)


@pytest.mark.parametrize("change", [{"incident.hit_share": 0.0}, {"incident.severity": 0.0}], ids=str)
def test_an_incident_that_hits_nobody_or_is_not_felt_is_none(change):
    np.testing.assert_array_equal(days_of(busy(change), ("dialogue",)), days_of(busy({"incident": []}), ("dialogue",)))


DAY_HIT = 2


def hit_by(hit_share, duration=1):
    """Consumers of two worlds whose expectation an incident of company 0 has changed, as a mask."""
    incident = Incident(company=0, day=DAY_HIT, duration=duration, hit_share=hit_share, severity=0.7)
    struck, spared = (
        make(random_graph(400), levers=({}, {}), replicates=2, need_interval=365, exit_intercept=-20, incident=what)
        for what in (incident, ())
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


KINDS = {
    "delay": {"preventable": True},
    "scandal": {"public": True},
    "repeated": {"repeats": 3, "every": 2},
    "at random": {"rate": 0.5, "duration": 2},
    "public, at random": {"rate": 0.5, "public": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_share_hits_all_that_a_smaller_hits(kind, monkeypatch):
    """Each time that it strikes; nobody leaves for that, so that the same people are there to be hit."""

    def hits(share):
        hit = set()

        def note(worlds, had):
            hit.update(zip(had.world.tolist(), had.consumer.tolist(), [had.cause] * had.world.size, strict=True))

        monkeypatch.setattr(arrivals, "experience", note)
        monkeypatch.setattr(arrivals, "_learn_of_it", note)
        incident = Incident(
            **{"company": 0, "day": 1, "duration": 1, "hit_share": share, "severity": 0.7} | KINDS[kind]
        )
        settings = {"levers": ({"prevention": 0.5}, {}), "failure_rate": 0.2, "replicates": 2, "incident": incident}
        worlds = make(random_graph(200), **settings)
        worlds.state.need_rate[:] = 0
        for worlds.step in range(0, 24 * 8, 24):
            arrivals.arrive(worlds)
        return hit

    found = [hits(share) for share in (0.0, 0.1, 0.5, 0.51, 1.0)]
    assert not found[0]
    for fewer, more in pairwise(found):
        assert fewer < more or (fewer <= more and len(more) < 1.1 * len(fewer))
    assert len(found[1]) < len(found[2]) / 3
    times = {cause for _, _, cause in found[-1]}
    assert times
    assert len(times) == {"delay": 1, "scandal": 1, "repeated": 3}.get(kind, len(times))


def deleted_at(rate):
    """Which of many complaints are deleted, among them some that somebody answers."""
    worlds = make(isolates(300), levers=({"deletion_rate": rate, "deletion_delay": 0.0},), replicates=2)
    row = np.arange(300) % 2
    notice(worlds, write(worlds, Kind.COMPLAINT, np.arange(300), row=row, channel=Channel.PAGE, valence=-0.5))
    moderate(worlds)
    table = worlds.messages.columns()
    return set(np.flatnonzero((table["deleted_at"] <= 1) & (table["parent"] < 0)).tolist())


def test_more_deletions_delete_a_superset():
    found = [deleted_at(rate) for rate in (0.0, 0.1, 0.5, 0.52, 1.0)]
    assert not found[0]
    assert len(found[-1]) == 300
    for fewer, more in pairwise(found):
        assert fewer < more
    for rate, which in zip((0.1, 0.5), found[1:], strict=False):
        assert abs(len(which) - 300 * rate) < 4 * (300 * rate * (1 - rate)) ** 0.5


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
    follows = has(state.flags, Flag.FOLLOWS)
    for name, (one, other) in {"taste": state.taste, "need_rate": state.need_rate, "follows": follows}.items():
        same = np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1]
        assert abs(same) < 4 / one.size**0.5, name
