"""Opinions go where linear algebra and plain loops say, meeting by meeting."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from enumerated import assert_distributed
from scipy.sparse import coo_array, csr_array

from influence_sim import networks, textbook
from influence_sim.core.draws import Process
from influence_sim.textbook import opinions as module
from influence_sim.textbook.inputs import draws_of
from influence_sim.textbook.order import one_after_the_other


def averaging(g) -> np.ndarray:
    """Return W: everyone's mean of those they follow; who follows nobody is their own peer."""
    nodes = sorted(g)
    matrix = nx.to_numpy_array(g, nodelist=nodes, weight=None).T
    matrix[matrix.sum(axis=1) == 0] = np.eye(len(nodes))[matrix.sum(axis=1) == 0]
    return matrix / matrix.sum(axis=1, keepdims=True)


@pytest.fixture
def start():
    return np.random.default_rng(7).uniform(-1, 1, (3, 40))


GRAPHS = {
    "directed": nx.gnp_random_graph(40, 0.1, seed=1, directed=True),
    "undirected": nx.gnp_random_graph(40, 0.08, seed=2),
    "with isolates": nx.gnp_random_graph(40, 0.04, seed=3),
}


class TestAveraging:
    @pytest.mark.parametrize("name", GRAPHS)
    @pytest.mark.parametrize("self_weight", [0, 0.3, 1])
    def test_steps_are_powers_of_the_matrix(self, name, self_weight, start):
        matrix = self_weight * np.eye(40) + (1 - self_weight) * averaging(GRAPHS[name])
        for steps in (0, 1, 7):
            found = textbook.degroot(GRAPHS[name], start, steps=steps, self_weight=self_weight)
            np.testing.assert_allclose(found, start @ np.linalg.matrix_power(matrix, steps).T, atol=1e-13)

    def test_the_limit_weighs_by_degree_in_an_undirected_graph(self, start):
        g = nx.connected_watts_strogatz_graph(40, 4, 0.3, seed=1)
        degree = np.array([g.degree(node) for node in sorted(g)])
        found = textbook.degroot(g, start)
        np.testing.assert_allclose(found, np.tile((start @ degree / degree.sum())[:, None], 40), atol=1e-10)

    def test_the_limit_is_the_left_eigenvector_of_a_directed_graph(self, start):
        g = nx.gnp_random_graph(40, 0.1, seed=4, directed=True)
        nx.add_cycle(g, range(40))
        values, vectors = np.linalg.eig(averaging(g).T)
        weight = np.real(vectors[:, np.argmax(np.real(values))])
        np.testing.assert_allclose(
            textbook.degroot(g, start[0]), np.full(40, start[0] @ weight / weight.sum()), atol=1e-10
        )

    def test_two_sides_that_only_hear_each_other_swing_unless_they_hear_themselves(self, monkeypatch):
        monkeypatch.setattr(module, "MOST_STEPS", 1000)
        with pytest.raises(ValueError, match="have not settled after 1,000 steps; name a number of steps"):
            textbook.degroot(nx.path_graph(2), [0, 1])
        assert textbook.degroot(nx.path_graph(2), [0, 1], steps=3).tolist() == [1, 0]
        np.testing.assert_allclose(textbook.degroot(nx.path_graph(2), [0, 1], self_weight=0.5), [0.5, 0.5])

    def test_the_given_opinions_stay_as_they_are(self, start):
        before = start.copy()
        g = GRAPHS["undirected"]
        textbook.degroot(g, start, steps=2)
        textbook.friedkin_johnsen(g, start, 0.5, steps=2)
        textbook.hegselmann_krause(g, start, 0.5, steps=2)
        textbook.deffuant(g, start, 0.5, meetings=50)
        textbook.deffuant(40, start, 0.5, meetings=50)
        assert np.array_equal(start, before)


