"""The new product is adopted as the hazards say: exactly by few, on networks person by person."""

from __future__ import annotations

from collections import defaultdict

import networkx as nx
import numpy as np
import pytest
from enumerated import assert_distributed
from scipy.stats import binom

from influence_sim import networks, textbook
from influence_sim.core.draws import Process
from influence_sim.textbook.inputs import draws_of

RUNS = 10_000


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.3, 0.0), (0.1, 2.0)])
def test_few_adopt_by_the_recursion_of_hazards(p, q):
    people, dt = 6, 0.5
    adopters = textbook.bass(people, p, q, periods=4, dt=dt, replicates=RUNS, seed=1)
    exact = {(0,): 1.0}
    for _ in range(8):
        then = defaultdict(float)
        for history, weight in exact.items():
            left = people - history[-1]
            chance = -np.expm1(-(p + q * history[-1] / people) * dt)
            for new in range(left + 1):
                then[(*history[-2:], history[-1] + new)] += weight * float(binom.pmf(new, left, chance))
        exact = then
    assert_distributed(map(tuple, adopters[:, -3:].tolist()), exact)


def test_on_a_network_each_withstands_what_they_face():
    g = nx.gnp_random_graph(60, 0.06, seed=1, directed=True)
    p, q, dt, replicates = 0.05, 0.9, 0.2, 4
    adopters = textbook.bass(g, p, q, periods=6, dt=dt, replicates=replicates, seed=2)
    withstood = draws_of(2, range(replicates)).at(Process.ADOPTION)
    for replicate in range(replicates):
        limit = withstood.exponential(replicate, np.arange(60))
        faced, has, counts = [0.0] * 60, [False] * 60, [0]
        for _ in range(30):
            for node in range(60):
                friends = list(g.predecessors(node))
                share = sum(has[friend] for friend in friends) / len(friends) if friends else has[node]
                faced[node] += (p + q * share) * dt
            has = [faced[node] >= limit[node] for node in range(60)]
            counts.append(sum(has))
        assert adopters[replicate].tolist() == counts
    assert adopters[:, -1].max() > 30


def test_many_follow_the_curve():
    p, q, dt = 0.03, 0.38, 0.1
    adopters = textbook.bass(20_000, p, q, periods=20, dt=dt, replicates=30, seed=3) / 20_000
    share = [0.0]
    for _ in range(200):
        share.append(share[-1] + (1 - share[-1]) * -np.expm1(-(p + q * share[-1]) * dt))
    error = np.maximum(adopters.std(axis=0) / np.sqrt(30), 1e-5)
    assert np.all(np.abs(adopters.mean(axis=0) - share) < 4 * error + 1e-4)


def test_a_dense_network_is_like_everybody():
    runs = {"p": 0.05, "q": 0.5, "periods": 10, "dt": 0.1, "replicates": 40, "seed": 4}
    everybody, network = textbook.bass(400, **runs), textbook.bass(nx.complete_graph(400), **runs)
    # The same people withstand the same; on the complete graph one does not count oneself.
    assert np.abs(everybody - network).max() < 12


def test_more_of_either_never_makes_fewer_adopt():
    graph = networks.erdos_renyi(300, 6, seed=1)
    for people in (300, graph):
        few = textbook.bass(people, 0.02, 0.2, periods=10, dt=0.1, replicates=20, seed=5)
        for p, q in ((0.04, 0.2), (0.02, 0.4)):
            more = textbook.bass(people, p, q, periods=10, dt=0.1, replicates=20, seed=5)
            assert np.all(more >= few)
            assert more.sum() > few.sum()


def test_nobody_adopts_without_innovation_and_time_is_counted_in_steps():
    adopters = textbook.bass(nx.star_graph(5), 0, 3, periods=1, dt=0.25, replicates=2)
    assert adopters.tolist() == [[0] * 5] * 2
    alone = textbook.bass(nx.empty_graph(4), 50, 0, periods=1, dt=1)
    assert alone.tolist() == [[0, 4]]


def test_time_is_a_whole_number_of_steps():
    for periods, dt in ((0.3, 0.1), (1.1, 0.01), (12, 0.05), (1, 1 / 3)):
        found = textbook.bass(9, 0.1, 0.1, periods=periods, dt=dt)
        assert found.shape == (1, round(periods / dt) + 1)
    for periods, dt, steps in ((1, 0.3, "3.33333"), (0.004, 0.01, "0.4"), (10.004, 0.01, "1000.4")):
        with pytest.raises(ValueError, match=f"^periods must be a whole number of steps of dt, got {steps} steps of"):
            textbook.bass(9, 0.1, 0.1, periods=periods, dt=dt)
