"""Nobody matters to those they cannot reach, and nobody's number matters at all."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from worlds import WHOLE_LEVERS, busy, fork, isolates, items, make, whole, write

from influence_sim.core.draws import Draws, Process
from influence_sim.core.engine import Engine
from influence_sim.core.graph import Graph
from influence_sim.core.levers import Levers
from influence_sim.core.market import Experience, experience
from influence_sim.core.measures import STANDARD
from influence_sim.core.messages import Channel, Kind
from influence_sim.core.propagation import deliver, expose
from influence_sim.core.reading import read
from influence_sim.core.replies import reply
from influence_sim.core.state import COLUMNS, Flag, mark
from influence_sim.core.worlds import Worlds

MINDS = [name for name, column in COLUMNS.items() if column.of in ("cell", "consumer", "taste")]
EVENTS = ("sales", "complaints", "praise", "shares", "negative", "replies", "unpaid", "bursts", "firestorms")


def arcs_of(graph):
    return np.repeat(np.arange(graph.nodes), graph.out_degree), graph.followers.astype(np.int64)


def renumbered(graph, new_number, nodes=None):
    """The same people and ties, in which node u has the number ``new_number[u]``; ids travel with the people.

    Numbers that nobody gets belong to newcomers without ties, with ids of their own.
    """
    nodes = nodes or graph.nodes
    source, target = arcs_of(graph)
    ids = np.full(nodes, -1)
    ids[new_number] = graph.ids
    newcomers = np.flatnonzero(ids < 0)
    ids[newcomers] = 1_000_000 + newcomers
    return replace(Graph.from_arcs(new_number[source], new_number[target], nodes), ids=ids)


def run(scenario, graph, strategy, days, seed=3):
    """One world of a scenario on a graph; the comparison begins at once."""
    levers = Levers.stack([course.levers for course in scenario.courses(strategy)])
    engine = Engine(Worlds(scenario.setting(graph), Draws.for_replicates(seed, [0]), levers), STANDARD)
    engine.run_days(days)
    return engine


def view(state, name, people):
    """A column as seen by ``people``, in this order."""
    values = getattr(state, name)
    return values[:, people]


# an isolated consumer changes nobody else


SHARED = ("reply_capacity", "listening", "survey_period", "astroturf_posts", "influencer_seeds")
"""Levers whose effect is shared by all: staff, what is learnt, and where fakes and paid mouths stand."""


@pytest.mark.parametrize("newcomers", [1, 25])
@pytest.mark.parametrize("strategy", ["silent", "carer", "faker"])
def test_people_without_ties_change_nobody_else(newcomers, strategy):
    """Staff are bought per thousand consumers, and companies learn from all: so nobody answers, or listens.

    What remains (need, choice, rewards, prevention, experience, scandals, word of mouth, boycotts, posts, ads,
    deletion, the closed page, questions, peers) must not notice the newcomers.
    """
    alone_levers = {name: {**WHOLE_LEVERS[name], **dict.fromkeys(SHARED, 0.0)} for name in ("carer", "faker")}
    changes = {f"levers.{name}": levers for name, levers in alone_levers.items()}
    scenario = whole({**changes, "budget": 1e5, "companies.0.budget": 1e5, "burn_in_days": 1})
    graph = scenario.graph()
    nodes = graph.nodes + newcomers
    place = np.sort(np.random.default_rng(1).permutation(nodes)[: graph.nodes])
    larger = renumbered(graph, place, nodes)
    alone, joined = (run(scenario, g, strategy, 10).worlds for g in (graph, larger))
    assert joined.funded.min() == alone.funded.min() == 1
    for name in MINDS:
        np.testing.assert_array_equal(
            view(joined.state, name, place), view(alone.state, name, np.arange(graph.nodes)), err_msg=name
        )
    said = [set(w.messages.id[: len(w.messages)].tolist()) for w in (alone, joined)]
    assert said[0] < said[1] or newcomers == 1
    # The newcomers live, buy, talk and are asked, and nobody hears from them.
    others = np.setdiff1d(np.arange(nodes), place)
    table = joined.messages.columns()
    assert (joined.state.expectation[:, others] != np.float32(0.6)).any()
    if newcomers > 1:
        assert np.isin(table["author"], others).any()
        assert (joined.state.ask_fatigue[:, others] > 0).any()
    assert (alone.state.boycott_until > 0).any()
    assert (table["deleted_at"] < joined.now).any()
    assert (table["kind"] == Kind.ANSWER).any()


def test_a_tie_to_them_would_be_noticed():
    """The law above would hold in a world in which nobody notices anybody."""
    scenario = busy()
    graph = scenario.graph()
    source, target = arcs_of(graph)
    tied = Graph.from_arcs([*source, *[graph.nodes] * 40], [*target, *range(40)], graph.nodes + 1)
    apart = renumbered(graph, np.arange(graph.nodes), graph.nodes + 1)
    alone, joined = (run(scenario, g, "silent", 15).worlds.state for g in (apart, tied))
    old = np.arange(graph.nodes)
    changed = [name for name in MINDS if (view(alone, name, old) != view(joined, name, old)).any()]
    assert {"attitude", "arousal", "loyalty"} <= set(changed)


# consumers' numbers are labels


@cache
def shuffled_pair(strategy):
    scenario = whole({"burn_in_days": 2})
    graph = scenario.graph()
    new_number = np.random.default_rng(2).permutation(graph.nodes)
    return run(scenario, graph, strategy, 12), run(scenario, renumbered(graph, new_number), strategy, 12), new_number


@pytest.mark.parametrize("strategy", ["faker", "carer"])
def test_renumbering_people_changes_no_event(strategy):
    plain, shuffled, new_number = shuffled_pair(strategy)
    days = [engine.recorded_days(0)[..., [STANDARD.index(name) for name in EVENTS]] for engine in (plain, shuffled)]
    np.testing.assert_array_equal(*days)
    said = [engine.worlds.messages.columns() for engine in (plain, shuffled)]
    order = [np.argsort(table["id"], kind="stable") for table in said]
    assert said[0]["id"].size > 300
    for name in ("id", "row", "kind", "channel", "attribute", "failure", "children", "depth"):
        one, other = (table[name][places] for table, places in zip(said, order, strict=True))
        np.testing.assert_array_equal(one, other, err_msg=name)
    authors = [table["author"][places] for table, places in zip(said, order, strict=True)]
    relabelled = np.where(authors[0] < 0, -1, new_number[authors[0]])
    np.testing.assert_array_equal(relabelled, authors[1])
    for name in ("born", "valence", "arousal", "severity", "seen_answer", "cooled"):
        one, other = (table[name][places] for table, places in zip(said, order, strict=True))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("strategy", ["faker", "carer"])
def test_renumbering_people_changes_no_mind(strategy):
    """Sums over neighbours are made in another order: single precision, no more."""
    plain, shuffled, new_number = shuffled_pair(strategy)
    for name in MINDS:
        one = view(plain.worlds.state, name, np.arange(new_number.size))
        other = view(shuffled.worlds.state, name, new_number)
        if COLUMNS[name].dtype == "f4":
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-5, err_msg=name)
        else:
            np.testing.assert_array_equal(one, other, err_msg=name)


def test_where_no_sum_is_reordered_renumbering_is_exact():
    scenario = busy({"parameters.peer_rate": 0.0, "companies.2.strategy": "silent"})
    graph = scenario.graph()
    new_number = np.random.default_rng(4).permutation(graph.nodes)
    plain, shuffled = (run(scenario, g, "broadcast", 12).worlds for g in (graph, renumbered(graph, new_number)))
    for name in MINDS:
        np.testing.assert_array_equal(
            view(plain.state, name, np.arange(graph.nodes)), view(shuffled.state, name, new_number), err_msg=name
        )


def test_who_is_compensated_when_money_runs_out_does_not_hang_on_numbers():
    """Two cases, money for one: the same person is paid, whatever number they have."""
    paid = []
    for numbers in ([0, 1], [1, 0]):
        levers = {"reply_capacity": 1000, "spam_false_alarms": 0, "compensation": 1.0}
        worlds = make(replace(isolates(2), ids=np.array(numbers)), levers=(levers,), suspicion=0, voice_intercept=5)
        worlds.state.reserve[:] = 5
        both, one = np.arange(2), np.ones(2)
        had = Experience(0 * both, 0 * both, both, int(Process.EXPERIENCE), one > 0, one, one > 0, 0.0)
        experience(worlds, had)
        table = worlds.messages
        assert len(table) == 2
        before = worlds.state.satisfaction[0].copy()
        cases = np.argsort(table.born[:2])
        worlds.step = 50
        worlds.replies.put(50, table.born[cases], cases.astype(np.int32))
        reply(worlds)
        assert worlds.flows.unpaid[0] == 1
        author = table.author[:2]
        speed = 2.0 ** (-(table.answered_at[:2] - table.born[:2]) / worlds.parameters.reply_half_life)
        gained = (worlds.state.satisfaction[0] - before)[author] / speed
        paid.append(int(worlds.graph.ids[author[np.argmax(gained)]]))
    assert paid[0] == paid[1]


# the order of what is read at once


def heaps(count=40, seed=0):
    """Consumers who read many things at once, and the order in which they might."""
    rng = np.random.default_rng(seed)
    worlds = make(isolates(12), levers=({"claim": 0.5}, {}), wear_out_from=6, unfollow=0.5, fan_rebuttal=1)
    state = worlds.state
    for name in ("attitude", "trust", "arousal", "loyalty"):
        low = COLUMNS[name].low
        getattr(state, name)[:] = rng.uniform(low, 1, state.attitude.shape)
    mark(state.flags, slice(None), Flag.FOLLOWS)
    kind = rng.choice([Kind.COMPLAINT, Kind.PRAISE, Kind.AD, Kind.CAMPAIGN], count)
    by_company = np.isin(kind, [Kind.AD, Kind.CAMPAIGN])
    valence = np.where(kind == Kind.COMPLAINT, -1, 1) * rng.uniform(0.2, 1, count)
    numbers = write(worlds, Kind.PRAISE, 0, row=rng.integers(0, 2, count), valence=valence, arousal=rng.random(count))
    worlds.messages.kind[numbers] = kind
    worlds.messages.author[numbers] = np.where(by_company, -1, 0)
    worlds.messages.channel[numbers] = np.where(kind == Kind.CAMPAIGN, Channel.PAGE, Channel.PEER)
    worlds.messages.seen_answer[numbers] = np.where(rng.random(count) < 0.3, 0.7, 0)
    worlds.messages.answered_at[numbers] = 0
    return worlds, numbers, rng


def test_what_is_read_at_once_is_read_in_any_order():
    worlds, numbers, rng = heaps(200)
    other = fork(worlds)
    readers = rng.integers(0, 12, numbers.size)
    read(worlds, items(worlds, numbers, readers))
    order = rng.permutation(numbers.size)
    read(other, items(other, numbers[order], readers[order]))
    for name in MINDS:
        np.testing.assert_allclose(getattr(worlds.state, name), getattr(other.state, name), atol=1e-5, err_msg=name)
    assert sorted(worlds.messages.columns()["id"]) == sorted(other.messages.columns()["id"])


def test_whoever_is_a_fan_when_a_post_arrives_may_rebut_it():
    """What is read at once acts on the mind as it was before: being contradicted does not unmake a fan first."""
    worlds = make(isolates(3), fan_rebuttal=1)
    worlds.state.loyalty[:], worlds.state.attitude[:] = 0.9, 0.55
    read(worlds, items(worlds, write(worlds, Kind.COMPLAINT, 0, valence=-0.9), 1))
    assert (worlds.messages.columns()["kind"] == Kind.PRAISE).sum() == 1


@pytest.mark.parametrize("limit", [5.0, 8.0])
def test_as_many_ads_annoy_as_exceed_the_limit(limit):
    """Ten ads in a week, at once or one by one: those beyond the limit annoy, and no others."""
    cost = []
    for at_once in (True, False):
        worlds = make(isolates(2), wear_out_from=limit, ad_persuasion=0)
        numbers = write(worlds, Kind.AD, np.full(10, -1), valence=0.5, channel=Channel.AD)
        for group in [numbers] if at_once else np.split(numbers, 10):
            read(worlds, items(worlds, group, 1))
        cost.append(-worlds.state.attitude[0, 1] / worlds.parameters.wear_out)
    assert cost == pytest.approx([10 - limit] * 2, rel=1e-5)


def test_attention_goes_to_the_most_arousing_in_any_order():
    """Ten posts arrive in one hour; who has time for three reads the three most arousing."""
    kept = []
    for order in (np.arange(10), np.arange(10)[::-1], np.random.default_rng(1).permutation(10)):
        worlds = make(isolates(2), attention=3, lag_plateau=1)
        numbers = write(worlds, Kind.COMPLAINT, np.zeros(10, int), valence=-0.5, arousal=np.arange(10) / 10)
        expose(worlds, numbers[order], np.ones(10, np.int32), np.zeros(10))
        arrived = worlds.exposures.take(0)
        worlds.exposures.put(0, *arrived)
        found, _ = deliver(worlds)
        expected = np.sort(arrived[1])[-3:]
        np.testing.assert_array_equal(np.sort(found.copy), expected)
        kept.append(tuple(np.sort(found.copy)))
    assert len(set(kept)) == 1
