"""The textbook models and those of others (NDlib, CyNetDiff, EoN) give the same numbers on the same graphs.

Where a peer lets the draws be set, both get the same and every node must agree; elsewhere means lie within three
standard errors of their difference. Where a peer does another thing than the model it is named after, a comment says
what, and it is not compared. Hegselmann and Krause is not compared at all: NDlib's moves one random node per iteration
(its issue 263), not everybody. Neither is Deffuant on an irregular graph: NDlib draws a node and then a neighbour, so
that those with few friends meet more often than if all pairs were as likely.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType

import networkx as nx
import numpy as np
import pytest
from cynetdiff.utils import networkx_to_ic_model, networkx_to_lt_model
from ndlib.models import epidemics
from ndlib.models.ModelConfig import Configuration
from real_data import real_data
from scipy.stats import ks_2samp

from influence_sim import textbook
from influence_sim.core.draws import Process
from influence_sim.networks import as_graph, read
from influence_sim.textbook.inputs import draws_of

with warnings.catch_warnings():
    # It imports scipy.ndimage.interpolation.
    warnings.simplefilter("ignore", DeprecationWarning)
    import EoN

try:
    from ndlib.models import opinions
except ModuleNotFoundError:
    # It imports a score of scikit-learn, which none of the models used here needs.
    sys.modules["sklearn"], sys.modules["sklearn.metrics"] = ModuleType("sklearn"), ModuleType("sklearn.metrics")
    sys.modules["sklearn.metrics"].jaccard_score = None  # type: ignore[attr-defined]
    from ndlib.models import opinions

    del sys.modules["sklearn"], sys.modules["sklearn.metrics"]

SYNTHETIC = {
    "Erdős–Rényi": nx.gnp_random_graph(300, 0.02, seed=1),
    "Barabási–Albert": nx.barabasi_albert_graph(300, 2, seed=2),
}


@pytest.fixture(scope="module")
def facebook() -> nx.Graph:
    """The friendships as we read them, as NetworkX sees them."""
    own = read(real_data("graphs/facebook_combined.txt.gz"))
    source = np.repeat(np.arange(own.nodes), own.out_degree)
    g = nx.Graph()
    g.add_nodes_from(range(own.nodes))
    g.add_edges_from(zip(source.tolist(), own.followers.tolist(), strict=True))
    return g


@pytest.fixture
def named(request: pytest.FixtureRequest, graph: str) -> nx.Graph:
    return request.getfixturevalue("facebook") if graph == "Facebook" else SYNTHETIC[graph]


@pytest.fixture(autouse=True)
def global_seeds() -> Iterator[None]:
    """NDlib draws from the two global generators."""
    before, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    yield
    random.setstate(before)
    np.random.set_state(legacy)  # noqa: NPY002


def assert_agree(ours, theirs) -> None:
    """Fail unless the means lie within three standard errors of their difference."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    error = np.sqrt(ours.var(axis=0, ddof=1) / len(ours) + theirs.var(axis=0, ddof=1) / len(theirs))
    assert np.all(error > 0), "no spread, nothing is compared"
    apart = np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) / error
    assert np.all(apart < 3), f"{ours.mean(axis=0)} against {theirs.mean(axis=0)}: {apart} standard errors"


def assert_same_distribution(ours, theirs) -> None:
    assert_agree(ours, theirs)
    assert ks_2samp(ours, theirs).pvalue > 1e-3


def test_the_friends_of_facebook_are_read_as_published(facebook):
    assert (facebook.number_of_nodes(), facebook.number_of_edges()) == (4039, 88_234)
    matrix = nx.to_scipy_sparse_array(facebook, nodelist=range(4039))
    triangles = (matrix @ matrix * matrix).sum(axis=1) / 2
    degree = matrix.sum(axis=1)
    assert triangles.sum() / 3 == 1_612_010
    assert round(np.mean(triangles / np.maximum(degree * (degree - 1) / 2, 1)), 4) == 0.6055
    assert nx.is_connected(facebook)
    assert nx.diameter(facebook, usebounds=True) == 8


