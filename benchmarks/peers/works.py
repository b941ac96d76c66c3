"""What is computed: works and their sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.graphs import barabasi_albert
from influence_sim.core.graph import Graph

SEEDS = 100
P = 0.08
"""Probability of an arc: the cascade reaches a fifth of the graph."""
BETA, GAMMA = 0.05, 0.5
"""Probabilities per step of transmission along an arc and of recovery: the epidemic reaches more than a quarter."""
SUSCEPTIBILITY, EPSILON, STEPS = 0.8, 0.2, 20
THRESHOLD_RANKS = {10**4: 2500, 10**5: 200}
"""From which rank on the seeds of the linear threshold are taken, such that about a tenth of the graph is reached."""

WORLDS, BATCHED = 60, 16
"""How many worlds of the whole model are compared with each other, and how many large ones stand in one batch."""

ROUNDING, STORED = 1e-12, 1e-6
"""How far apart equal numbers may lie: opinions by rounding, the model's by being stored in four bytes."""

type Go = Callable[[], Any]
"""Does the work once, and returns what was reached: sizes, or the numbers that must be equal."""
type Start = Callable[[int], Go]
"""Given a seed, does what is not timed."""


@dataclass(frozen=True)
class Work:
    """Something to compute: ``process`` on a graph of ``size`` nodes, or among so many consumers.

    Both sides must come to the same numbers ``within`` a tolerance; None: chance decides, and means are compared.
    """

    name: str
    size: int
    replicates: int = 1
    process: str = ""
    within: float | None = None

    @property
    def title(self) -> str:
        """How tables call it."""
        several = self.replicates > 1 and self.name in ("cascades", "whole-model")
        return f"{self.replicates} {self.name}" if several else self.name

    @property
    def graph(self) -> Graph:
        """The graph that all are given."""
        return barabasi_albert(self.size)

    @cached_property
    def seeds(self) -> NDArray[np.int64]:
        """Those with most ties; for the threshold later ranks of small graphs, which would be reached by half."""
        first = THRESHOLD_RANKS.get(self.size, 0) if self.process == "linear threshold" else 0
        return self.graph.by_followers[first : first + SEEDS]

    @cached_property
    def chances(self) -> NDArray[np.float32]:
        """A probability for each arc, of mean ``P``, in the precision that all peers have."""
        return np.random.default_rng(2).uniform(0, 2 * P, self.graph.arcs).astype(np.float32)

    @cached_property
    def opinions(self) -> NDArray[np.float64]:
        """Opinions at the beginning."""
        return np.random.default_rng(3).uniform(0, 1, self.size)


WORKS = [
    *(Work("cascade", size, process="independent cascade") for size in (10**4, 10**5, 10**6)),
    Work("cascade-per-edge", 10**6, process="independent cascade per edge"),
    Work("cascades", 10**4, 200, process="independent cascade"),
    Work("cascades", 10**5, 50, process="independent cascade"),
    *(Work("threshold", size, process="linear threshold") for size in (10**4, 10**5, 10**6)),
    *(Work("sir", size, process="SIR") for size in (10**4, 10**5, 10**6)),
    *(Work("sir-continuous", size, process="SIR in continuous time") for size in (10**4, 10**5)),
    *(Work("degroot", size, process="DeGroot", within=ROUNDING) for size in (10**4, 10**5)),
    *(Work("friedkin-johnsen", size, process="Friedkin–Johnsen", within=ROUNDING) for size in (10**4, 10**5)),
    *(Work("bounded-confidence", size, process="bounded confidence", within=ROUNDING) for size in (10**4, 10**5)),
    Work("whole-model", 10**4, process="whole model", within=STORED),
    Work("whole-model", 10**4, BATCHED, process="whole model", within=STORED),
    Work("batches", 2000, WORLDS, process="batches", within=STORED),
    Work("two-jobs", 2000, WORLDS, process="two jobs", within=STORED),
]

LARGEST_QUICK = 10**5
LONG = ("whole-model", "batches", "two-jobs")
"""Works of the whole model, which a quick run leaves out, and plots too."""


def chosen(quick: bool, only: list[str]) -> Iterator[Work]:
    """Yield the works whose names begin with one of ``only``, all if there are none."""
    for work in WORKS:
        too_long = quick and (work.size > LARGEST_QUICK or work.name in LONG)
        if not too_long and (not only or work.name.startswith(tuple(only))):
            yield work
