"""Every textbook model runs on a million nodes, within a generous time and memory."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import pytest

from influence_sim import networks, textbook

NODES = 1_000_000
SECONDS = 120
MORE_BYTES = 4 * 2**30
"""Peak memory above what the process had held before, at most."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graph():
    return networks.heavy_tailed(NODES, 5, seed=1)


@pytest.fixture(scope="module")
def opinions():
    return np.random.default_rng(1).uniform(0, 1, NODES)


def peak() -> int:
    """Return the most bytes that the process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


MODELS = {
    "independent_cascade": lambda graph, _: (
        textbook.independent_cascade(graph, range(100), 0.3, replicates=2, trace=True).sizes
    ),
    "linear_threshold": lambda graph, _: textbook.linear_threshold(graph, np.arange(1000), replicates=2),
    "watts": lambda graph, _: textbook.watts(graph, np.arange(1000), 0.15, replicates=2),
    "sir": lambda graph, _: textbook.sir(graph, np.arange(10), 0.5, 1, replicates=2),
    "sir of all": lambda *_: textbook.sir(NODES, np.arange(10), 2, 1),
    "daley_kendall": lambda graph, _: textbook.daley_kendall(graph, np.arange(100)),
    "daley_kendall of all": lambda *_: textbook.daley_kendall(NODES, np.arange(10)),
    "bass": lambda graph, _: textbook.bass(graph, 0.03, 0.4, periods=10, dt=0.5)[:, -1],
    "bass of all": lambda *_: textbook.bass(NODES, 0.03, 0.4, periods=10)[:, -1],
    "degroot": lambda graph, x: textbook.degroot(graph, x, steps=10),
    "friedkin_johnsen": lambda graph, x: textbook.friedkin_johnsen(graph, x, 0.5),
    "hegselmann_krause": lambda graph, x: textbook.hegselmann_krause(graph, x, 0.2, steps=3),
    "hegselmann_krause of all": lambda _, x: textbook.hegselmann_krause(NODES, x, 0.2, steps=3),
    "deffuant": lambda graph, x: textbook.deffuant(graph, x, 0.3, meetings=NODES),
    "deffuant of all": lambda _, x: textbook.deffuant(NODES, x, 0.3, meetings=NODES),
    "by_degree": lambda graph, _: textbook.by_degree(graph, 50),
    "degree_discount": lambda graph, _: textbook.degree_discount(graph, 50, 0.01),
    "celf": lambda graph, _: textbook.celf(graph, 5, 0.05, replicates=10, among=textbook.by_degree(graph, 200)),
    "random_seeds": lambda graph, _: textbook.random_seeds(graph, 50, replicates=3),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_million_nodes(name, graph, opinions):
    before, begun = peak(), time.perf_counter()
    found = MODELS[name](graph, opinions)
    assert time.perf_counter() - begun < SECONDS
    assert peak() - before < MORE_BYTES
    assert np.all(np.isfinite(found))
    if found.size < 5:
        assert np.all(found > 1000)
