"""The propagation core: scheduling the exposures of posts, per post and per arc."""

from __future__ import annotations

import numpy as np
import pytest

from influence_sim import networks
from influence_sim.core.draws import Draws, Process
from influence_sim.core.levers import Levers
from influence_sim.core.messages import Kind
from influence_sim.core.propagation import transmit
from influence_sim.core.setting import Setting
from influence_sim.core.worlds import Worlds


@pytest.mark.benchmark(group="100 posts among 10^5 consumers of mean degree 10")
def test_transmit(benchmark) -> None:
    graph = networks.heavy_tailed(100_000, 10, seed=1)
    one = np.zeros(1)
    setting = Setting(graph=graph, products=np.zeros((1, 1)), failure_rates=one, budgets=one, names=("us",))
    worlds = Worlds(setting, Draws.for_replicates(1, [0]), Levers.stack([{}]))
    authors = np.arange(100)
    posts = worlds.messages.append(100, id=np.arange(100, dtype=np.uint64), author=authors, kind=Kind.PRAISE)
    benchmark.extra_info["arcs"] = int(graph.out_degree[authors].sum())
    benchmark(transmit, worlds, posts, 0.35, np.zeros(100))


@pytest.mark.benchmark(group="a million keyed uniforms against NumPy's generator")
@pytest.mark.parametrize("source", ["keyed", "numpy"])
def test_draws(benchmark, source: str) -> None:
    world, ids = np.zeros(10**6, np.int64), np.arange(10**6)
    stream = Draws.for_replicates(1, [0]).at(Process.NEED, 1)
    generator = np.random.default_rng(1)
    benchmark(*((stream.uniform, world, ids) if source == "keyed" else (generator.random, 10**6)))