class TestStubbornness:
    @pytest.mark.parametrize("name", GRAPHS)
    def test_the_limit_solves_the_equations(self, name, start):
        rates = np.random.default_rng(1).uniform(0, 0.95, 40)
        for susceptibility in (0.7, rates):
            share = np.diag(np.broadcast_to(susceptibility, 40))
            matrix = averaging(GRAPHS[name])
            exact = np.linalg.solve(np.eye(40) - share @ matrix, (np.eye(40) - share) @ start.T).T
            found = textbook.friedkin_johnsen(GRAPHS[name], start, susceptibility)
            np.testing.assert_allclose(found, exact, atol=1e-10)

    def test_steps(self, start):
        matrix = averaging(GRAPHS["directed"])
        expected = start[0]
        for _ in range(4):
            expected = 0.6 * matrix @ expected + 0.4 * start[0]
        found = textbook.friedkin_johnsen(GRAPHS["directed"], start[0], 0.6, steps=4)
        np.testing.assert_allclose(found, expected, atol=1e-13)

    def test_full_susceptibility_is_plain_averaging_and_none_is_none(self, start):
        g = GRAPHS["directed"]
        assert np.array_equal(textbook.friedkin_johnsen(g, start, 1, steps=5), textbook.degroot(g, start, steps=5))
        assert np.array_equal(textbook.friedkin_johnsen(g, start, 0), start)


def row_stochastic(nodes, seed):
    """Return a W with weights of all sizes, own ones among them, and without an arc between most."""
    rng = np.random.default_rng(seed)
    matrix = rng.exponential(size=(nodes, nodes)) ** 2 * (rng.random((nodes, nodes)) < 0.3) + np.eye(nodes)
    # A ring, so that everyone hears of everyone in the end.
    matrix[np.arange(nodes), np.arange(nodes) - 1] += 0.5
    return matrix / matrix.sum(axis=1, keepdims=True)


