"""Generators give the graphs that their papers define, for every seed the same one."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom, chisquare
from triangles import clustering, matrix_of

from influence_sim.core.graph import Graph
from influence_sim.networks import erdos_renyi, heavy_tailed, small_world, stochastic_block

BLOCKS = [[0.5, 0.1], [0.2, 0.9]]
GENERATORS = {
    "heavy_tailed": lambda seed: heavy_tailed(500, 6, seed),
    "heavy_tailed with dependence": lambda seed: heavy_tailed(500, 6, seed, dependence=0.3),
    "small_world": lambda seed: small_world(500, 6, seed),
    "erdos_renyi": lambda seed: erdos_renyi(500, 6, seed),
    "erdos_renyi undirected": lambda seed: erdos_renyi(500, 6, seed, directed=False),
    "stochastic_block": lambda seed: stochastic_block([300, 200], [[0.02, 0.001], [0.002, 0.03]], seed),
}


def arcs_of(graph: Graph) -> list[str]:
    source = np.repeat(np.arange(graph.nodes), graph.out_degree)
    return [f"{u}→{v}" for u, v in zip(source.tolist(), graph.followers.tolist(), strict=True)]


def is_symmetric(graph: Graph) -> bool:
    return (matrix_of(graph) != matrix_of(graph).T).nnz == 0


def power_law_exponent(degree: np.ndarray, least: int) -> float:
    """The maximum-likelihood estimate of Clauset, Shalizi & Newman (2009), eq. 3.7."""
    tail = degree[degree >= least]
    return float(1 + tail.size / np.log(tail / (least - 0.5)).sum())


@pytest.mark.parametrize("generate", GENERATORS.values(), ids=GENERATORS)
class TestEveryGenerator:
    def test_a_seed_names_one_graph(self, generate):
        one, again, other = generate(5), generate(5), generate(6)
        assert np.array_equal(one.offsets, again.offsets)
        assert np.array_equal(one.followers, again.followers)
        assert arcs_of(one) != arcs_of(other)

    def test_any_integer_is_a_seed(self, generate):
        assert arcs_of(generate(-1)) != arcs_of(generate(2**70))

    def test_numpy_integers_are_integers(self, generate):
        assert arcs_of(generate(np.int64(5))) == arcs_of(generate(5))

    def test_nothing_is_left_out_because_nothing_occurs_twice(self, generate):
        graph = generate(7)
        assert graph.self_loops == 0
        assert graph.parallel_arcs == 0


def test_known_graphs():
    assert " ".join(arcs_of(heavy_tailed(6, 1.5, 7, dependence=0.2))) == "0→1 0→5 1→4 2→3 3→1 4→0 5→1 5→2 5→3"
    assert " ".join(arcs_of(erdos_renyi(6, 1.5, 7))) == "0→1 1→2 1→4 3→5 4→5 5→1 5→4"
    assert " ".join(arcs_of(stochastic_block([3, 3], BLOCKS, 7))) == "0→1 1→2 2→0 3→4 3→5 4→3 4→5 5→4"
    ties = [arc for arc in arcs_of(small_world(8, 2, 7, 0.5)) if arc[0] < arc[2]]
    assert " ".join(ties) == "0→1 1→5 2→7 3→4 4→6 4→7 5→6 6→7"


class TestHeavyTail:
    @pytest.mark.parametrize("exponent", [2.2, 2.5, 3.0])
    def test_the_exponent_of_audiences_is_the_one_asked_for(self, exponent):
        graph = heavy_tailed(100_000, 10, seed=3, exponent=exponent)
        assert power_law_exponent(graph.out_degree, least=20) == pytest.approx(exponent, abs=0.02)

    @pytest.mark.parametrize(
        ("nodes", "mean"), [(2, 1), (3, 1.5), (7, 0.4), (10, 5), (99, 49.5), (2_000, 10), (30_000, 3.3)]
    )
    def test_the_mean_degree_is_the_one_asked_for(self, nodes, mean):
        graph = heavy_tailed(nodes, mean, seed=1)
        assert graph.arcs == round(nodes * mean)
        assert graph.out_degree.max() <= np.ceil(nodes / 2)

    def test_the_first_rank_has_the_natural_cutoff(self):
        graph = heavy_tailed(100_000, 10, seed=1)
        # As the sum of r^(−2/3) up to n is 3·n^(1/3) + ζ(2/3).
        assert graph.out_degree.max() == pytest.approx(1e6 / (3 * 1e5 ** (1 / 3) - 2.4476), abs=1)

    def test_followees_are_poisson_and_independent_of_the_audience(self):
        graph = heavy_tailed(50_000, 10, seed=2)
        followees = graph.in_degree
        assert followees.mean() == 10
        assert followees.var() == pytest.approx(10, abs=4 * 10 * np.sqrt(2 / 50_000) + 0.05)
        assert abs(np.corrcoef(followees, graph.out_degree)[0, 1]) < 4 / np.sqrt(50_000)

    def test_dependence_is_the_slope_of_followees_on_audience(self):
        graph = heavy_tailed(50_000, 10, seed=2, dependence=0.1)
        slope, constant = np.polyfit(graph.out_degree, graph.in_degree, 1)
        assert slope == pytest.approx(0.1, abs=0.005)
        assert constant == pytest.approx(9, abs=0.1)

    def test_a_single_arc_joins_each_pair_with_equal_probability(self):
        graphs = [heavy_tailed(4, 0.25, seed) for seed in range(4_000)]
        counts = np.zeros((4, 4))
        for graph in graphs:
            counts += matrix_of(graph).toarray()
        assert not np.diag(counts).any()
        assert chisquare(counts[~np.eye(4, dtype=bool)]).pvalue > 1e-4

    def test_every_set_of_followers_is_equally_likely(self):
        absent = np.zeros(4)
        for seed in range(3_000):
            graph = heavy_tailed(4, 1, seed)
            for author in np.flatnonzero(graph.out_degree == 2):
                followers = graph.followers[graph.offsets[author] : graph.offsets[author + 1]]
                # Author, followers and the absent one are 0 + 1 + 2 + 3.
                absent[(6 - author - followers.sum() - author) % 4] += 1
        assert absent[0] == 0
        assert absent.sum() > 1_000
        assert chisquare(absent[1:]).pvalue > 1e-4

    def test_node_numbers_say_nothing_about_the_audience(self):
        graph = heavy_tailed(50_000, 10, seed=2)
        rank = graph.out_degree.argsort().argsort()
        assert abs(np.corrcoef(np.arange(50_000), rank)[0, 1]) < 4 / np.sqrt(50_000)


class TestSmallWorld:
    @pytest.mark.parametrize(("nodes", "degree"), [(3, 2), (10, 4), (101, 8), (5, 4)])
    def test_without_rewiring_it_is_the_ring_lattice(self, nodes, degree):
        graph = small_world(nodes, degree, seed=1, rewire=0)
        for node in range(nodes):
            near = {(node + step) % nodes for step in range(-degree // 2, degree // 2 + 1)} - {node}
            assert set(graph.followers[graph.offsets[node] : graph.offsets[node + 1]].tolist()) == near

    @pytest.mark.parametrize("degree", [4, 6, 10])
    def test_the_lattice_has_its_known_clustering(self, degree):
        graph = small_world(200, degree, seed=1, rewire=0)
        assert clustering(graph) == pytest.approx(3 * (degree - 2) / (4 * (degree - 1)), abs=1e-12)

    @pytest.mark.parametrize("rewire", [0.05, 0.2, 0.5, 1])
    def test_every_tie_is_kept_and_goes_both_ways(self, rewire):
        graph = small_world(2_000, 10, seed=4, rewire=rewire)
        assert graph.arcs == 20_000
        assert is_symmetric(graph)

    @pytest.mark.parametrize("rewire", [0.05, 0.2, 0.5])
    def test_clustering_falls_as_barrat_and_weigt_found(self, rewire):
        # Eur. Phys. J. B 13 (2000) 547: C(p) = C(0)·(1 − p)³ + O(1/N).
        graph = small_world(20_000, 10, seed=4, rewire=rewire)
        lattice = 3 * 8 / (4 * 9)
        assert clustering(graph) == pytest.approx(lattice * (1 - rewire) ** 3, abs=0.01)

    def test_ties_move_as_often_as_asked(self):
        nodes, degree, rewire = 20_000, 10, 0.3
        graph = small_world(nodes, degree, seed=4, rewire=rewire)
        source = np.repeat(np.arange(nodes), graph.out_degree)
        ahead = (graph.followers - source) % nodes
        moved = 1 - np.count_nonzero(ahead <= degree // 2) / (nodes * degree / 2)
        ties = nodes * degree / 2
        # A moved tie may land on a place that has become free, which about one in nodes / degree does.
        assert moved == pytest.approx(rewire, abs=4 * np.sqrt(rewire * (1 - rewire) / ties) + degree / nodes)

    def test_everyone_keeps_the_ties_they_lead(self):
        graph = small_world(2_000, 10, seed=4, rewire=1)
        assert graph.out_degree.min() >= 5

    def test_more_rewiring_moves_more_of_the_same_ties(self):
        lattice = set(arcs_of(small_world(3_000, 6, 9, 0)))
        kept = [lattice.intersection(arcs_of(small_world(3_000, 6, 9, p))) for p in (0.6, 0.3, 0.1)]
        for fewer, more in pairwise(kept):
            # But for those that land on a place that has become free.
            assert len(fewer - more) < 0.005 * len(fewer)

    def test_a_complete_graph_has_no_place_to_move_to(self):
        assert small_world(7, 6, seed=1, rewire=1).arcs == 42


class TestErdosRenyi:
    @pytest.mark.parametrize("directed", [True, False])
    def test_degrees_are_binomial(self, directed):
        nodes, mean = 20_000, 6
        degree = erdos_renyi(nodes, mean, seed=11, directed=directed).out_degree
        cells = np.arange(1, 14)
        observed = np.diff([0, *(np.count_nonzero(degree <= k) for k in cells), nodes])
        expected = nodes * np.diff([0, *binom.cdf(cells, nodes - 1, mean / (nodes - 1)), 1])
        assert chisquare(observed, expected).pvalue > 1e-4

    @pytest.mark.parametrize(("directed", "pairs"), [(True, 12), (False, 6)])
    def test_each_graph_of_four_nodes_is_as_likely_as_the_formula_says(self, directed, pairs):
        p, trials = 0.4, 4_000
        ties = [erdos_renyi(4, 3 * p, seed, directed).arcs // (1 if directed else 2) for seed in range(trials)]
        expected = trials * binom.pmf(np.arange(pairs + 1), pairs, p)
        observed = np.bincount(ties, minlength=pairs + 1)
        many = expected > 1
        assert observed[~many].sum() <= 10
        assert chisquare(observed[many], expected[many] * observed[many].sum() / expected[many].sum()).pvalue > 1e-4

    def test_every_arc_is_as_likely_as_every_other(self):
        p, trials = 0.4, 4_000
        arcs = np.zeros((4, 4))
        for seed in range(trials):
            arcs += matrix_of(erdos_renyi(4, 3 * p, seed)).toarray()
        assert not np.diag(arcs).any()
        error = np.sqrt(trials * p * (1 - p))
        assert np.abs(arcs[~np.eye(4, dtype=bool)] - trials * p).max() < 4 * error

    def test_the_number_of_arcs_is_binomial(self):
        many = [erdos_renyi(300, 4, seed).arcs for seed in range(400)]
        assert np.mean(many) == pytest.approx(1_200, abs=4 * np.sqrt(1_200 / 400))
        assert np.var(many) == pytest.approx(1_200 * (1 - 4 / 299), rel=4 * np.sqrt(2 / 400))

    @pytest.mark.parametrize("directed", [True, False])
    def test_the_largest_mean_degree_is_the_complete_graph(self, directed):
        assert erdos_renyi(30, 29, 1, directed).arcs == 30 * 29

    def test_undirected_ties_go_both_ways(self):
        assert is_symmetric(erdos_renyi(1_000, 5, 1, directed=False))


class TestStochasticBlock:
    @pytest.mark.parametrize("directed", [True, False])
    def test_ties_within_and_between_blocks_are_as_frequent_as_asked(self, directed):
        sizes = np.array([700, 300, 1_000])
        p = np.array([[0.02, 0.001, 0.004], [0.003, 0.05, 0], [0.0005, 0.002, 0.01]])
        if not directed:
            p = (p + p.T) / 2
        graph = stochastic_block(sizes, p, 5, directed)
        block = np.repeat(np.arange(3), sizes)
        source = np.repeat(np.arange(graph.nodes), graph.out_degree)
        counted = np.zeros((3, 3))
        np.add.at(counted, (block[source], block[graph.followers]), 1)
        possible = np.outer(sizes, sizes) - np.diag(sizes)
        # Within a block of an undirected graph, arcs come in pairs.
        arcs_per_draw = np.where(np.eye(3, dtype=bool) & (not directed), 2, 1)
        error = np.sqrt(possible * p * (1 - p) * arcs_per_draw)
        assert (np.abs(counted - possible * p) <= 4 * error).all()
        assert is_symmetric(graph) != directed

    def test_one_block_is_a_random_graph(self):
        one = stochastic_block([400], [[5 / 399]], 3)
        assert arcs_of(one) == arcs_of(erdos_renyi(400, 5, 3))

    def test_certain_and_impossible_ties(self):
        graph = stochastic_block([2, 3], [[0, 1], [0, 0]], 1)
        assert " ".join(arcs_of(graph)) == "0→2 0→3 0→4 1→2 1→3 1→4"
        assert stochastic_block([1, 1], [[1, 0], [0, 1]], 1).arcs == 0

    def test_blocks_do_not_share_draws(self):
        graph = stochastic_block([200, 200], [[0.1, 0.1], [0.1, 0.1]], 1)
        matrix = matrix_of(graph).toarray()
        parts = [matrix[:200, :200], matrix[:200, 200:], matrix[200:, :200], matrix[200:, 200:]]
        same = np.corrcoef([part.ravel() for part in parts])
        assert np.abs(same - np.eye(4)).max() < 4 / 200


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: heavy_tailed(1, 1, 0), r"nodes must be a whole number in 2\.\.100,000,000, got 1"),
        (lambda: heavy_tailed(10.5, 1, 0), "nodes must be a whole number .* got 10.5"),
        (lambda: heavy_tailed(10, 0, 0), "mean_degree .* above 0 and at most at nodes / 2 = 5, got 0"),
        (lambda: heavy_tailed(10, 6, 0), "mean_degree .* got 6"),
        (lambda: heavy_tailed(10, float("nan"), 0), "mean_degree .* got nan"),
        (lambda: heavy_tailed(10, 2, 0, exponent=2), "exponent must be above 2"),
        (lambda: heavy_tailed(10, 2, 0, exponent=float("inf")), "exponent must be above 2"),
        (lambda: heavy_tailed(10, 2, 0, dependence=0.6), r"dependence must lie in 0\.\.0\.5, got 0\.6"),
        (lambda: small_world(10, 3, 0), r"even number in 2\.\.9, got 3"),
        (lambda: small_world(10, 10, 0), r"even number in 2\.\.9, got 10"),
        (lambda: small_world(10, 4, 0, 1.1), r"rewire must be a probability in 0\.\.1, got 1\.1"),
        (lambda: erdos_renyi(10, 9.5, 0), "at most at nodes - 1 = 9, got 9.5"),
        (lambda: erdos_renyi(10, -1, 0), "mean_degree must lie above 0"),
        (lambda: erdos_renyi(10**9, 1, 0), "nodes must be a whole number"),
        (lambda: stochastic_block([3, 0], BLOCKS, 0), "sizes must be .* got"),
        (lambda: stochastic_block([3, 2.5], BLOCKS, 0), "sizes must be .* whole numbers"),
        (lambda: stochastic_block([1], [[0.5]], 0), "nodes must be"),
        (lambda: stochastic_block([3, 3, 3], BLOCKS, 0), r"must have shape \(3, 3\), .* got \(2, 2\)"),
        (lambda: stochastic_block([3, 3], [[0.5, 2], [0, 0]], 0), r"probabilities must lie in 0\.\.1, got 2\.0"),
        (lambda: stochastic_block([3, 3], [[0.5, np.nan], [0, 0]], 0), "probabilities must lie .* nan"),
        (lambda: stochastic_block([3, 3], BLOCKS, 0, False), "must be symmetric"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_arguments_of_narrow_types_do_not_overflow():
    narrow = heavy_tailed(np.int32(70_000), np.int16(3), 1), erdos_renyi(np.int32(70_000), np.int16(3), 1)
    for graph, wide in zip(narrow, (heavy_tailed(70_000, 3, 1), erdos_renyi(70_000, 3, 1)), strict=True):
        assert np.array_equal(graph.followers, wide.followers)


def test_networkx_is_not_imported_before_it_is_needed():
    code = "import sys, influence_sim.networks; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
