"""EoN (Epidemics on Networks): event by event in Python, on NetworkX's graphs.

An independent cascade is its discrete SIR, in which everybody is infectious for one step.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np

from benchmarks.peers.graphs import as_networkx
from benchmarks.peers.works import BETA, GAMMA, P, Start, Work

with warnings.catch_warnings():
    # It imports scipy.ndimage.interpolation.
    warnings.simplefilter("ignore", DeprecationWarning)
    import EoN

NAME, SLOW = "EoN", True


def cascade(work: Work) -> Start:
    return _start(work, EoN.basic_discrete_SIR, P)


def sir_continuous(work: Work) -> Start:
    return _start(work, EoN.fast_SIR, BETA, GAMMA)


def _start(work: Work, simulate: Any, *rates: float) -> Start:
    graph, seeds = as_networkx(work.size), work.seeds.tolist()

    def run(seed: int) -> list[int]:
        rng = np.random.default_rng(seed)
        # Both return times and the numbers in S, I and R at them.
        return [simulate(graph, *rates, initial_infecteds=seeds, rng=rng)[-1][-1] for _ in range(work.replicates)]

    return lambda seed: partial(run, seed)


WORKS = {"independent cascade": {"": cascade}, "SIR in continuous time": {"": sir_continuous}}
