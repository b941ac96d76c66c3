"""NetHEPT, on which influence maximisation is compared: published seeds reach what they reach elsewhere.

The reference means are simulations by another program, 2,000 cascades each, with their standard errors. Parallel edges
are separate trials in "multi": m of them transmit with probability 1 − (1 − p)^m. "wc" is the weighted cascade,
p = 1/degree of the receiver, counted the same way.
"""

from __future__ import annotations

import gzip
import json
from array import array
from typing import NamedTuple

import numpy as np
import pytest
from cynetdiff.models import IndependentCascadeModel
from real_data import real_data
from scipy.sparse import csr_array

from influence_sim import textbook
from influence_sim.core.graph import Graph
from influence_sim.networks import read

P = 0.01
LDAG, DISCOUNT, IMPC = (
    "ldag_50_on_nethept_hep",
    "degree_discount_ic_on_nethept_hep",
    "impc_50_on_nethept_wc_15229",
)


class NetHEPT(NamedTuple):
    """The graph, what its arcs transmit, and the file's arcs both ways with repetitions."""

    graph: Graph
    chances: dict[str, float | np.ndarray]
    source: np.ndarray
    target: np.ndarray


def published() -> dict[str, list[int]]:
    return json.loads(real_data("graphs/nethept_published_seeds.json").read_text())


@pytest.fixture(scope="module")
def hept() -> NetHEPT:
    file = real_data("graphs/nethept_hep.txt.gz")
    graph = read(file)
    with gzip.open(file) as lines:
        u, v = np.loadtxt(lines, dtype=np.int64, skiprows=1).T
    u, v = u[u != v], v[u != v]
    assert np.array_equal(graph.labels, np.arange(graph.nodes))
    source, target = np.concatenate([u, v]), np.concatenate([v, u])
    # Arcs stand in the order of these numbers.
    _, many = np.unique(source * graph.nodes + target, return_counts=True)
    degree = np.bincount(target, minlength=graph.nodes)
    chances = {
        "multi": 1 - (1 - P) ** many,
        "simple": P,
        "wc multi": 1 - (1 - 1 / degree[graph.followers]) ** many,
        "wc simple": 1 / graph.in_degree[graph.followers],
    }
    return NetHEPT(graph, chances, source, target)


@pytest.fixture(scope="module")
def weighted() -> csr_array:
    """The file that carries the probabilities of its arcs."""
    with gzip.open(real_data("graphs/nethept_wc_15229.txt.gz")) as lines:
        source, target, p = np.loadtxt(lines, skiprows=1).T
    return csr_array((p, (source.astype(int), target.astype(int))), shape=(15_229, 15_229))


def reach(graph, seeds, p, replicates=4000):
    """Return the mean of cascades and its standard error."""
    sizes = textbook.independent_cascade(graph, seeds, p, replicates=replicates, seed=11)
    return sizes.mean(), sizes.std() / np.sqrt(replicates)


def assert_agree(one, other):
    (mean, error), (other_mean, other_error) = one, other
    assert abs(mean - other_mean) < 3 * np.hypot(error, other_error), (one, other)


def test_the_graph_is_the_published_one(hept):
    assert (hept.graph.nodes, hept.graph.arcs // 2) == (15_233, 31_376)
    assert hept.source.size // 2 + hept.graph.self_loops == 58_891


@pytest.mark.parametrize(
    ("seeds", "model", "mean", "error"),
    [
        (LDAG, "multi", 128.4, 0.27),
        (LDAG, "simple", 70.6, 0.11),
        (LDAG, "wc multi", 886.0, 1.8),
        (LDAG, "wc simple", 915.1, 2.1),
        (DISCOUNT, "multi", 134.2, 0.27),
        (DISCOUNT, "simple", 69.9, 0.12),
        (DISCOUNT, "wc multi", 863.0, 1.7),
        (DISCOUNT, "wc simple", 853.1, 2.0),
    ],
)
def test_published_seeds_reach_what_they_reach_elsewhere(hept, seeds, model, mean, error):
    replicates = 2000 if model.startswith("wc") else 4000
    assert_agree(reach(hept.graph, published()[seeds], hept.chances[model], replicates), (mean, error))


def test_the_probabilities_of_a_file_are_taken(weighted):
    assert_agree(reach(weighted, published()[IMPC], "p", 2000), (951.0, 2.1))


def test_parallel_edges_as_separate_trials_reach_as_many(hept):
    order = np.argsort(hept.source, kind="stable")
    starts = np.searchsorted(hept.source[order], np.arange(hept.graph.nodes))
    arcs = array("I", hept.target[order].tolist())
    model = IndependentCascadeModel(array("I", starts.tolist()), arcs, activation_prob=P, rng=1)
    for seeds in (LDAG, DISCOUNT):
        model.set_seeds(published()[seeds])
        sizes = []
        for _ in range(4000):
            model.reset_model()
            model.advance_until_completion()
            sizes.append(model.get_num_activated_nodes())
        theirs = np.mean(sizes), np.std(sizes) / np.sqrt(4000)
        assert_agree(reach(hept.graph, published()[seeds], hept.chances["multi"]), theirs)


def test_weights_rounded_by_the_file_are_shares_of_those_one_follows(weighted):
    # They add up to 1 but for rounding; a threshold falls between the two sums once in a million.
    seeds = published()[IMPC]
    by_file = textbook.linear_threshold(weighted, seeds, weights="p", replicates=20, seed=1)
    by_count = textbook.linear_threshold(weighted, seeds, replicates=20, seed=1)
    np.testing.assert_allclose(by_file, by_count, rtol=0.01)
    assert by_count.mean() > 500


def test_our_choices_reach_no_less_than_the_published_one(hept):
    """The published list was made on the multigraph, so ours, on simple ties, must do better there."""
    graph = hept.graph
    theirs = reach(graph, published()[DISCOUNT], P)
    degree = reach(graph, textbook.by_degree(graph, 50), P)
    discount = reach(graph, textbook.degree_discount(graph, 50, P), P)
    greedy = reach(graph, textbook.celf(graph, 50, P, replicates=500, among=textbook.by_degree(graph, 1000)), P)
    for ours in (degree, discount, greedy):
        assert ours[0] > theirs[0] - 3 * np.hypot(ours[1], theirs[1])
    assert discount[0] > degree[0] - 3 * np.hypot(discount[1], degree[1])
    assert greedy[0] > degree[0] - 3 * np.hypot(greedy[1], degree[1])


def test_the_greedy_choice_is_as_good_as_the_published_one_on_the_multigraph(hept):
    graph, p = hept.graph, hept.chances["multi"]
    theirs = reach(graph, published()[DISCOUNT], p)
    greedy = reach(graph, textbook.celf(graph, 50, p, replicates=500, among=textbook.by_degree(graph, 1000)), p)
    assert greedy[0] > theirs[0] - 3 * np.hypot(greedy[1], theirs[1])
    by_degree = reach(graph, textbook.by_degree(graph, 50), p)
    assert greedy[0] > by_degree[0] + 5
