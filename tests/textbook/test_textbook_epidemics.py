"""Epidemics are distributed as their master equation says, and their times are shortest paths."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from enumerated import S, absorbed, assert_distributed, counted_by, epidemic_after, epidemic_at, rows
from scipy.linalg import expm
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.special import betaln, gammaln
from scipy.stats import kstest

from influence_sim import networks, textbook
from influence_sim.core.draws import Process
from influence_sim.core.graph import Graph
from influence_sim.textbook.inputs import draws_of

RUNS = 12_000

PATH = [(0, 1), (1, 0), (1, 2), (2, 1)]
STAR = [(0, 1), (0, 2), (0, 3), (1, 0), (2, 0), (3, 0)]
TRIANGLE = [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)]
ONE_WAY = [(0, 1), (1, 2), (2, 0), (2, 3)]
SHAPES = [
    pytest.param(arcs, 1 + max(map(max, arcs)), id=name)
    for name, arcs in (("path", PATH), ("star", STAR), ("triangle", TRIANGLE), ("one way", ONE_WAY))
]


def graph_of(arcs, nodes):
    return Graph.from_arcs(*np.array(arcs).T, nodes)


def states_at(epidemic: textbook.Epidemic, time: float) -> list[tuple]:
    return rows((epidemic.infected <= time).astype(int) + (epidemic.recovered <= time))


@pytest.fixture(scope="module")
def medium():
    return networks.erdos_renyi(400, 5, seed=1)


class TestContinuousTime:
    @pytest.mark.parametrize(("arcs", "nodes"), SHAPES)
    def test_states_are_distributed_as_the_master_equation_says(self, arcs, nodes):
        epidemic = textbook.sir(graph_of(arcs, nodes), [0], 0.8, 0.5, replicates=RUNS, seed=1, trace=True)
        for time in (0.3, 1.0, 3.0, 60.0):
            assert_distributed(states_at(epidemic, time), epidemic_at(nodes, arcs, 0.8, 0.5, [0], time))

    def test_two_infected_at_first(self):
        epidemic = textbook.sir(graph_of(STAR, 4), [1, 2], 1.5, 1, replicates=RUNS, seed=2, trace=True)
        assert_distributed(states_at(epidemic, 0.7), epidemic_at(4, STAR, 1.5, 1, [1, 2], 0.7))

    def test_another_rate_would_be_seen(self):
        epidemic = textbook.sir(graph_of(STAR, 4), [0], 0.8, 0.5, replicates=RUNS, seed=1, trace=True)
        with pytest.raises(AssertionError, match="chi-square"):
            assert_distributed(states_at(epidemic, 1), epidemic_at(4, STAR, 0.86, 0.5, [0], 1))

    def test_a_centre_infects_leaves_with_one_and_the_same_time_to_recovery(self):
        # k of n leaves: the binomial, mixed over the time to recovery, is C(n, k) γ/β B(γ/β + n − k, k + 1).
        leaves, ratio = 6, 1 / 0.7
        k = np.arange(leaves + 1)
        exact = ratio * np.exp(
            gammaln(leaves + 1) - gammaln(k + 1) - gammaln(leaves - k + 1) + betaln(ratio + leaves - k, k + 1)
        )
        sizes = textbook.sir(nx.star_graph(leaves), [0], 0.7, 1, replicates=RUNS, seed=3)
        assert_distributed((sizes - 1).tolist(), dict(zip(k.tolist(), exact.tolist(), strict=True)))

    def test_the_time_of_an_infection_that_happens_is_exponential(self):
        epidemic = textbook.sir(nx.path_graph(2), [0], 0.8, 0.5, replicates=RUNS, seed=4, trace=True)
        when = epidemic.infected[epidemic.sizes == 2, 1]
        assert abs(when.size / RUNS - 0.8 / 1.3) < 4 * np.sqrt(0.8 * 0.5 / 1.3**2 / RUNS)
        assert kstest(when, "expon", args=(0, 1 / 1.3)).pvalue > 1e-3
        period = epidemic.recovered[:, 0]
        assert kstest(period, "expon", args=(0, 1 / 0.5)).pvalue > 1e-3

    def test_nobody_recovers_without_recovery(self):
        g = nx.gnp_random_graph(50, 0.03, seed=2)
        epidemic = textbook.sir(g, [0], 2, 0, replicates=5, trace=True)
        assert epidemic.sizes.tolist() == [len(nx.node_connected_component(g, 0))] * 5
        assert np.all(np.isinf(epidemic.recovered))

    def test_nobody_is_infected_without_transmission(self):
        assert textbook.sir(nx.complete_graph(4), [1, 3], 0, 1, replicates=3).tolist() == [2, 2, 2]


WAYS = pytest.mark.parametrize("coupled", [False, True], ids=["fast", "coupled"])


class TestSteps:
    @pytest.mark.parametrize(("arcs", "nodes"), SHAPES)
    @pytest.mark.parametrize(
        ("beta", "gamma"),
        [
            pytest.param(0.4, 0.3, id="contacts that mostly transmit"),
            pytest.param(0.3, 0.4, id="contacts that often do not"),
            pytest.param(0.15, 0.2, id="long periods"),
        ],
    )
    @WAYS
    def test_states_are_distributed_as_the_chain_says(self, arcs, nodes, beta, gamma, coupled):
        epidemic = textbook.sir(
            graph_of(arcs, nodes),
            [0],
            beta,
            gamma,
            discrete=True,
            replicates=RUNS,
            seed=2,
            trace=True,
            coupled=coupled,
        )
        for steps in (1, 2, 4, 60):
            assert_distributed(states_at(epidemic, steps), epidemic_after(nodes, arcs, beta, gamma, [0], steps))

    @pytest.mark.parametrize("rates", [(0.5, 0.2), (0.2, 0.5)])
    def test_who_infects_is_infected_then_and_a_neighbour(self, medium, rates):
        epidemic = textbook.sir(medium, [0, 1, 2], *rates, discrete=True, replicates=12, seed=4, trace=True)
        replicate, child = np.nonzero(epidemic.parents >= 0)
        assert child.size > 500
        parent, when = epidemic.parents[replicate, child], epidemic.infected[replicate, child]
        assert np.all(epidemic.infected[replicate, parent] + 1 <= when)
        assert np.all(when <= epidemic.recovered[replicate, parent])
        source = np.repeat(np.arange(medium.nodes), medium.out_degree)
        arcs = set(zip(source.tolist(), medium.followers.tolist(), strict=True))
        assert set(zip(parent.tolist(), child.tolist(), strict=True)) <= arcs

    @pytest.mark.parametrize("beta", [0.3, 1e-12])
    def test_without_recovery_all_are_infected_in_the_end(self, beta):
        epidemic = textbook.sir(nx.path_graph(4), [0], beta, 0, discrete=True, replicates=400, trace=True)
        assert np.all(np.isinf(epidemic.recovered))
        assert epidemic.sizes.tolist() == [4] * 400
        waits = np.diff(epidemic.infected)
        assert waits.mean() == pytest.approx(1 / beta, rel=0.12)

    @WAYS
    def test_times_are_whole(self, medium, coupled):
        epidemic = textbook.sir(medium, [0, 1], 0.3, 0.4, discrete=True, replicates=20, trace=True, coupled=coupled)
        ever = np.isfinite(epidemic.infected)
        infected, recovered = epidemic.infected[ever], epidemic.recovered[ever]
        assert np.array_equal(infected, np.round(infected))
        assert np.array_equal(recovered, np.round(recovered))
        assert np.all(recovered >= infected + 1)

    @WAYS
    def test_recovery_at_once_is_an_independent_cascade(self, coupled):
        # Who transmits in one step only has one chance for each contact.
        arcs = [*TRIANGLE, (2, 3)]
        graph = graph_of(arcs, 4)
        epidemic = textbook.sir(graph, [0], 0.4, 1, discrete=True, replicates=RUNS, seed=2, trace=True, coupled=coupled)
        assert_distributed(states_at(epidemic, 2), epidemic_after(4, arcs, 0.4, 1, [0], 2))
        cascades = textbook.independent_cascade(graph, [0], 0.4, replicates=RUNS, seed=2)
        chances = {size: count / RUNS for size, count in Counter(cascades.tolist()).items()}
        expected = counted_by(epidemic_after(4, arcs, 0.4, 1, [0], 10), lambda state: 4 - state.count(S))
        for size, chance in expected.items():
            for seen in (chances[size], np.mean(epidemic.sizes == size)):
                assert abs(seen - chance) < 4 * np.sqrt(chance * (1 - chance) / RUNS)

    @WAYS
    def test_certainty(self, coupled):
        epidemic = textbook.sir(nx.path_graph(5), [0], 1, 1, discrete=True, trace=True, coupled=coupled)
        assert epidemic.infected.tolist() == [[0, 1, 2, 3, 4]]
        assert epidemic.recovered.tolist() == [[1, 2, 3, 4, 5]]
        assert epidemic.parents.tolist() == [[-1, 0, 1, 2, 3]]


@pytest.mark.parametrize("discrete", [False, True])
def test_times_are_shortest_paths_along_transmissions_in_time(medium, discrete):
    beta, gamma, replicates = 0.3, 0.4, 6
    seeds = textbook.random_seeds(medium, 4, replicates=replicates, seed=9)
    runs = {"replicates": replicates, "seed": 9, "trace": True, "coupled": True}
    epidemic = textbook.sir(medium, seeds, beta, gamma, discrete=discrete, **runs)
    draws = draws_of(9, range(replicates))
    u, v = np.repeat(np.arange(medium.nodes), medium.out_degree), medium.followers
    for replicate in range(replicates):
        wait = draws.at(Process.LAG).exponential(replicate, u, v)
        period = draws.at(Process.RECOVERY).exponential(replicate, np.arange(medium.nodes))
        if discrete:
            wait, period = (np.ceil(t / -np.log1p(-p)) for t, p in ((wait, beta), (period, gamma)))
        else:
            wait, period = wait / beta, period / gamma
        timely = wait <= period[u]
        delays = csr_array((wait[timely], (u[timely], v[timely])), shape=(medium.nodes, medium.nodes))
        shortest = dijkstra(delays, indices=seeds[replicate], min_only=True)
        np.testing.assert_allclose(epidemic.infected[replicate], shortest, rtol=1e-12)
        ever = np.isfinite(shortest)
        np.testing.assert_allclose(epidemic.recovered[replicate][ever], (shortest + period)[ever], rtol=1e-12)
        assert np.all(np.isinf(epidemic.recovered[replicate][~ever]))
        child = np.flatnonzero(epidemic.parents[replicate] >= 0)
        assert set(child) == set(np.flatnonzero(ever)) - set(seeds[replicate])
        parent = epidemic.parents[replicate, child]
        along = np.asarray(delays[parent, child]).ravel()
        assert np.all(along > 0)
        np.testing.assert_allclose(shortest[parent] + along, shortest[child], rtol=1e-12)
    assert epidemic.sizes.tolist() == np.count_nonzero(np.isfinite(epidemic.infected), axis=1).tolist()
    assert epidemic.sizes.max() > 100


@pytest.mark.parametrize("discrete", [False, True])
def test_more_transmission_never_infects_fewer(medium, discrete):
    runs = {"replicates": 50, "seed": 3, "trace": True, "coupled": True}
    run = partial(textbook.sir, medium, [0, 1], gamma=0.5, discrete=discrete, **runs)
    epidemics = [run(beta=beta) for beta in (0.05, 0.1, 0.2, 0.6)]
    for fewer, more in pairwise(epidemics):
        assert np.all(more.infected <= fewer.infected)
        assert more.sizes.sum() > fewer.sizes.sum()


class TestEverybodyMeetsEverybody:
    PEOPLE, BETA, GAMMA = 5, 1.3, 0.7

    def moves(self, state):
        susceptible, infected = state
        return (
            {
                (susceptible - 1, infected + 1): self.BETA * infected * susceptible / (self.PEOPLE - 1),
                (susceptible, infected - 1): self.GAMMA * infected,
            }
            if susceptible and infected
            else ({(susceptible, infected - 1): 1.0} if infected else {})
        )

    def test_final_sizes(self):
        sizes = textbook.sir(self.PEOPLE, [3], self.BETA, self.GAMMA, replicates=RUNS, seed=1)
        exact = counted_by(absorbed((self.PEOPLE - 1, 1), self.moves), lambda state: self.PEOPLE - state[0])
        assert_distributed(sizes.tolist(), exact)

    def test_how_many_are_infected_at_a_time(self):
        epidemic = textbook.sir(self.PEOPLE, [0], self.BETA, self.GAMMA, replicates=RUNS, seed=2, trace=True)
        states = [(s, i) for s in range(self.PEOPLE) for i in range(self.PEOPLE + 1 - s)]
        rates = np.zeros((len(states), len(states)))
        for state in states:
            susceptible, infected = state
            for then, rate in (
                ((susceptible - 1, infected + 1), self.BETA * infected * susceptible / (self.PEOPLE - 1)),
                ((susceptible, infected - 1), self.GAMMA * infected),
            ):
                if rate:
                    rates[states.index(state), states.index(then)] += rate
                    rates[states.index(state), states.index(state)] -= rate
        for time in (0.4, 1.5):
            exact = expm(rates * time)[states.index((self.PEOPLE - 1, 1))]
            ever = np.count_nonzero(epidemic.infected <= time, axis=1)
            over = np.count_nonzero(epidemic.recovered <= time, axis=1)
            seen = rows(self.PEOPLE - ever, ever - over)
            assert_distributed(seen, dict(zip(states, exact.tolist(), strict=True)))

    def test_it_is_a_complete_graph_whose_arcs_share_the_rate(self):
        runs = {"gamma": 1, "replicates": 6_000, "seed": 3}
        mixed = textbook.sir(30, [0], 1.8, **runs)
        network = textbook.sir(nx.complete_graph(30), [0], 1.8 / 29, **runs)
        error = np.sqrt((mixed.var() + network.var()) / 6_000)
        assert abs(mixed.mean() - network.mean()) < 4 * error

    def test_without_transmission_the_seeds_are_all(self):
        assert textbook.sir(9, [1, 2], 0, 1, replicates=2).tolist() == [2, 2]

    def test_traces_hang_together(self):
        epidemic = textbook.sir(500, [0, 1], 2, 1, replicates=10, seed=4, trace=True)
        replicate, child = np.nonzero(epidemic.parents >= 0)
        parent = epidemic.parents[replicate, child]
        assert np.all(epidemic.infected[replicate, parent] < epidemic.infected[replicate, child])
        assert np.all(epidemic.recovered[replicate, parent] >= epidemic.infected[replicate, child])
        assert np.array_equal(epidemic.sizes, np.count_nonzero(np.isfinite(epidemic.infected), axis=1))
        assert np.array_equal(epidemic.sizes - 2, np.count_nonzero(epidemic.parents >= 0, axis=1))
