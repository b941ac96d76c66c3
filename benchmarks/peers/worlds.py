"""The whole model: an eventful fortnight in one large world, and weeks of many small ones.

Nothing depends on the seed of the run: two sides are compared world by world.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import influence_sim as ins
from benchmarks.peers.works import Go, Start, Work
from influence_sim.core.draws import Draws
from influence_sim.core.engine import Engine
from influence_sim.core.levers import Levers
from influence_sim.core.setting import Setting
from influence_sim.core.worlds import Worlds

SCENARIO, STRATEGY, SEED = "scandal", "dialogue", 1
DAYS = {"whole model": 7, "batches": 10, "two jobs": 40}
MEASURED = ("loyalty", "attitude", "trust", "customers", "complaints", "shares", "replies", "profit")
"""What both sides must agree on at the end of the last day, for each company."""


@cache
def scenario(work: Work) -> ins.Scenario:
    """Return the scenario without its burn-in, at a size."""
    days = DAYS[work.process]
    changes = {"network.consumers": work.size, "days": days, "burn_in_days": 0, "incident.0.day": 1}
    return ins.Scenario.load(SCENARIO).with_values(changes)


@cache
def setting(work: Work) -> Setting:
    """Return the large world's setting, its graph included."""
    large = scenario(work)
    return large.setting(large.graph())


def engine(work: Work) -> Start:
    """Prepare large worlds of the engine, in one batch."""
    large, worlds = scenario(work), work.replicates

    def start(seed: int) -> Go:
        levers = Levers.stack([course.levers for course in large.courses(None)] * worlds)
        built = Engine(Worlds(setting(work), Draws.for_replicates(SEED, np.arange(worlds)), levers), MEASURED)
        built.worlds.begin_comparison(large.courses(STRATEGY) * worlds)

        def go() -> Any:
            built.run_days(DAYS[work.process])
            return np.array(built.history[-1]).ravel()

        return go

    return start


def compared(work: Work, *, jobs: int, batch: int | None = None) -> Start:
    """Prepare many small worlds, compared as users do."""
    small = scenario(work)
    given = {"replicates": work.replicates, "seed": SEED, "graph": small.graph(), "jobs": jobs, "batch": batch}
    return lambda seed: lambda: ins.compare(small, [STRATEGY], **given).values
