"""PyNetIM: cascades in C++.

Its SIR is left out: in its list the infected stand twice after a step, and transmit twice, so that it reaches more.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from pynetim import IMGraph, IndependentCascadeModel, LinearThresholdModel

from benchmarks.peers.works import P, Start, Work

NAME = "PyNetIM"


def cascade(work: Work) -> Start:
    return _start(work, P, IndependentCascadeModel)


def cascade_per_edge(work: Work) -> Start:
    return _start(work, work.chances.tolist(), IndependentCascadeModel)


def linear_threshold(work: Work) -> Start:
    graph = work.graph
    return _start(work, (1 / graph.in_degree)[graph.followers].tolist(), LinearThresholdModel)


def _start(work: Work, weights: float | list[float], model: Callable[..., Any]) -> Start:
    graph = work.graph
    source = np.repeat(np.arange(graph.nodes), graph.out_degree)
    edges = list(zip(source.tolist(), graph.followers.tolist(), strict=True))
    built = model(IMGraph(edges, weights, renumber=False), set(work.seeds.tolist()))
    return lambda seed: partial(_run, built, seed, work.replicates)


def _run(model: Any, seed: int, replicates: int) -> list[int]:
    # Its own loop over runs returns their mean only.
    return [model.run_single_simulation(seed * replicates + number) for number in range(replicates)]


WORKS = {
    "independent cascade": {"": cascade},
    "independent cascade per edge": {"": cascade_per_edge},
    "linear threshold": {"": linear_threshold},
}
