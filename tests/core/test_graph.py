"""The graph holds the arcs it was given, once each, and all its views agree with sets of pairs.

The witnesses are written with Python's sets, dictionaries and loops, in which off-by-one errors of compressed rows
have no place.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from influence_sim.core import opinions
from influence_sim.core.graph import Graph

few = settings(derandomize=True, deadline=None, max_examples=100)


@st.composite
def arc_lists(draw, max_nodes=7):
    """A number of nodes and arcs among them; loops, repetitions, isolates and the empty graph are common."""
    nodes = draw(st.integers(0, max_nodes))
    node = st.integers(0, max(nodes - 1, 0))
    return nodes, draw(st.lists(st.tuples(node, node), max_size=30 if nodes else 0))


def build(nodes, arcs, **options):
    return Graph.from_arcs([u for u, _ in arcs], [v for _, v in arcs], nodes, **options)


def simple(arcs):
    return {(u, v) for u, v in arcs if u != v}


def pairs(graph):
    """All arcs in the order in which they are stored."""
    ends = graph.offsets.tolist()
    return [(u, v) for u in range(graph.nodes) for v in graph.followers[ends[u] : ends[u + 1]].tolist()]


def assert_equal(one, other):
    for name in ("offsets", "followers", "ids"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)
    assert (one.self_loops, one.parallel_arcs) == (other.self_loops, other.parallel_arcs)


def random_graph(nodes=60, arcs=400, seed=1):
    rng = np.random.default_rng(seed)
    # The last nodes are isolates.
    return Graph.from_arcs(rng.integers(0, nodes - 5, arcs), rng.integers(0, nodes - 5, arcs), nodes)


@given(arc_lists())
@few
def test_each_arc_is_held_once_in_ascending_order(listing):
    nodes, arcs = listing
    graph = build(nodes, arcs)
    assert pairs(graph) == sorted(simple(arcs))
    assert graph.nodes == nodes
    assert graph.arcs == len(simple(arcs))
    assert graph.offsets[0] == 0
    assert graph.offsets[-1] == graph.arcs


@given(arc_lists())
@few
@example((2, [(0, 0), (0, 0), (1, 1), (0, 1), (0, 1), (1, 0)]))
def test_each_arc_is_held_or_counted_as_left_out(listing):
    # A loop named twice is two loops, not a loop and a parallel arc; a pair of opposite arcs is not parallel.
    nodes, arcs = listing
    graph = build(nodes, arcs)
    loops = sum(u == v for u, v in arcs)
    assert graph.self_loops == loops
    assert graph.parallel_arcs == len(arcs) - loops - len(simple(arcs))


@given(arc_lists(), st.randoms(use_true_random=False))
@few
def test_the_order_of_arcs_does_not_matter(listing, random):
    nodes, arcs = listing
    shuffled = random.sample(arcs, len(arcs))
    assert_equal(build(nodes, arcs), build(nodes, shuffled))


@given(arc_lists())
@few
def test_a_graph_built_from_its_own_arcs_is_the_same_without_losses(listing):
    graph = build(*listing)
    again = build(graph.nodes, pairs(graph))
    np.testing.assert_array_equal(again.offsets, graph.offsets)
    np.testing.assert_array_equal(again.followers, graph.followers)
    assert (again.self_loops, again.parallel_arcs) == (0, 0)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint32, np.int64, np.uint64])
def test_the_type_of_node_numbers_does_not_matter(dtype):
    source, target = [3, 0, 3, 100], [0, 100, 1, 3]
    graph = Graph.from_arcs(np.array(source, dtype=dtype), np.array(target, dtype=dtype), 101)
    assert_equal(graph, Graph.from_arcs(source, target, 101))
    assert graph.offsets.dtype == np.int64
    assert graph.followers.dtype == np.int32
    assert graph.ids.dtype == np.int64


@pytest.mark.parametrize("nodes", [300_000, np.int32(300_000)])
def test_node_numbers_of_wide_graphs_do_not_wrap(nodes):
    # An arc's place among all pairs of nodes exceeds 32 bits long before a node's number does.
    source = np.array([299_999, 0, 299_998, 150_000], dtype=np.int32)
    target = np.array([299_998, 299_999, 0, 149_999], dtype=np.int32)
    graph = Graph.from_arcs(source, target, nodes)
    assert [graph.followers[graph.offsets[u] : graph.offsets[u + 1]].tolist() for u in source] == [[v] for v in target]
    assert graph.arcs == 4


def test_building_changes_no_argument():
    source, target = np.array([2, 1, 1, 0, 2]), np.array([0, 2, 2, 0, 1])
    build_from = source.copy(), target.copy()
    Graph.from_arcs(*build_from, 3)
    np.testing.assert_array_equal(build_from, [source, target])


@pytest.mark.parametrize(
    ("source", "target"),
    [([0], []), ([0, 1], [1]), ([[0]], [[1]]), (0, 1), ([0, 1], [[1, 0]])],
    ids=["no target", "lengths", "two dimensions", "scalars", "dimensions"],
)
def test_sources_and_targets_stand_in_two_equal_rows(source, target):
    with pytest.raises(ValueError, match="1-D and of one length"):
        Graph.from_arcs(source, target, 2)


@pytest.mark.parametrize(("source", "target"), [(-1, 0), (0, -1), (3, 0), (0, 3), (3, 3), (2**40, 0)])
def test_nodes_outside_the_graph_are_errors(source, target):
    # Also in a loop, which would be left out: a wrong number of nodes should not pass for want of a proper arc.
    with pytest.raises(ValueError, match=r"0\.\.2"):
        Graph.from_arcs([0, source], [1, target], 3)


def test_a_graph_without_nodes_has_no_arcs():
    with pytest.raises(ValueError, match="node numbers"):
        Graph.from_arcs([0], [1], 0)


@pytest.mark.parametrize("nodes", [0, 1, 4])
def test_a_graph_without_arcs_is_a_graph(nodes):
    graph = Graph.from_arcs([], [], nodes)
    assert (graph.nodes, graph.arcs) == (nodes, 0)
    assert graph.out_degree.tolist() == graph.in_degree.tolist() == [0] * nodes
    assert graph.mean_excess == 0
    assert graph.influence.shape == (nodes, nodes)
    assert graph.influence.nnz == 0
    everyone = np.arange(nodes)
    for position, ends in (graph.out_arcs(everyone), graph.in_arcs(everyone)):
        assert position.size == ends.size == 0


@given(arc_lists())
@few
def test_degrees_count_the_arcs_of_a_node(listing):
    nodes, arcs = listing
    graph = build(nodes, arcs)
    assert graph.out_degree.tolist() == [sum(u == node for u, _ in simple(arcs)) for node in range(nodes)]
    assert graph.in_degree.tolist() == [sum(v == node for _, v in simple(arcs)) for node in range(nodes)]


@given(arc_lists())
@few
def test_turning_all_arcs_round_exchanges_the_degrees(listing):
    nodes, arcs = listing
    graph, turned = build(nodes, arcs), build(nodes, [(v, u) for u, v in arcs])
    assert turned.in_degree.tolist() == graph.out_degree.tolist()
    assert turned.out_degree.tolist() == graph.in_degree.tolist()
    assert turned.mean_excess == graph.mean_excess


@given(arc_lists())
@few
def test_mean_excess_averages_the_followers_of_the_reader_over_all_arcs(listing):
    nodes, arcs = listing
    reached = [sum(u == reader for u, _ in simple(arcs)) for _, reader in simple(arcs)]
    expected = sum(reached) / len(reached) if reached else 0.0
    assert build(nodes, arcs).mean_excess == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("arcs", "excess"),
    [
        ([(0, 1), (1, 2), (2, 3), (3, 0)], 1.0),
        ([(u, v) for u in range(4) for v in range(4) if u != v], 3.0),
        ([(0, 1), (0, 2), (0, 3)], 0.0),
        ([(0, 1), (0, 2), (0, 3), (1, 0), (2, 0), (3, 0)], 2.0),
    ],
    ids=["ring", "complete", "outward star", "mutual star"],
)
def test_mean_excess_of_textbook_graphs(arcs, excess):
    assert build(4, arcs).mean_excess == excess


@given(arc_lists(), st.data())
@few
def test_arcs_of_nodes_are_those_of_a_loop(listing, data):
    nodes, arcs = listing
    graph = build(nodes, arcs)
    names = st.lists(st.integers(0, nodes - 1), max_size=12) if nodes else st.just([])
    asked = data.draw(names)
    dtype = data.draw(st.sampled_from([np.int32, np.int64]))
    forth = [(k, v) for k, node in enumerate(asked) for u, v in sorted(simple(arcs)) if u == node]
    back = [(k, u) for k, node in enumerate(asked) for u, v in sorted(simple(arcs)) if v == node]
    for found, expected in (
        (graph.out_arcs(np.array(asked, dtype)), forth),
        (graph.in_arcs(np.array(asked, dtype)), back),
    ):
        position, end = found
        assert list(zip(position.tolist(), end.tolist(), strict=True)) == expected


def test_a_sender_named_twice_sends_twice():
    graph = build(4, [(0, 1), (0, 3), (2, 0)])
    position, reader = graph.out_arcs(np.array([0, 1, 0, 2]))
    assert position.tolist() == [0, 0, 2, 2, 3]
    assert reader.tolist() == [1, 3, 1, 3, 0]


def test_no_senders_have_no_arcs():
    graph = random_graph()
    for position, reader in (graph.out_arcs(np.array([], dtype=np.int32)), graph.out_arcs(np.array([58, 59]))):
        assert position.size == reader.size == 0


def test_the_arcs_of_all_senders_are_all_arcs():
    graph = random_graph()
    position, reader = graph.out_arcs(np.arange(graph.nodes))
    assert list(zip(position.tolist(), reader.tolist(), strict=True)) == pairs(graph)
    position, sender = graph.in_arcs(np.arange(graph.nodes))
    assert sorted(zip(sender.tolist(), position.tolist(), strict=True)) == pairs(graph)


@pytest.mark.parametrize("senders", [[60], [0, 60], [-62]])
def test_arcs_of_nodes_beyond_the_graph_are_errors(senders):
    with pytest.raises(IndexError):
        random_graph().out_arcs(np.array(senders))


def dense_influence(graph):
    weight = np.zeros((graph.nodes, graph.nodes))
    for u, v in pairs(graph):
        weight[v, u] = 1.0
    total = weight.sum(axis=1, keepdims=True)
    return np.divide(weight, total, out=weight, where=total > 0)


@given(arc_lists())
@few
def test_influence_is_the_average_over_those_one_follows(listing):
    graph = build(*listing)
    np.testing.assert_array_equal(graph.influence.toarray(), dense_influence(graph), strict=True)


def test_influence_runs_from_the_followed_to_the_follower():
    # Node 1 follows 0 and 2, whose opinions are 4 and 10; nobody else follows anyone.
    graph = build(3, [(0, 1), (2, 1)])
    assert (graph.influence @ np.array([4.0, 100.0, 10.0])).tolist() == [0.0, 7.0, 0.0]


def test_rows_of_influence_sum_to_1_or_are_empty():
    graph = random_graph(nodes=3000, arcs=40_000)
    rows = graph.influence.sum(axis=1, dtype=np.float64)
    np.testing.assert_allclose(rows, graph.in_degree > 0, rtol=0, atol=1e-6)
    assert np.all(rows[-5:] == 0)


def test_influence_is_stored_in_order_without_zeros_or_repetitions():
    # The product with it adds up in the order of storage, which must not depend on how the graph came about.
    matrix = random_graph().influence
    assert np.all(matrix.data > 0)
    for row in range(matrix.shape[0]):
        assert np.all(np.diff(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]) > 0)


@pytest.mark.parametrize("block", [1, 7, 100, 399, 10**6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_means_block_by_block_are_the_product_to_the_last_bit(monkeypatch, block, dtype):
    monkeypatch.setattr(opinions, "BLOCK", block)
    for graph in (random_graph(), build(9, [(u, 4) for u in range(9)]), build(5, []), build(0, [])):
        alone = graph.in_degree == 0
        for shape in ((graph.nodes,), (3, graph.nodes), (0, graph.nodes)):
            held = np.random.default_rng(2).uniform(-1, 1, shape).astype(dtype)
            expected = np.where(alone, held, (graph.influence @ held.T).T)
            np.testing.assert_array_equal(opinions.peer_means(graph, held), expected, strict=True)


def test_means_keep_no_weights():
    graph = random_graph()
    opinions.peer_means(graph, np.zeros(graph.nodes))
    assert "influence" not in vars(graph)
    assert np.shares_memory(graph.influence.indices, graph.incoming[1]), "followees are held once"


def test_constant_opinions_stay_constant_under_influence():
    graph = random_graph()
    listens = graph.in_degree > 0
    np.testing.assert_allclose((graph.influence @ np.full(graph.nodes, 0.3))[listens], 0.3, rtol=1e-6)


def test_renumbering_nodes_renumbers_the_graph():
    rng = np.random.default_rng(3)
    source, target, new = rng.integers(0, 40, 200), rng.integers(0, 40, 200), rng.permutation(40)
    graph, renumbered = Graph.from_arcs(source, target, 40), Graph.from_arcs(new[source], new[target], 40)
    assert sorted((int(new[u]), int(new[v])) for u, v in pairs(graph)) == pairs(renumbered)
    np.testing.assert_array_equal(renumbered.in_degree[new], graph.in_degree)
    np.testing.assert_array_equal(renumbered.out_degree[new], graph.out_degree)
    assert renumbered.mean_excess == graph.mean_excess
    np.testing.assert_array_equal(
        renumbered.influence.toarray()[np.ix_(new, new)], graph.influence.toarray(), strict=True
    )


def test_nodes_are_known_by_their_numbers_until_renamed():
    labels = np.array(["a", "b", "c"], dtype=object)
    graph = build(3, [(0, 1)], labels=labels, name="letters")
    assert graph.ids.tolist() == [0, 1, 2]
    assert graph.labels.tolist() == ["a", "b", "c"]
    assert graph.name == "letters"
    assert build(3, [(0, 1)]).labels is None


def test_a_graph_survives_the_journey_to_a_worker():
    graph = random_graph()
    before = graph.influence.toarray()
    copy = pickle.loads(pickle.dumps(graph))
    assert_equal(copy, graph)
    np.testing.assert_array_equal(copy.influence.toarray(), before)
