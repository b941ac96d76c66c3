"""Cascades in rounds have the distribution that enumeration gives on tiny graphs, and their traces hang together."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from enumerated import assert_distributed, cascade_times, rows, threshold_times

from influence_sim import networks, textbook
from influence_sim.core.graph import Graph

RUNS = 12_000
WAYS = pytest.mark.parametrize("coupled", [False, True], ids=["fast", "coupled"])

DIAMOND = [(0, 1), (0, 2), (1, 2), (2, 1), (1, 3), (2, 3), (3, 0), (3, 4)]
TRIANGLE_WITH_TAIL = [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0), (2, 3), (3, 2)]


def graph_of(arcs: list[tuple[int, int]], nodes: int) -> Graph:
    return Graph.from_arcs(*np.array(arcs).T, nodes)


def in_order(graph: Graph, values: dict[tuple[int, int], float]) -> np.ndarray:
    source = np.repeat(np.arange(graph.nodes), graph.out_degree)
    return np.array([values[arc] for arc in zip(source.tolist(), graph.followers.tolist(), strict=True)])


def fractions(arcs: list[tuple[int, int]]) -> dict[tuple[int, int], float]:
    followees = {v: sum(1 for _, w in arcs if w == v) for _, v in arcs}
    return {(u, v): 1 / followees[v] for u, v in arcs}


@pytest.fixture(scope="module")
def large():
    return networks.heavy_tailed(3_000, 6, seed=2)


class TestIndependentCascade:
    @pytest.mark.parametrize(("arcs", "nodes"), [(DIAMOND, 5), (TRIANGLE_WITH_TAIL, 4)])
    @pytest.mark.parametrize("seeds", [[0], [0, 3]])
    @pytest.mark.parametrize("p", [0.4, 0.9])
    @WAYS
    def test_rounds_are_distributed_as_live_arcs_make_them(self, arcs, nodes, seeds, p, coupled):
        trace = textbook.independent_cascade(
            graph_of(arcs, nodes), seeds, p, replicates=RUNS, seed=1, trace=True, coupled=coupled
        )
        assert_distributed(rows(trace.times), cascade_times(nodes, dict.fromkeys(arcs, p), seeds))

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param([0.1, 0.9, 0.5, 0.3, 1.0, 0.25, 0.7, 0.0], id="up to one"),
            pytest.param([0.1, 0.4, 0.5, 0.3, 0.2, 0.25, 0.45, 0.0], id="up to a half"),
            pytest.param([0.7, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.0], id="very uneven"),
        ],
    )
    @WAYS
    def test_every_arc_has_its_own_probability(self, values, coupled):
        graph = graph_of(DIAMOND, 5)
        chances = dict(zip(DIAMOND, values, strict=True))
        trace = textbook.independent_cascade(
            graph, [0], in_order(graph, chances), replicates=RUNS, seed=2, trace=True, coupled=coupled
        )
        assert_distributed(rows(trace.times), cascade_times(5, chances, [0]))

    @WAYS
    def test_a_wrong_probability_would_be_seen(self, coupled):
        trace = textbook.independent_cascade(
            graph_of(DIAMOND, 5), [0], 0.4, replicates=RUNS, seed=1, trace=True, coupled=coupled
        )
        with pytest.raises(AssertionError, match="chi-square"):
            assert_distributed(rows(trace.times), cascade_times(5, dict.fromkeys(DIAMOND, 0.43), [0]))

    @WAYS
    def test_probability_one_reaches_all_that_can_be_reached_by_the_shortest_way(self, coupled):
        g = nx.gnp_random_graph(60, 0.04, seed=3, directed=True)
        trace = textbook.independent_cascade(g, [0, 1], 1, trace=True, coupled=coupled)
        ways = nx.multi_source_dijkstra_path_length(g, {0, 1}, weight=None)
        assert trace.times[0].tolist() == [ways.get(node, -1) for node in range(60)]
        assert trace.sizes.tolist() == [len(ways)]

    @WAYS
    def test_probability_zero_reaches_the_seeds(self, coupled):
        sizes = textbook.independent_cascade(nx.complete_graph(5), [1, 4, 1], 0, replicates=3, coupled=coupled)
        assert sizes.tolist() == [2, 2, 2]

    def test_more_probability_never_reaches_fewer(self, large):
        runs = [
            textbook.independent_cascade(large, [0, 1, 2], p, replicates=60, seed=4, trace=True, coupled=True).times
            >= 0
            for p in (0.05, 0.1, 0.15, 0.3)
        ]
        for fewer, more in itertools.pairwise(runs):
            assert np.all(more | ~fewer)
            assert more.sum() > fewer.sum()

    def test_more_seeds_reach_the_union(self, large):
        def reached(seeds):
            trace = textbook.independent_cascade(large, seeds, 0.12, replicates=40, seed=5, trace=True, coupled=True)
            return trace.times >= 0

        assert np.array_equal(reached([3, 7]), reached([3]) | reached([7]))


class TestLinearThreshold:
    @pytest.mark.parametrize(("arcs", "nodes"), [(DIAMOND, 5), (TRIANGLE_WITH_TAIL, 4)])
    @pytest.mark.parametrize("seeds", [[0], [1, 3]])
    @WAYS
    def test_rounds_are_distributed_as_one_live_arc_each_makes_them(self, arcs, nodes, seeds, coupled):
        trace = textbook.linear_threshold(
            graph_of(arcs, nodes), seeds, replicates=RUNS, seed=1, trace=True, coupled=coupled
        )
        assert_distributed(rows(trace.times), threshold_times(nodes, fractions(arcs), seeds))

    @WAYS
    def test_weights(self, coupled):
        graph = graph_of(DIAMOND, 5)
        weights = dict(zip(DIAMOND, [0.2, 0.5, 0.4, 0.3, 0.6, 0.3, 1.0, 0.35], strict=True))
        trace = textbook.linear_threshold(
            graph, [0], weights=in_order(graph, weights), replicates=RUNS, seed=2, trace=True, coupled=coupled
        )
        assert_distributed(rows(trace.times), threshold_times(5, weights, [0]))

    @WAYS
    def test_equal_shares_as_weights_change_nothing(self, coupled):
        graph = networks.erdos_renyi(300, 5, seed=1)
        shares = 1 / graph.in_degree[graph.followers]
        runs = {"replicates": 50, "seed": 3, "trace": True, "coupled": coupled}
        counted = textbook.linear_threshold(graph, [0, 1, 2, 3], **runs)
        weighed = textbook.linear_threshold(graph, [0, 1, 2, 3], weights=shares, **runs)
        assert np.array_equal(counted.times, weighed.times)
        assert counted.sizes.max() > 20

    @WAYS
    def test_weights_of_zero_reach_the_seeds_and_of_one_everybody(self, coupled):
        path, runs = nx.path_graph(6, create_using=nx.DiGraph), {"replicates": 3, "coupled": coupled}
        assert textbook.linear_threshold(path, [0], weights=np.zeros(5), **runs).tolist() == [1, 1, 1]
        assert textbook.linear_threshold(path, [0], weights=np.ones(5), **runs).tolist() == [6, 6, 6]

    @pytest.mark.parametrize("seeds", [[0], list(range(25)), list(range(300))], ids=len)
    def test_sizes_do_not_depend_on_how_those_are_found_who_are_led_there(self, seeds):
        # Without a trace, large cascades are found backwards; some here follow nobody, and some lead in circles.
        graph = Graph.from_arcs(*np.random.default_rng(3).integers(0, 2_000, (2, 5_000)), 2_000)
        assert np.any(graph.in_degree == 0)
        trace = textbook.linear_threshold(graph, seeds, replicates=60, seed=2, trace=True)
        assert trace.sizes.tolist() == textbook.linear_threshold(graph, seeds, replicates=60, seed=2).tolist()

    @WAYS
    def test_more_seeds_never_reach_fewer(self, large, coupled):
        few, many = (
            textbook.linear_threshold(large, seeds, replicates=40, seed=5, trace=True, coupled=coupled).times >= 0
            for seeds in ([3, 7], [3, 7, 8, 9])
        )
        assert np.all(many | ~few)

    def test_more_weight_never_reaches_fewer(self, large):
        shares = 1 / large.in_degree[large.followers]
        runs = [
            textbook.linear_threshold(
                large, np.arange(20), weights=shares * part, replicates=40, seed=4, trace=True, coupled=True
            )
            for part in (0.4, 0.6, 1)
        ]
        for fewer, more in itertools.pairwise(runs):
            assert np.all((more.times >= 0) | (fewer.times < 0))
            assert more.sizes.sum() > fewer.sizes.sum()


def watts_one_by_one(g: nx.DiGraph, seeds, phi) -> list[int]:
    times = dict.fromkeys(g, -1) | dict.fromkeys(seeds, 0)
    clock = 0
    while True:
        clock += 1
        tipped = [
            node
            for node in g
            if times[node] < 0
            and (followees := list(g.predecessors(node)))
            and sum(times[other] >= 0 for other in followees) / len(followees) >= phi[node]
        ]
        if not tipped:
            return [times[node] for node in sorted(g)]
        times |= dict.fromkeys(tipped, clock)


class TestWatts:
    @pytest.mark.parametrize("directed", [False, True])
    @pytest.mark.parametrize("phi", [0.1, 0.25, 1 / 3, 0.5, 1.0, 1.1])
    def test_it_is_what_a_plain_loop_finds(self, directed, phi):
        g = nx.gnp_random_graph(150, 0.025, seed=5, directed=directed)
        seeds = list(range(12))
        trace = textbook.watts(g, seeds, phi, trace=True)
        assert trace.times[0].tolist() == watts_one_by_one(g.to_directed(), seeds, [phi] * 150)
        assert trace.sizes[0] == np.count_nonzero(trace.times >= 0)

    def test_everyone_may_have_their_own_threshold(self):
        g = nx.gnp_random_graph(150, 0.03, seed=6)
        phi = np.random.default_rng(1).uniform(0.05, 0.6, 150)
        trace = textbook.watts(g, [0, 1, 2], phi, trace=True)
        assert trace.times[0].tolist() == watts_one_by_one(g.to_directed(), [0, 1, 2], phi)
        assert trace.sizes[0] > 10

    @pytest.mark.parametrize(("active", "followees"), [(7, 25), (14, 50), (51, 75), (3, 10), (1, 3)])
    def test_a_share_of_exactly_phi_is_enough(self, active, followees):
        # 7 of 25 are .28, though in binary .28 · 25 is more than 7.
        graph = Graph.from_arcs(np.arange(1, followees + 1), np.zeros(followees, int), followees + 1)
        share = round(active / followees, 2) if followees != 3 else active / followees
        assert textbook.watts(graph, np.arange(1, active + 1), share).tolist() == [active + 1]
        assert textbook.watts(graph, np.arange(1, active), share).tolist() == [active - 1]

    def test_seeds_may_differ_between_replicates(self):
        sizes = textbook.watts(nx.star_graph(4), [[0], [1], [2]], 1, replicates=3)
        assert sizes.tolist() == [5, 1, 1]


CASCADES = {
    "independent cascade": lambda graph, seeds, **runs: textbook.independent_cascade(graph, seeds, 0.15, **runs),
    "independent cascade, coupled": lambda graph, seeds, **runs: textbook.independent_cascade(
        graph, seeds, 0.15, coupled=True, **runs
    ),
    "independent cascade, a probability per arc": lambda graph, seeds, **runs: textbook.independent_cascade(
        graph, seeds, np.linspace(0.05, 0.25, graph.arcs), **runs
    ),
    "linear threshold": lambda graph, seeds, **runs: textbook.linear_threshold(graph, seeds, **runs),
    "linear threshold, coupled": lambda graph, seeds, **runs: textbook.linear_threshold(
        graph, seeds, coupled=True, **runs
    ),
    "weights": lambda graph, seeds, **runs: textbook.linear_threshold(
        graph, seeds, weights=1 / graph.in_degree[graph.followers], **runs
    ),
    "watts": lambda graph, seeds, **runs: textbook.watts(graph, seeds, 0.12, **runs),
}


@pytest.mark.parametrize("name", CASCADES)
def test_a_trace_hangs_together(name, large):
    seeds = textbook.random_seeds(large, 15, replicates=8, seed=6)
    trace = CASCADES[name](large, seeds, replicates=8, seed=6, trace=True)
    assert np.array_equal(trace.sizes, CASCADES[name](large, seeds, replicates=8, seed=6))
    assert np.array_equal(trace.sizes, np.count_nonzero(trace.times >= 0, axis=1))
    assert np.array_equal(np.sort(seeds, axis=1), [np.flatnonzero(times == 0) for times in trace.times])
    assert np.array_equal(trace.parents >= 0, trace.times > 0)
    assert trace.times.max() > 2
    replicate, child = np.nonzero(trace.parents >= 0)
    parent = trace.parents[replicate, child]
    assert np.array_equal(trace.times[replicate, parent] + 1, trace.times[replicate, child])
    source = np.repeat(np.arange(large.nodes), large.out_degree)
    arcs = set(zip(source.tolist(), large.followers.tolist(), strict=True))
    assert set(zip(parent.tolist(), child.tolist(), strict=True)) <= arcs
