"""Graphs, seeds and values may be given in any dress, replicates stand on their own, and mistakes are named."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import coo_array, coo_matrix, csc_array, csr_array

from influence_sim import networks, textbook
from influence_sim.core.graph import Graph
from influence_sim.networks import NetworkError, arc_values, as_graph
from influence_sim.textbook import inputs

NODES = 60

# Each model with what it says of every node or replicate.
MODELS = {
    "independent cascade": lambda graph, seeds, **runs: textbook.independent_cascade(graph, seeds, 0.2, **runs),
    "linear threshold": lambda graph, seeds, **runs: textbook.linear_threshold(graph, seeds, **runs),
    "independent cascade, coupled": lambda graph, seeds, **runs: textbook.independent_cascade(
        graph, seeds, 0.2, coupled=True, **runs
    ),
    "independent cascade, a probability per arc": lambda graph, seeds, **runs: textbook.independent_cascade(
        graph, seeds, np.linspace(0.1, 0.3, as_graph(graph).arcs), **runs
    ),
    "linear threshold, coupled": lambda graph, seeds, **runs: textbook.linear_threshold(
        graph, seeds, coupled=True, **runs
    ),
    "watts": lambda graph, seeds, **runs: textbook.watts(graph, seeds, 0.2, **runs),
    "sir": lambda graph, seeds, **runs: textbook.sir(graph, seeds, 0.5, 1, **runs),
    "sir in steps, coupled": lambda graph, seeds, **runs: textbook.sir(
        graph, seeds, 0.2, 0.5, discrete=True, coupled=True, **runs
    ),
    "sir in steps, more contacts": lambda graph, seeds, **runs: textbook.sir(
        graph, seeds, 0.3, 0.2, discrete=True, **runs
    ),
    "sir in steps": lambda graph, seeds, **runs: textbook.sir(graph, seeds, 0.2, 0.5, discrete=True, **runs),
    "daley kendall": lambda graph, seeds, **runs: textbook.daley_kendall(graph, seeds, **runs),
    "bass": lambda graph, seeds, **runs: textbook.bass(graph, 0.1, 0.6, periods=3, dt=0.1, **runs),
}
FAST = [
    "independent cascade",
    "independent cascade, a probability per arc",
    "linear threshold",
    "sir in steps",
    "sir in steps, more contacts",
]
"""Their draws are numbered, not keyed by who they are for."""
TRACED = [*FAST, "independent cascade, coupled", "linear threshold, coupled", "watts", "sir", "sir in steps, coupled"]


@pytest.fixture(params=[False, True], ids=["undirected", "directed"])
def g(request):
    return nx.gnp_random_graph(NODES, 0.07, seed=8, directed=request.param)


def dressed(g) -> dict[str, object]:
    """Return a graph as everything that is accepted; a matrix [u, v] is the arc u → v."""
    matrix = nx.to_scipy_sparse_array(g, nodelist=range(NODES), dtype=float)
    shuffled = type(g)()
    shuffled.add_nodes_from(np.random.default_rng(1).permutation(NODES).tolist())
    shuffled.add_edges_from(list(g.edges)[::-1])
    named = nx.relabel_nodes(g, {node: f"person {node:02}" for node in g})
    multi = (nx.MultiDiGraph if g.is_directed() else nx.MultiGraph)([*g.edges, *list(g.edges)[:20], (3, 3)])
    multi.add_nodes_from(range(NODES))
    source, target = matrix.nonzero()
    return {
        "own": Graph.from_arcs(source, target, NODES),
        "int64": as_graph(g),
        "shuffled": shuffled,
        "named": named,
        "multigraph": multi,
        "csr": csr_array(matrix),
        "csc": csc_array(matrix),
        "coo matrix": coo_matrix(matrix),
        "dense": matrix.toarray(),
        "bool": matrix.toarray() > 0,
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_graph_may_come_in_any_dress(name, g):
    expected = MODELS[name](g, [3, 30], replicates=30, seed=1)
    assert expected.std() > 0 or name == "watts"
    for dress, graph in dressed(g).items():
        seeds = ["person 03", "person 30"] if dress == "named" else [3, 30]
        assert np.array_equal(MODELS[name](graph, seeds, replicates=30, seed=1), expected), dress


def test_seeding_and_opinions_take_any_dress(g):
    opinions = np.random.default_rng(1).uniform(0, 1, NODES)
    choices = {
        "by_degree": lambda graph: textbook.by_degree(graph, 9),
        "degree_discount": lambda graph: textbook.degree_discount(graph, 9, 0.1),
        "celf": lambda graph: textbook.celf(graph, 3, 0.2, replicates=20),
        "random_seeds": lambda graph: textbook.random_seeds(graph, 9, replicates=3, seed=1),
        "degroot": lambda graph: textbook.degroot(graph, opinions, steps=3),
        "friedkin_johnsen": lambda graph: textbook.friedkin_johnsen(graph, opinions, 0.5, steps=3),
        "hegselmann_krause": lambda graph: textbook.hegselmann_krause(graph, opinions, 0.3, steps=3),
        "deffuant": lambda graph: textbook.deffuant(graph, opinions, 0.3, meetings=50),
    }
    for name, choose in choices.items():
        expected = choose(g)
        for dress, graph in dressed(g).items():
            found = choose(graph)
            if found.dtype == object:
                found = np.vectorize(lambda label: int(label[-2:]))(found)
            assert np.array_equal(found, expected), (name, dress)


class TestSeeds:
    @pytest.mark.parametrize("name", MODELS)
    def test_one_set_for_all_is_the_same_set_for_each(self, name, g):
        one = MODELS[name](g, [5, 9], replicates=7, seed=2)
        each = MODELS[name](g, np.tile([9, 5], (7, 1)), replicates=7, seed=2)
        assert np.array_equal(one, each)

    @pytest.mark.parametrize("name", [name for name in MODELS if name != "bass"])
    def test_each_replicate_has_its_own(self, name, g):
        sets = textbook.random_seeds(g, 4, replicates=7, seed=3)
        together = MODELS[name](g, sets, replicates=7, seed=2)
        for replicate, seeds in enumerate(sets):
            assert MODELS[name](g, seeds, replicates=7, seed=2)[replicate] == together[replicate]

    @pytest.mark.parametrize("name", [name for name in MODELS if name != "bass"])
    def test_order_and_repetition_do_not_matter_and_nobody_reaches_nobody(self, name, g):
        run = MODELS[name]
        once = run(g, [1, 2, 3], replicates=5, seed=4)
        assert np.array_equal(run(g, [3, 1, 2, 3, 1], replicates=5, seed=4), once)
        assert run(g, [], replicates=3).tolist() == [0, 0, 0]
        assert run(g, np.empty((3, 0), int), replicates=3).tolist() == [0, 0, 0]
        assert run(g, range(NODES), replicates=3).tolist() == [NODES] * 3

    @pytest.mark.parametrize("name", [name for name in MODELS if name != "bass"])
    def test_without_arcs_only_seeds_are_reached(self, name):
        for empty in (nx.empty_graph(5), csr_array((5, 5)), Graph.from_arcs([], [], 5)):
            assert MODELS[name](empty, [0, 4], replicates=3).tolist() == [2, 2, 2]

    @pytest.mark.parametrize("name", [name for name in MODELS if name != "bass"])
    def test_isolated_nodes_are_reached_as_seeds_only(self, name):
        g = nx.complete_graph(8)
        g.add_nodes_from([8, 9])
        assert MODELS[name](g, range(8), replicates=2).tolist() == [8, 8]
        assert MODELS[name](g, [9], replicates=2).tolist() == [1, 1]

    def test_of_mixed_names_are_named_as_text(self):
        g = nx.Graph([("a", 7), (7, (1, 2))])
        assert as_graph(g).labels.tolist() == ["(1, 2)", "7", "a"]
        assert textbook.independent_cascade(g, ["7"], 1).tolist() == [3]
        assert textbook.independent_cascade(g, [7], 0).tolist() == [1]
        assert textbook.independent_cascade(g, ["(1, 2)"], 0).tolist() == [1]

    def test_of_numbers_are_numbers_whatever_their_place(self):
        g = nx.relabel_nodes(nx.path_graph(3, create_using=nx.DiGraph), {0: 70, 1: -5, 2: 12})
        assert textbook.independent_cascade(g, [70], 1).tolist() == [3]
        assert textbook.independent_cascade(g, [12], 1).tolist() == [1]
        trace = textbook.independent_cascade(g, 70, 1, trace=True)
        assert dict(zip(as_graph(g).labels.tolist(), trace.times[0].tolist(), strict=True)) == {-5: 1, 12: 2, 70: 0}
        assert textbook.by_degree(g, 2).tolist() in ([70, -5], [-5, 70])
        assert textbook.celf(g, 1, 1).tolist() == [70]
        assert textbook.celf(g, 1, 1, among=[-5, 12]).tolist() == [-5]

    def test_chosen_ones_may_be_used_at_once(self):
        g = nx.relabel_nodes(nx.barabasi_albert_graph(40, 2, seed=1), lambda node: f"n{node}")
        among = textbook.by_degree(g, 10)
        for seeds in (
            textbook.celf(g, 3, 0.2, replicates=20, among=among),
            textbook.degree_discount(g, 3, 0.2),
            textbook.random_seeds(g, 3)[0],
        ):
            assert textbook.independent_cascade(g, seeds, 0).tolist() == [3]


class TestReplicates:
    @pytest.mark.parametrize("name", MODELS)
    def test_one_is_the_same_however_many_there_are(self, name, g):
        many = MODELS[name](g, [3, 4], replicates=25, seed=5)
        for replicates in (1, 2, 9):
            assert np.array_equal(MODELS[name](g, [3, 4], replicates=replicates, seed=5), many[:replicates])

    @pytest.mark.parametrize("name", MODELS)
    @pytest.mark.parametrize("largest", [1, NODES * 4, NODES * 7 + 3])
    def test_one_is_the_same_in_any_batch(self, name, g, largest, monkeypatch):
        trace = {"trace": True} if name in TRACED else {}
        seeds = textbook.random_seeds(g, 3, replicates=25, seed=1)
        at_once = MODELS[name](g, seeds, replicates=25, seed=5, **trace)
        monkeypatch.setattr(inputs, "LARGEST_BATCH", largest)
        in_parts = MODELS[name](g, seeds, replicates=25, seed=5, **trace)
        for one, other in zip(at_once, in_parts, strict=True):
            np.testing.assert_array_equal(one, other)

    @pytest.mark.parametrize("largest", [1, 33])
    def test_without_a_network_too(self, largest, monkeypatch):
        def found():
            return [
                *textbook.sir(10, [1], 2, 1, replicates=12, seed=1, trace=True),
                textbook.daley_kendall(10, [1], replicates=12, seed=1),
                textbook.bass(10, 0.1, 1, periods=4, dt=0.1, replicates=12, seed=1),
            ]

        at_once = found()
        monkeypatch.setattr(inputs, "LARGEST_BATCH", largest)
        for one, other in zip(at_once, found(), strict=True):
            np.testing.assert_array_equal(one, other)

    @pytest.mark.parametrize("name", [name for name in MODELS if name != "watts"])
    def test_another_seed_is_another_accident(self, name, g):
        one, other = (MODELS[name](g, [3, 4], replicates=25, seed=seed) for seed in (5, -6))
        assert not np.array_equal(one, other)

    def test_meetings_do_not_depend_on_other_replicates(self):
        opinions = np.random.default_rng(1).uniform(0, 1, (5, 30))
        together = textbook.deffuant(30, opinions, 0.3, meetings=100, seed=2)
        assert np.array_equal(textbook.deffuant(30, opinions[:2], 0.3, meetings=100, seed=2), together[:2])
        assert np.array_equal(textbook.deffuant(30, opinions[0], 0.3, meetings=100, seed=2), together[0])


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ("daley kendall", *FAST)])
def test_the_numbers_of_the_nodes_do_not_matter_to_the_draws(name, g):
    """Ids travel with the nodes, as they do when the graph is kept in another order."""
    one = as_graph(g)
    place = np.random.default_rng(3).permutation(NODES)
    source = np.repeat(np.arange(NODES), one.out_degree)
    other = Graph.from_arcs(place[source], place[one.followers], NODES)
    ids = np.empty(NODES, np.int64)
    ids[place] = one.ids
    other = replace(other, ids=ids)
    trace = {"trace": True} if name in TRACED else {}
    here = MODELS[name](one, [3, 30], replicates=20, seed=1, **trace)
    there = MODELS[name](other, place[[3, 30]], replicates=20, seed=1, **trace)
    if not trace:
        assert np.array_equal(here, there)
        return
    assert np.array_equal(here[0], there[0])
    np.testing.assert_array_equal(here[1], there[1][:, place])


def test_chosen_nodes_keep_their_ids_too(g):
    one = as_graph(g)
    place = np.random.default_rng(3).permutation(NODES)
    source = np.repeat(np.arange(NODES), one.out_degree)
    ids = np.empty(NODES, np.int64)
    ids[place] = one.ids
    other = replace(Graph.from_arcs(place[source], place[one.followers], NODES), ids=ids)
    assert np.array_equal(place[textbook.by_degree(one, 12)], textbook.by_degree(other, 12))
    assert np.array_equal(place[textbook.degree_discount(one, 12, 0.1)], textbook.degree_discount(other, 12, 0.1))
    here, there = (np.sort(x) for x in (place[textbook.random_seeds(one, 9)], textbook.random_seeds(other, 9)))
    assert np.array_equal(here, there)


class TestValuesOfArcs:
    def test_an_attribute_is_what_the_array_in_order_of_the_arcs_is(self, g):
        rng = np.random.default_rng(1)
        for _, _, data in g.edges(data=True):
            data["chance"] = rng.uniform(0, 0.5)
        named = nx.relabel_nodes(g, lambda node: f"{(7 * node) % NODES:02}")
        own, values = as_graph(named), arc_values(named, "chance")
        source = np.repeat(np.arange(NODES), own.out_degree)
        by_hand = [
            named.edges[own.labels[u], own.labels[v]]["chance"] for u, v in zip(source, own.followers, strict=True)
        ]
        assert values.tolist() == by_hand
        assert values.size == (1 if g.is_directed() else 2) * g.number_of_edges()
        seeds = [own.labels[3]]
        by_name = textbook.independent_cascade(named, seeds, "chance", replicates=40, seed=1)
        assert np.array_equal(by_name, textbook.independent_cascade(own, seeds, values, replicates=40, seed=1))
        assert by_name.std() > 0

    def test_a_matrix_carries_its_entries(self):
        rng = np.random.default_rng(2)
        dense = np.where(rng.uniform(size=(30, 30)) < 0.15, rng.uniform(0, 0.6, (30, 30)), 0)
        off_diagonal = dense - np.diag(np.diag(dense))
        for matrix in (dense, csr_array(dense), csc_array(dense), coo_array(dense)):
            own, values = as_graph(matrix), arc_values(matrix, "anything")
            source = np.repeat(np.arange(30), own.out_degree)
            assert values.tolist() == off_diagonal[source, own.followers].tolist()
            assert own.arcs == np.count_nonzero(off_diagonal)
            by_name = textbook.independent_cascade(matrix, [1], "p", replicates=20)
            assert np.array_equal(by_name, textbook.independent_cascade(own, [1], values, replicates=20))

    def test_entries_given_twice_are_added_and_the_matrix_stays_as_it_is(self):
        matrix = coo_array(([0.2, 0.3, 0.4, -0.4, 0.0], ([0, 0, 1, 1, 2], [1, 1, 2, 2, 0])), shape=(3, 3))
        assert arc_values(matrix, "p").tolist() == [0.5]
        assert as_graph(matrix).arcs == 1
        assert matrix.nnz == 5

    def test_weights_of_thresholds_by_name(self):
        g = nx.DiGraph()
        g.add_weighted_edges_from([("a", "b", 0.4), ("c", "b", 0.6), ("b", "d", 1.0)], weight="w")
        assert textbook.linear_threshold(g, ["a", "c"], weights="w", replicates=5).tolist() == [4] * 5
        by_name = textbook.linear_threshold(g, ["a"], weights="w", replicates=400, seed=1)
        assert 0.3 < np.mean(by_name == 3) < 0.5

    def test_loops_need_no_value(self):
        g = nx.DiGraph([(0, 0)])
        g.add_edge(0, 1, p=0.5)
        assert arc_values(g, "p").tolist() == [0.5]

    @pytest.mark.parametrize(
        ("graph", "message"),
        [
            (Graph.from_arcs([0], [1], 2), "this graph carries no numbers; give 'p' as an array, one per arc"),
            (nx.path_graph(3), "edge 0 – 1 has no number 'p'"),
            (nx.Graph([("x", "y", {"p": "high"})]), "edge x – y has no number 'p'"),
            (nx.MultiGraph([(0, 1)]), "several edges may join the same nodes; merge them, so that each has one 'p'"),
        ],
        ids=["own", "missing", "text", "multigraph"],
    )
    def test_what_has_none_says_so(self, graph, message):
        with pytest.raises(NetworkError) as caught:
            arc_values(graph, "p")
        assert str(caught.value) == message


class TestAsGraph:
    def test_a_graph_stays_the_same_object(self):
        graph = networks.erdos_renyi(10, 2, seed=1)
        assert as_graph(graph) is graph

    @pytest.mark.parametrize(
        ("thing", "message"),
        [
            (7, "a graph is a NetworkX graph, a SciPy matrix or a Graph, got int"),
            ("friends.txt", "a graph is a NetworkX graph, a SciPy matrix or a Graph, got str"),
            ([[0, 1], [1, 0]], "a graph is a NetworkX graph, a SciPy matrix or a Graph, got list"),
            (None, "a graph is a NetworkX graph, a SciPy matrix or a Graph, got NoneType"),
            (nx.empty_graph(1), "graph: a network needs at least 2 nodes, got 1"),
            (np.zeros((2, 3)), "an adjacency matrix must be square, got shape (2, 3)"),
            (np.zeros((1, 1)), "a network needs at least 2 nodes, got 1"),
            (nx.Graph([(1, "1")]), "graph: two nodes are called '1'; give them different names"),
        ],
    )
    def test_anything_else_is_refused(self, thing, message):
        with pytest.raises(NetworkError) as caught:
            as_graph(thing)
        assert str(caught.value) == message
        if not isinstance(thing, int):
            with pytest.raises(NetworkError):
                textbook.sir(thing, [0], 1, 1)


PATH, NAMED = nx.path_graph(4), nx.Graph([("ann", "bob")])

MISTAKES = [
    (lambda: textbook.independent_cascade(as_graph(np.ones((4, 4))), [4], 0.1), "seeds must lie in 0..3, got 4 to 4"),
    (lambda: textbook.sir(9, [-1, 2], 1, 1), "seeds must lie in 0..8, got -1 to 2"),
    (lambda: textbook.daley_kendall(9, [1.0]), "seeds are node numbers, got float64"),
    (lambda: textbook.watts(PATH, [4], 0.1), "seed 4 is not a node of the graph, whose first is 0"),
    (lambda: textbook.linear_threshold(NAMED, ["cy"]), "seed 'cy' is not a node of the graph, whose first is 'ann'"),
    (lambda: textbook.linear_threshold(NAMED, [0]), "seed '0' is not a node of the graph, whose first is 'ann'"),
    (
        lambda: textbook.watts(PATH, [True, False, False, True], 0.1),
        "seeds are nodes, got true and false; np.flatnonzero tells the numbers of those that are true",
    ),
    (
        lambda: textbook.watts(PATH, [[1], [2]], 0.1, replicates=3),
        "seeds have shape (k,), or (replicates, k) with 3 replicates here; got (2, 1)",
    ),
    (
        lambda: textbook.watts(PATH, [[1], [2, 3]], 0.1, replicates=2),
        "seeds have shape (k,), or (replicates, k): as many in each replicate",
    ),
    (lambda: textbook.celf(NAMED, 1, 0.1, among=["cy"]), "seed 'cy' is not a node of the graph, whose first is 'ann'"),
    (lambda: textbook.celf(PATH, 2, 0.1, among=[1]), "k must lie in 0..1, the number of candidates, got 2"),
    (lambda: textbook.by_degree(PATH, 5), "k must lie in 0..4, the number of nodes, got 5"),
    (lambda: textbook.degree_discount(PATH, -1, 0.1), "k must lie in 0..4, the number of nodes, got -1"),
    (lambda: textbook.degree_discount(PATH, 1, 1.5), "p must lie in 0..1, got 1.5"),
    (lambda: textbook.random_seeds(3, 4), "k must lie in 0..3, the number of nodes, got 4"),
    (lambda: textbook.random_seeds(3, 1, replicates=0), "replicates must be at least 1, got 0"),
    (lambda: textbook.independent_cascade(PATH, [0], 0.1, replicates=0), "replicates must be at least 1, got 0"),
    (lambda: textbook.independent_cascade(PATH, [0], -0.1), "p must lie in 0..1, got -0.1 to -0.1"),
    (lambda: textbook.independent_cascade(PATH, [0], float("nan")), "p must lie in 0..1, got nan to nan"),
    (
        lambda: textbook.independent_cascade(PATH, [0], [0.1, 0.2, 0.3]),
        "p needs one number per arc, shape (6,), got (3,)",
    ),
    (lambda: textbook.celf(PATH, 1, np.linspace(0, 2, 6)), "p must lie in 0..1, got 0 to 2"),
    (lambda: textbook.linear_threshold(PATH, [0], weights=np.full(6, -1)), "weights must lie in 0..1, got -1 to -1"),
    (
        lambda: textbook.linear_threshold(PATH, [0], weights=np.full(6, 0.7)),
        "weights into a node may add up to 1, got 1.4 at node 1",
    ),
    (lambda: textbook.watts(PATH, [0], 0), "phi must be more than 0, got 0"),
    (lambda: textbook.watts(PATH, [0], [0.1, 0.2]), "phi is a number or one per node, shape (4,), got (2,)"),
    (lambda: textbook.sir(PATH, [0], -1, 1), "beta must be a number of at least 0, got -1"),
    (lambda: textbook.sir(PATH, [0], 1, float("inf")), "gamma must be a number of at least 0, got inf"),
    (lambda: textbook.sir(PATH, [0], 1.1, 1, discrete=True), "beta must be a probability, 0..1, got 1.1"),
    (
        lambda: textbook.sir(9, [0], 0.1, 1, discrete=True),
        "steps need a network; among people who all meet time is continuous",
    ),
    (lambda: textbook.sir(9, [0], 0.1, 0), "among people who all meet gamma must be more than 0"),
    (lambda: textbook.sir(1, [0], 0.1, 1), "a population has 2 to 2^31 - 1 people, got 1"),
    (lambda: textbook.bass(9, -1, 0.1, periods=1), "p and q must be numbers of at least 0, got -1 and 0.1"),
    (lambda: textbook.bass(9, 0.1, 0.1, periods=1, dt=0), "dt and periods must be numbers more than 0, got 0 and 1"),
    (
        lambda: textbook.bass(9, 0.1, 0.1, periods=float("inf")),
        "dt and periods must be numbers more than 0, got 0.01 and inf",
    ),
    (lambda: textbook.degroot(PATH, [1, 2, 3]), "opinions have shape (4,) or (replicates, 4), got (3,)"),
    (lambda: textbook.degroot(PATH, [1, 2, 3, np.nan]), "opinions must be finite numbers"),
    (lambda: textbook.degroot(PATH, np.zeros(4), self_weight=2), "self_weight must lie in 0..1, got 2 to 2"),
    (lambda: textbook.degroot(PATH, np.zeros(4), steps=-1), "steps must be at least 0, got -1"),
    (lambda: textbook.friedkin_johnsen(PATH, np.zeros(4), -1), "susceptibility must lie in 0..1, got -1 to -1"),
    (
        lambda: textbook.friedkin_johnsen(PATH, np.zeros(4), [0.1, 0.2]),
        "susceptibility is a number or one per node, shape (4,), got (2,)",
    ),
    (lambda: textbook.hegselmann_krause(4, np.zeros(4), -1), "epsilon must be at least 0, got -1"),
    (lambda: textbook.hegselmann_krause(4, np.zeros(5), 1), "opinions have shape (4,) or (replicates, 4), got (5,)"),
    (lambda: textbook.deffuant(4, np.zeros(4), -1, meetings=1), "epsilon must be at least 0, got -1"),
    (lambda: textbook.deffuant(4, np.zeros(4), 1, meetings=-1), "meetings must be at least 0, got -1"),
    (lambda: textbook.deffuant(4, np.zeros(4), 1, meetings=1, mu=3), "mu must lie in 0..1, got 3 to 3"),
    (lambda: textbook.deffuant(nx.empty_graph(4), np.zeros(4), 1, meetings=1), "without arcs nobody can meet"),
    (
        lambda: textbook.clusters(np.zeros((2, 4))),
        "opinions are a vector here, one replicate at a time; got shape (2, 4)",
    ),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_mistake_is_named_in_one_line(mistake, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        mistake()
    assert str(caught.value) == message
