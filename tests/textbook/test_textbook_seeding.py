"""Seeds are what the plain definitions choose: most followers, the discount, and the greedy choice."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from influence_sim import networks, textbook
from influence_sim.core.graph import Graph
from influence_sim.textbook import seeding


@pytest.fixture(scope="module")
def small():
    return networks.as_graph(nx.gnp_random_graph(25, 0.12, seed=3))


class TestByDegree:
    def test_most_followers_come_first(self):
        graph = networks.heavy_tailed(500, 6, seed=1)
        chosen = textbook.by_degree(graph, 60)
        assert np.unique(chosen).size == 60
        assert np.array_equal(graph.out_degree[chosen], np.sort(graph.out_degree)[::-1][:60])

    def test_equals_stand_in_no_order(self):
        chosen = textbook.by_degree(nx.cycle_graph(1000), 300)
        assert not np.array_equal(chosen, np.sort(chosen))
        assert abs(chosen.mean() - 500) < 100

    def test_fewer_are_the_first_of_more(self, small):
        assert np.array_equal(textbook.by_degree(small, 4), textbook.by_degree(small, 9)[:4])
        assert textbook.by_degree(small, 0).size == 0
        assert sorted(textbook.by_degree(small, 25)) == list(range(25))


def discount_one_by_one(g, k, p, rank):
    chosen = []
    for _ in range(k):
        worth = {}
        for node in g:
            if node not in chosen:
                d, t = g.degree(node), sum(other in chosen for other in g.adj[node])
                worth[node] = d - 2 * t - (d - t) * t * p
        best = max(worth.values())
        chosen.append(min((node for node in worth if worth[node] == best), key=rank.__getitem__))
    return chosen


class TestDegreeDiscount:
    @pytest.mark.parametrize("p", [0, 0.01, 0.1, 0.5, 1])
    def test_it_is_the_formula_node_by_node(self, p):
        g = nx.barabasi_albert_graph(80, 3, seed=2)
        rank = np.argsort(networks.as_graph(g).by_chance)
        assert textbook.degree_discount(g, 30, p).tolist() == discount_one_by_one(g, 30, p, rank)

    def test_who_is_chosen_is_not_chosen_again(self):
        chosen = textbook.degree_discount(nx.complete_graph(12), 12, 0.3)
        assert sorted(chosen) == list(range(12))


def greedy_one_by_one(graph, k, p, replicates, seed, candidates):
    def worth(seeds):
        return textbook.independent_cascade(graph, seeds, p, replicates=replicates, seed=seed, coupled=True).mean()

    chosen = []
    for _ in range(k):
        gains = [worth([*chosen, node]) if node not in chosen else -1 for node in candidates]
        chosen.append(candidates[int(np.argmax(gains))])
    return chosen


class TestGreedy:
    @pytest.mark.parametrize("p", [0.05, 0.2, 0.5])
    def test_lazy_is_what_full_evaluation_chooses(self, small, p):
        chosen = textbook.celf(small, 4, p, replicates=60, seed=2)
        assert chosen.tolist() == greedy_one_by_one(small, 4, p, 60, 2, list(range(25)))

    def test_probabilities_per_arc(self, small):
        p = np.random.default_rng(1).uniform(0, 0.6, small.arcs)
        chosen = textbook.celf(small, 3, p, replicates=50, seed=3)
        assert chosen.tolist() == greedy_one_by_one(small, 3, p, 50, 3, list(range(25)))

    def test_among_some(self, small):
        chosen = textbook.celf(small, 3, 0.2, replicates=50, seed=4, among=[20, 3, 8, 3, 11])
        assert chosen.tolist() == greedy_one_by_one(small, 3, 0.2, 50, 4, [3, 8, 11, 20])

    def test_it_reaches_at_least_the_known_share_of_the_best(self):
        for number in range(4):
            graph = networks.as_graph(nx.gnp_random_graph(11, 0.2, seed=number, directed=True))
            cascades = {"p": 0.3, "replicates": 100, "seed": number}

            def worth(seeds, graph=graph, cascades=cascades):
                return textbook.independent_cascade(graph, list(seeds), coupled=True, **cascades).mean()

            best = max(worth(seeds) for seeds in combinations(range(11), 3))
            assert worth(textbook.celf(graph, 3, **cascades)) >= (1 - 1 / np.e) * best

    def test_it_is_better_than_degree_where_hubs_share_their_audience(self):
        # Two hubs with the same followers, and a smaller one elsewhere.
        arcs = [(0, v) for v in range(3, 23)] + [(1, v) for v in range(3, 23)] + [(2, v) for v in range(23, 35)]
        graph = Graph.from_arcs(*np.array(arcs).T, 35)
        assert sorted(textbook.by_degree(graph, 2)) == [0, 1]
        assert 2 in textbook.celf(graph, 2, 0.9, replicates=50)

    def test_small_batches_choose_the_same(self, small, monkeypatch):
        chosen = textbook.celf(small, 4, 0.2, replicates=30, seed=5)
        for largest in (1, 100, 25 * 31):
            monkeypatch.setattr(seeding, "LARGEST_BATCH", largest)
            assert np.array_equal(textbook.celf(small, 4, 0.2, replicates=30, seed=5), chosen)

    def test_nobody_and_everybody_may_be_asked_for(self, small):
        assert textbook.celf(small, 0, 0.2, replicates=3).size == 0
        assert sorted(textbook.celf(small, 25, 0.2, replicates=3)) == list(range(25))


class TestRandomSeeds:
    def test_all_nodes_are_as_likely_and_none_occurs_twice(self):
        chosen = textbook.random_seeds(10, 3, replicates=6_000, seed=1)
        assert chosen.shape == (6_000, 3)
        assert all(np.unique(row).size == 3 for row in chosen)
        counts = np.bincount(chosen.ravel(), minlength=10)
        assert np.sum((counts - 1800) ** 2 / 1800) < 27.9  # chi-square with 9 degrees, 1 in 1,000

    def test_none_and_all(self):
        assert textbook.random_seeds(4, 0, replicates=2).shape == (2, 0)
        assert np.sort(textbook.random_seeds(4, 4, replicates=2)).tolist() == [[0, 1, 2, 3]] * 2