class TestWeights:
    def test_three_people_whose_consensus_is_known(self):
        """Of W the left eigenvector is (3, 6, 4)/13 (rows: who listens, columns: to whom)."""
        matrix = np.array([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5], [0.0, 0.75, 0.25]])
        assert np.array([3, 6, 4]) @ matrix == pytest.approx([3, 6, 4])
        opinions = [1.0, 0.0, -2.0]
        found = textbook.degroot(matrix.T, opinions, weights="entries", self_weight=matrix.diagonal())
        np.testing.assert_allclose(found, np.full(3, (3 - 8) / 13), atol=1e-12)
        once = textbook.degroot(matrix.T, opinions, weights="entries", self_weight=matrix.diagonal(), steps=1)
        np.testing.assert_allclose(once, [0.5, -0.75, -0.5], atol=1e-15)

    @pytest.mark.parametrize("dress", [np.asarray, csr_array, coo_array], ids=["dense", "csr", "coo"])
    def test_any_row_stochastic_matrix_is_given_by_its_transpose(self, dress, start):
        matrix = row_stochastic(40, 1)
        given = {"weights": "entries", "self_weight": matrix.diagonal()}
        for steps in (1, 2, 7):
            found = textbook.degroot(dress(matrix.T), start, steps=steps, **given)
            np.testing.assert_allclose(found, start @ np.linalg.matrix_power(matrix, steps).T, atol=1e-13)
        values, vectors = np.linalg.eig(matrix.T)
        weight = np.real(vectors[:, np.argmax(np.real(values))])
        expected = np.tile((start @ weight / weight.sum())[:, None], 40)
        np.testing.assert_allclose(textbook.degroot(dress(matrix.T), start, **given), expected, atol=1e-10)
        share = np.diag(np.random.default_rng(1).uniform(0, 0.95, 40))
        exact = np.linalg.solve(np.eye(40) - share @ matrix, (np.eye(40) - share) @ start.T).T
        found = textbook.friedkin_johnsen(dress(matrix.T), start, share.diagonal(), **given)
        np.testing.assert_allclose(found, exact, atol=1e-10)

    def test_an_attribute_an_array_and_entries_say_the_same(self, start):
        g = nx.gnp_random_graph(40, 0.1, seed=4, directed=True)
        rng = np.random.default_rng(2)
        for _, _, edge in g.edges(data=True):
            edge["hears"] = rng.uniform(0, 5)
        arcs = [g.edges[arc]["hears"] for arc in sorted(g.edges)]
        matrix = nx.to_numpy_array(g, nodelist=range(40), weight="hears").T
        matrix[matrix.sum(axis=1) == 0] = np.eye(40)[matrix.sum(axis=1) == 0]
        expected = start @ (matrix / matrix.sum(axis=1, keepdims=True)).T
        entries = nx.to_scipy_sparse_array(g, nodelist=range(40), weight="hears")
        for graph, weights in ((g, "hears"), (g, arcs), (networks.as_graph(g), arcs), (entries, "any text")):
            np.testing.assert_allclose(textbook.degroot(graph, start, weights=weights, steps=1), expected, atol=1e-13)

    def test_only_proportions_count_and_without_weights_entries_do_not(self, start):
        g = GRAPHS["directed"]
        once = textbook.degroot(g, start, steps=1)
        for weights in (3, np.full(g.number_of_edges(), 0.01)):
            np.testing.assert_allclose(textbook.degroot(g, start, weights=weights, steps=1), once, atol=1e-13)
        entries = csr_array(row_stochastic(40, 3).T)
        plain = (entries > 0).astype(float)
        assert np.array_equal(textbook.degroot(entries, start, steps=2), textbook.degroot(plain, start, steps=2))
        listening = textbook.degroot(entries, start, weights="entries", steps=2)
        assert np.abs(listening - textbook.degroot(entries, start, steps=2)).max() > 0.05

    def test_the_receiver_of_an_arc_listens_to_its_sender(self):
        matrix = np.array([[0, 2.0], [0, 0]])
        for weights in (None, "entries"):
            assert textbook.degroot(matrix, [1, 5], weights=weights).tolist() == [1, 1]

    def test_who_listens_to_nobody_with_any_weight_keeps_their_opinion(self):
        g = nx.DiGraph([(0, 1), (1, 2), (0, 2)])
        found = textbook.degroot(g, [1.0, 2.0, 3.0], weights=[0, 0, 4], steps=1)
        assert found.tolist() == [1, 2, 2]
        assert textbook.friedkin_johnsen(g, [1.0, 2.0, 3.0], 0.5, weights=[0, 0, 0]).tolist() == [1, 2, 3]

    @pytest.mark.parametrize("name", GRAPHS)
    def test_own_weights_may_differ(self, name, start):
        own = np.random.default_rng(5).uniform(0, 1, 40)
        matrix = np.diag(own) + (1 - own)[:, None] * averaging(GRAPHS[name])
        found = textbook.degroot(GRAPHS[name], start, steps=3, self_weight=own)
        np.testing.assert_allclose(found, start @ np.linalg.matrix_power(matrix, 3).T, atol=1e-13)
        exact = np.linalg.solve(np.eye(40) - 0.7 * matrix, 0.3 * start.T).T
        found = textbook.friedkin_johnsen(GRAPHS[name], start, 0.7, self_weight=own)
        np.testing.assert_allclose(found, exact, atol=1e-10)

    @pytest.mark.parametrize("model", ["degroot", "friedkin_johnsen"])
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"weights": [1, -1]}, "weights must be numbers of at least 0, got -1 to 1"),
            ({"weights": [1, np.inf]}, "weights must be numbers of at least 0, got 1 to inf"),
            ({"weights": [1, np.nan]}, "weights must be numbers of at least 0, got nan to nan"),
            ({"weights": [1]}, r"weights needs one number per arc, shape \(2,\), got \(1,\)"),
            ({"self_weight": [0.1, 0.2, 1.2]}, "self_weight must lie in 0..1, got 0.1 to 1.2"),
            ({"self_weight": [0.1, 0.2]}, r"self_weight is a number or one per node, shape \(3,\), got \(2,\)"),
        ],
    )
    def test_a_mistake_is_named(self, model, given, message):
        more = {"susceptibility": 0.5} if model == "friedkin_johnsen" else {}
        with pytest.raises(ValueError, match=f"^{message}$"):
            getattr(textbook, model)(nx.DiGraph([(0, 1), (1, 2)]), np.zeros(3), **more, **given)

    @pytest.mark.parametrize("weights", [None, [1, 2]], ids=["plain", "weights"])
    def test_the_graph_is_converted_once(self, weights, monkeypatch):
        calls = []
        monkeypatch.setattr(module, "as_graph", lambda graph: calls.append(1) or networks.as_graph(graph))
        textbook.degroot(nx.DiGraph([(0, 1), (1, 2)]), np.zeros(3), weights=weights, steps=1)
        textbook.friedkin_johnsen(nx.DiGraph([(0, 1), (1, 2)]), np.zeros(3), 0.5, weights=weights, steps=1)
        assert len(calls) == 2