class TestCyNetDiff:
    @staticmethod
    def sizes(model, seeds, replicates):
        model.set_seeds(seeds)
        found = []
        for _ in range(replicates):
            model.reset_model()
            model.advance_until_completion()
            found.append(model.get_num_activated_nodes())
        return found

    @pytest.mark.parametrize(
        ("graph", "p", "replicates"),
        [("Erdős–Rényi", 0.15, 4000), ("Barabási–Albert", 0.2, 4000), ("Facebook", 0.01, 600)],
    )
    def test_independent_cascade(self, named, p, replicates):
        model, place = networkx_to_ic_model(named, activation_prob=p, rng=1)
        seeds = [0, 7, 20]
        theirs = self.sizes(model, [place[node] for node in seeds], replicates)
        ours = textbook.independent_cascade(named, seeds, p, replicates=replicates, seed=1)
        assert_same_distribution(ours, theirs)

    def test_independent_cascade_with_a_probability_for_each_arc(self):
        g = nx.gnp_random_graph(200, 0.03, seed=4, directed=True)
        rng = np.random.default_rng(1)
        for _, _, data in g.edges(data=True):
            data["activation_prob"] = rng.uniform(0, 0.5)
        model, place = networkx_to_ic_model(g, rng=1)
        theirs = self.sizes(model, [place[0], place[1]], 4000)
        assert_same_distribution(
            textbook.independent_cascade(g, [0, 1], "activation_prob", replicates=4000, seed=1), theirs
        )

    def test_the_same_coins_reach_the_same_nodes(self):
        g = nx.gnp_random_graph(300, 0.015, seed=5, directed=True)
        trace = textbook.independent_cascade(g, [3, 4], 0.3, replicates=25, seed=6, trace=True, coupled=True)
        coins = draws_of(6, range(25)).at(Process.VISIBLE)
        arcs = np.array(g.edges)
        for replicate in range(25):
            coin = coins.uniform(replicate, arcs[:, 0], arcs[:, 1])
            nx.set_edge_attributes(g, dict(zip(g.edges, coin.tolist(), strict=True)), "success_prob")
            model, place = networkx_to_ic_model(g, activation_prob=0.3, _include_succcess_prob=True)
            model.set_seeds([place[3], place[4]])
            model.advance_until_completion()
            assert set(model.get_activated_nodes()) == set(np.flatnonzero(trace.times[replicate] >= 0))
        assert trace.sizes.max() > 50

    @pytest.mark.parametrize(
        ("graph", "replicates"), [("Erdős–Rényi", 4000), ("Barabási–Albert", 4000), ("Facebook", 500)]
    )
    def test_linear_threshold(self, named, replicates):
        model, place = networkx_to_lt_model(named.to_directed(), rng=1)
        seeds = [0, 7, 20, 31, 32, 33, 34, 35, 36, 37]
        theirs = self.sizes(model, [place[node] for node in seeds], replicates)
        ours = textbook.linear_threshold(named, seeds, replicates=replicates, seed=1)
        assert_same_distribution(ours, theirs)

    def test_linear_threshold_with_weights(self):
        g = nx.gnp_random_graph(200, 0.03, seed=4, directed=True)
        rng = np.random.default_rng(1)
        for u, v, data in g.edges(data=True):
            data["influence"] = rng.uniform(0, 1) / g.in_degree(v) if u != v else 0
        model, place = networkx_to_lt_model(g, rng=1)
        theirs = self.sizes(model, [place[node] for node in range(10)], 4000)
        ours = textbook.linear_threshold(g, range(10), weights="influence", replicates=4000, seed=1)
        assert_same_distribution(ours, theirs)


def ndlib_runs(model, replicates: int) -> list[list[dict]]:
    """Return how many there are of each status after every iteration, until nobody is infected."""
    runs = []
    for _ in range(replicates):
        model.reset()
        counts = [model.iteration(node_status=False)["node_count"]]
        while counts[-1][1]:
            counts.append(model.iteration(node_status=False)["node_count"])
        runs.append(counts)
    return runs


def infected_at(runs: list[list[dict]], step: int) -> list[int]:
    return [run[step][1] if step < len(run) else 0 for run in runs]


