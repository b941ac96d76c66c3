"""starsim: disease in steps, agents in NumPy arrays and transmission in Numba.

Whoever is infected at a step transmits from the next on until they recover, after the state of the day is known: a
period of G steps in which they transmit ends G + 1 later. Seeds transmit at step 0 already, so theirs ends G later. It
runs as long as such an epidemic finds somebody new, not until all have recovered, and without its common random
numbers, which would cost it more.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import geom

from benchmarks.peers.works import BETA, GAMMA, Start, Work
from influence_sim import textbook

os.environ.setdefault("STARSIM_INSTALL_FONTS", "0")

import starsim as ss

NAME = "starsim"


def sir(work: Work) -> Start:
    graph = work.graph
    source = np.repeat(np.arange(graph.nodes), graph.out_degree)
    once = source < graph.followers
    edges = {"p1": source[once], "p2": graph.followers[once].astype(int), "beta": np.ones(once.sum())}
    first = np.zeros(graph.nodes)
    first[work.seeds] = 1
    steps = _steps(work)

    def start(seed: int):
        ss.options.crn = False
        disease = ss.SIR(
            beta=ss.peryear(-np.log1p(-BETA)),
            init_prev=ss.bernoulli(p=lambda module, sim, uids: first[uids]),
            dur_inf=ss.Dist(dist=geom, p=GAMMA, loc=1),
            p_death=0,
        )
        sim = ss.Sim(
            n_agents=graph.nodes,
            networks=ss.Network(edges=edges),
            diseases=disease,
            start=0,
            dur=steps,
            dt=1,
            rand_seed=seed,
            verbose=0,
        )
        sim.init()
        sim.diseases[0].ti_recovered[ss.uids(work.seeds)] -= 1
        return partial(_run, sim)

    return start


def _steps(work: Work) -> int:
    """Return when the last is infected, as a rule."""
    runs = textbook.sir(work.graph, work.seeds, BETA, GAMMA, discrete=True, replicates=3, seed=1, trace=True).infected
    return int(np.median(np.where(np.isfinite(runs), runs, 0).max(axis=1)))


def _run(sim: Any) -> int:
    sim.run()
    return len(sim.people) - int(sim.diseases[0].susceptible.sum())


WORKS = {"SIR": {"": sir}}