def krause_one_by_one(g, opinions, epsilon):
    moved = []
    for node in sorted(g):
        near = [opinions[node]]
        near += [opinions[other] for other in g.predecessors(node) if abs(opinions[other] - opinions[node]) <= epsilon]
        moved.append(sum(near) / len(near))
    return np.array(moved)


class TestBoundedConfidenceOfAll:
    @pytest.mark.parametrize("name", GRAPHS)
    def test_on_a_network_it_is_what_a_plain_loop_finds(self, name, start):
        g = GRAPHS[name].to_directed()
        expected = [row for row in start]
        for _ in range(3):
            expected = [krause_one_by_one(g, row, 0.4) for row in expected]
        found = textbook.hegselmann_krause(GRAPHS[name], start, 0.4, steps=3)
        np.testing.assert_allclose(found, expected, atol=1e-13)

    def test_among_all_it_is_what_a_plain_loop_finds(self, start):
        everybody = nx.complete_graph(40, create_using=nx.DiGraph)
        expected = start[0]
        for steps in range(1, 7):
            expected = krause_one_by_one(everybody, expected, 0.25)
            found = textbook.hegselmann_krause(40, start, 0.25, steps=steps)
            np.testing.assert_allclose(found[0], expected, atol=1e-12)
        on_graph = textbook.hegselmann_krause(everybody, start, 0.25, steps=6)
        np.testing.assert_allclose(found, on_graph, atol=1e-12)

    def test_settled_groups_lie_farther_apart_than_they_hear(self):
        found = textbook.hegselmann_krause(300, np.random.default_rng(3).uniform(0, 1, (4, 300)), 0.1)
        for row in found:
            values = np.unique(np.round(row, 9))
            assert 2 <= values.size == textbook.clusters(row, minor=0)
            assert np.diff(values).min() > 0.1

    def test_who_hears_nobody_stays_and_who_hears_all_meets_in_the_middle(self, start):
        np.testing.assert_allclose(textbook.hegselmann_krause(40, start, 0), start, atol=1e-14)
        assert np.array_equal(textbook.hegselmann_krause(GRAPHS["directed"], start, 0), start)
        np.testing.assert_allclose(
            textbook.hegselmann_krause(40, start, 2), np.tile(start.mean(axis=1)[:, None], 40), atol=1e-14
        )