class TestNDlib:
    @pytest.mark.parametrize("graph", SYNTHETIC)
    def test_independent_cascade(self, named):
        config = Configuration()
        config.add_model_initial_configuration("Infected", [0, 7])
        for edge in named.edges:
            config.add_edge_configuration("threshold", edge, 0.2)
        model = epidemics.IndependentCascadesModel(named, seed=1)
        model.set_initial_status(config)
        runs = ndlib_runs(model, 250)
        trace = textbook.independent_cascade(named, [0, 7], 0.2, replicates=4000, seed=1, trace=True)
        assert_agree(trace.sizes, [run[-1][2] for run in runs])
        for clock in (1, 2, 4):
            assert_agree(np.count_nonzero(trace.times == clock, axis=1), infected_at(runs, clock))

    @pytest.mark.parametrize("directed", [False, True])
    @pytest.mark.parametrize("phi", [0.15, 0.28, 0.5])
    def test_thresholds_of_a_fraction_node_by_node(self, directed, phi):
        g = nx.gnp_random_graph(250, 0.02, seed=3, directed=directed)
        seeds = list(range(25))
        assert textbook.watts(g, seeds, phi, trace=True).times[0].tolist() == self.rounds(g, seeds, [phi] * 250)

    def test_drawn_thresholds_node_by_node(self):
        g = nx.gnp_random_graph(250, 0.02, seed=3)
        trace = textbook.linear_threshold(g, range(5), replicates=6, seed=2, trace=True, coupled=True)
        for replicate, times in enumerate(trace.times):
            drawn = draws_of(2, range(6)).at(Process.THRESHOLD).uniform(replicate, np.arange(250))
            assert times.tolist() == self.rounds(g, list(range(5)), drawn.tolist())
        assert trace.sizes.max() > 20

    @staticmethod
    def rounds(g, seeds, thresholds):
        config = Configuration()
        config.add_model_initial_configuration("Infected", seeds)
        for node, threshold in zip(sorted(g), thresholds, strict=True):
            config.add_node_configuration("threshold", node, threshold)
        model = epidemics.ThresholdModel(g)
        model.set_initial_status(config)
        times = [-1] * len(g)
        for clock in range(60):
            for node, status in model.iteration()["status"].items():
                if status == 1:
                    times[node] = clock
        return times

    @pytest.mark.parametrize("graph", SYNTHETIC)
    def test_sir_in_steps(self, named):
        # As here, who recovers in a step may still transmit in it.
        config = Configuration()
        config.add_model_initial_configuration("Infected", [0, 7])
        config.add_model_parameter("beta", 0.1)
        config.add_model_parameter("gamma", 0.3)
        model = epidemics.SIRModel(named, seed=1)
        model.set_initial_status(config)
        runs = ndlib_runs(model, 150)
        epidemic = textbook.sir(named, [0, 7], 0.1, 0.3, discrete=True, replicates=4000, seed=1, trace=True)
        assert_same_distribution(epidemic.sizes, [run[-1][2] for run in runs])
        for step in (1, 3, 6, 12):
            now = (epidemic.infected <= step) & (epidemic.recovered > step)
            assert_agree(now.sum(axis=1), infected_at(runs, step))

    @pytest.mark.parametrize("directed", [False, True])
    def test_stubbornness_node_by_node(self, directed):
        g = nx.gnp_random_graph(80, 0.05, seed=3, directed=directed)
        rng = np.random.default_rng(1)
        for susceptibility in (np.ones(80), rng.uniform(0, 1, 80)):
            config = Configuration()
            for node, share in enumerate(susceptibility):
                config.add_node_configuration("stubbornness", node, 1 - share)
            model = opinions.FJModel(g)
            model.set_initial_status(config)
            start = np.array([model.initial_status[node] for node in range(80)])
            for steps in range(6):
                model.iteration()
                theirs = [model.status[node] for node in range(80)]
                np.testing.assert_allclose(
                    textbook.friedkin_johnsen(g, start, susceptibility, steps=steps), theirs, atol=1e-12
                )
            if susceptibility.min() == 1:
                np.testing.assert_allclose(textbook.degroot(g, start, steps=5), theirs, atol=1e-12)

    @pytest.mark.parametrize("g", [nx.complete_graph(80), nx.random_regular_graph(6, 80, seed=1)], ids=["all", "six"])
    @pytest.mark.parametrize("epsilon", [0.2, 0.4])
    def test_meetings_of_two(self, g, epsilon):
        # Without bias, whom one meets is a neighbour at random; an iteration is as many meetings as there are nodes.
        checked = (1, 3, 8)
        config = Configuration()
        config.add_model_parameter("epsilon", epsilon)
        config.add_model_parameter("gamma", 0)
        theirs = []
        for number in range(40):
            # Without a seed, NDlib takes one from the system, and one run in thirty is too far off.
            model = opinions.AlgorithmicBiasModel(g, seed=number)
            model.set_initial_status(config)
            runs = [list(model.iteration()["status"].values()) for _ in range(max(checked) + 1)]
            theirs.append([np.var(runs[step]) for step in checked])
        start = np.random.default_rng(1).uniform(0, 1, (400, 80))
        ours = [
            np.var(textbook.deffuant(people, start, epsilon, meetings=80 * number, seed=1), axis=1)
            for people in ([80] if len(g.edges) == 80 * 79 // 2 else [g])
            for number in checked
        ]
        assert_agree(np.transpose(ours), theirs)


class TestEoN:
    @staticmethod
    def curves(runs, times):
        """Return the infected at times, and the number ever infected."""
        infected = [[i[np.searchsorted(t, at, side="right") - 1] for at in times] for t, _, i, _ in runs]
        return np.array(infected), np.array([r[-1] for *_, r in runs])

    @pytest.mark.parametrize(("method", "replicates"), [(EoN.fast_SIR, 300), (EoN.Gillespie_SIR, 100)])
    @pytest.mark.parametrize("graph", SYNTHETIC)
    def test_sir_in_continuous_time(self, named, method, replicates):
        times = (0.5, 1, 2, 4, 8)
        rng = np.random.default_rng(1)
        runs = [method(named, 0.4, 0.8, initial_infecteds=[0, 7], rng=rng) for _ in range(replicates)]
        theirs, sizes = self.curves(runs, times)
        epidemic = textbook.sir(named, [0, 7], 0.4, 0.8, replicates=4000, seed=1, trace=True)
        assert_same_distribution(epidemic.sizes, sizes)
        ours = [((epidemic.infected <= at) & (epidemic.recovered > at)).sum(axis=1) for at in times]
        assert_agree(np.transpose(ours), theirs)

    def test_sir_among_the_friends_of_facebook(self, facebook):
        rng = np.random.default_rng(2)
        runs = [EoN.fast_SIR(facebook, 0.02, 1, initial_infecteds=range(20), rng=rng) for _ in range(40)]
        theirs, sizes = self.curves(runs, (1, 2, 4))
        epidemic = textbook.sir(facebook, range(20), 0.02, 1, replicates=400, seed=1, trace=True)
        assert_same_distribution(epidemic.sizes, sizes)
        ours = [((epidemic.infected <= at) & (epidemic.recovered > at)).sum(axis=1) for at in (1, 2, 4)]
        assert_agree(np.transpose(ours), theirs)

    @pytest.mark.parametrize("graph", SYNTHETIC)
    def test_sir_in_steps_of_one_infection(self, named):
        rng = np.random.default_rng(3)
        runs = [EoN.basic_discrete_SIR(named, 0.25, initial_infecteds=[0, 7], rng=rng) for _ in range(500)]
        theirs, sizes = self.curves(runs, (1, 2, 4))
        epidemic = textbook.sir(named, [0, 7], 0.25, 1, discrete=True, replicates=4000, seed=1, trace=True)
        assert_same_distribution(epidemic.sizes, sizes)
        ours = [((epidemic.infected <= at) & (epidemic.recovered > at)).sum(axis=1) for at in (1, 2, 4)]
        assert_agree(np.transpose(ours), theirs)
        assert_same_distribution(textbook.independent_cascade(named, [0, 7], 0.25, replicates=4000, seed=2), sizes)


def test_graphs_are_the_same_for_all():
    for g in SYNTHETIC.values():
        own = as_graph(g)
        assert (own.nodes, own.arcs) == (g.number_of_nodes(), 2 * g.number_of_edges())
