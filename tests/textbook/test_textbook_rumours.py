"""The rumour ends as its Markov chain says, among few people exactly."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from enumerated import absorbed, assert_distributed, counted_by

from influence_sim import networks, textbook

RUNS = 8_000


def meetings(people):
    """Return what may happen to (ignorants, spreaders) when any two meet at the same rate."""

    def moves(state):
        ignorant, spreading = state
        stifling = people - ignorant - spreading
        following = {
            (ignorant - 1, spreading + 1): ignorant * spreading,
            (ignorant, spreading - 2): spreading * (spreading - 1) / 2,
            (ignorant, spreading - 1): spreading * stifling,
        }
        return {then: rate for then, rate in following.items() if rate}

    return moves


def calls(followers):
    """Return what may happen on a network, where each spreader calls one of their followers per unit of time."""

    def moves(state):
        following = {}
        for caller, heard in enumerate(state):
            if heard != "spreads":
                continue
            for callee in followers[caller]:
                then, rate = list(state), 1 / len(followers[caller])
                if state[callee] == "ignores":
                    then[callee] = "spreads"
                elif state[callee] == "spreads":
                    # Both sides call, and two who meet do so only once.
                    rate /= 2
                    then[caller] = then[callee] = "stifles"
                else:
                    then[caller] = "stifles"
                key = tuple(then)
                following[key] = following.get(key, 0) + rate
        return following

    return moves


@pytest.mark.parametrize("people", [2, 3, 5, 12, 25])
def test_so_many_hear_it_as_the_chain_says(people):
    exact = counted_by(absorbed((people - 1, 1), meetings(people)), lambda state: people - state[0])
    heard = textbook.daley_kendall(people, [people - 1], replicates=RUNS, seed=1)
    if people == 2:
        assert set(heard.tolist()) == {2}
    else:
        assert_distributed(heard.tolist(), exact)


def test_several_may_begin():
    exact = counted_by(absorbed((5, 3), meetings(8)), lambda state: 8 - state[0])
    assert_distributed(textbook.daley_kendall(8, [0, 4, 5], replicates=RUNS, seed=2).tolist(), exact)


def test_a_chain_in_which_two_spreaders_met_twice_as_often_would_be_seen():
    def wrong(state):
        return {then: rate * (2 if state[1] - then[1] == 2 else 1) for then, rate in meetings(12)(state).items()}

    exact = counted_by(absorbed((11, 1), wrong), lambda state: 12 - state[0])
    with pytest.raises(AssertionError, match="chi-square"):
        assert_distributed(textbook.daley_kendall(12, [0], replicates=RUNS, seed=1).tolist(), exact)


@pytest.mark.parametrize(
    "g",
    [nx.complete_graph(4), nx.star_graph(3), nx.path_graph(4), nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, 3), (3, 1)])],
    ids=["complete", "star", "path", "directed"],
)
def test_on_a_network_followers_are_told(g):
    state = ("spreads", *["ignores"] * (len(g) - 1))
    followers = [sorted(g.adj[node]) for node in sorted(g)]
    exact = counted_by(absorbed(state, acyclic(calls(followers))), lambda end: len(g) - end.count("ignores"))
    assert_distributed(textbook.daley_kendall(g, [0], replicates=RUNS, seed=3).tolist(), exact)


def acyclic(moves):
    """Fail where nothing more can happen although somebody spreads."""

    def checked(state):
        following = moves(state)
        assert following or "spreads" not in state or "ignores" not in state, state
        return following

    return checked


def test_everybody_may_stand_on_a_complete_graph_instead():
    mixed = textbook.daley_kendall(30, [0], replicates=3_000, seed=4)
    network = textbook.daley_kendall(nx.complete_graph(30), [0], replicates=3_000, seed=4)
    assert abs(mixed.mean() - network.mean()) < 4 * np.sqrt((mixed.var() + network.var()) / 3_000)


def test_only_who_can_be_told_hears_it():
    g = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(7))
    g.add_node(99)
    heard = textbook.daley_kendall(g, [0], replicates=500, seed=5)
    assert heard.min() >= 2
    assert heard.max() == 6
    assert textbook.daley_kendall(g, [99], replicates=3).tolist() == [1, 1, 1]
    assert textbook.daley_kendall(g, [], replicates=3).tolist() == [0, 0, 0]
    assert textbook.daley_kendall(g, list(g), replicates=2).tolist() == [14, 14]


def test_in_a_large_population_a_fifth_never_hears_it():
    # θ = exp(−2(1 − θ)) (Daley & Kendall 1964).
    heard = textbook.daley_kendall(2_000, [0, 1, 2], replicates=40, seed=6) / 2_000
    assert abs(1 - heard.mean() - 0.2032) < 4 * heard.std() / np.sqrt(40) + 1e-3


def test_on_a_sparse_network_fewer_hear_it_than_on_a_dense_one():
    sparse, dense = (
        textbook.daley_kendall(networks.erdos_renyi(2_000, degree, seed=1), [0, 1, 2], replicates=20, seed=7).mean()
        for degree in (3, 40)
    )
    assert sparse < dense