def deffuant_one_by_one(people, start, epsilon, meetings, mu, seed):
    """Let the same meetings happen one by one."""
    nodes = start.shape[1]
    opinions = start.copy().reshape(-1)
    block = max(nodes // 2, 1)
    draws = draws_of(seed, range(len(start)))
    for number, begun in enumerate(range(0, meetings, block)):
        count = min(block, meetings - begun)
        first, second = module._pairs(people, draws.at(Process.MEETING, number), len(start), count)
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            assert one // nodes == other // nodes
            assert one != other
            distance = opinions[other] - opinions[one]
            if abs(distance) <= epsilon:
                opinions[one] += mu * distance
                opinions[other] -= mu * distance
    return opinions.reshape(start.shape)


class TestBoundedConfidenceOfTwo:
    @pytest.mark.parametrize("mu", [0.1, 0.5, 1.0])
    @pytest.mark.parametrize("people", [40, *GRAPHS], ids=str)
    def test_waves_are_one_meeting_after_the_other(self, people, mu, start):
        own = people if isinstance(people, int) else networks.as_graph(GRAPHS[people])
        for epsilon, meetings in ((0.4, 333), (3, 77), (0.4, 1)):
            found = textbook.deffuant(own, start, epsilon, meetings=meetings, mu=mu, seed=5)
            assert np.array_equal(found, deffuant_one_by_one(own, start, epsilon, meetings, mu, 5))
            assert not np.array_equal(found, start)

    def test_in_a_wave_nobody_occurs_twice_and_everybody_keeps_the_order(self):
        rng = np.random.default_rng(1)
        first = rng.integers(0, 12, 200)
        second = (first + rng.integers(1, 12, 200)) % 12
        order = np.concatenate(waves := list(one_after_the_other(first, second, np.empty(12, np.int32))))
        assert sorted(order) == list(range(200))
        for wave in waves:
            assert np.unique(np.concatenate([first[wave], second[wave]])).size == 2 * wave.size
        for person in range(12):
            took_part = [meeting for meeting in order if person in (first[meeting], second[meeting])]
            assert took_part == sorted(took_part)

    @pytest.mark.parametrize(
        "g", [5, nx.star_graph(3), nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 2)])], ids=["all", "star", "directed"]
    )
    def test_every_pair_that_may_meet_is_as_likely(self, g):
        nodes = g if isinstance(g, int) else len(g)
        # With mu = 1 the two swap their opinions, which tells who they were.
        start = np.tile(np.arange(nodes, dtype=float), (12_000, 1))
        found = textbook.deffuant(g, start, nodes, meetings=1, mu=1, seed=3)
        replicate, moved = np.nonzero(found != start)
        assert np.array_equal(replicate, np.repeat(np.arange(12_000), 2))
        pairs = map(tuple, moved.reshape(-1, 2).tolist())
        if isinstance(g, int):
            arcs = list(combinations(range(g), 2))
        else:
            arcs = [tuple(sorted(arc)) for arc in (g if g.is_directed() else g.to_directed()).edges]
        assert_distributed(pairs, {pair: arcs.count(pair) / len(arcs) for pair in arcs})

    def test_the_mean_stays(self, start):
        found = textbook.deffuant(40, start, 0.5, meetings=2_000, mu=0.3)
        np.testing.assert_allclose(found.mean(axis=1), start.mean(axis=1), atol=1e-13)

    def test_without_confidence_nobody_moves(self, start):
        assert np.array_equal(textbook.deffuant(40, start, 0, meetings=500), start)
        assert np.array_equal(textbook.deffuant(40, start, 2, meetings=500, mu=0), start)
        assert np.array_equal(textbook.deffuant(40, start, 2, meetings=0), start)


class TestClusters:
    def test_they_are_counted_apart_from_minor_ones(self):
        opinions = [0.1] * 50 + [0.105] * 50 + [0.5] + [0.9] * 99
        assert textbook.clusters(opinions) == 2
        assert textbook.clusters(opinions, minor=0) == 3
        assert textbook.clusters(opinions, within=0.001) == 3
        assert textbook.clusters(opinions, within=0.5) == 1

    def test_nobody_has_none(self):
        assert textbook.clusters([], minor=0) == 0
        assert textbook.clusters([3.0]) == 1
