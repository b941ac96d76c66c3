"""The market as a fit sees it: from values of what is free to complaints and praise per day and company."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.graph import Graph
from influence_sim.experiment.plan import World
from influence_sim.experiment.runner import play
from influence_sim.scenario import Scenario

_RECORDED = ("complaints", "praise")


@lru_cache(maxsize=1)
def _graph(network: str) -> Graph:
    """Return the follower graph; a process makes it once."""
    return Scenario.of({"network": json.loads(network)}).graph()


def simulated_counts(
    scenario: Scenario, values: Mapping[str, float], *, seed: int, worlds: int = 1
) -> NDArray[np.float64]:
    """Return complaints and praise, shape (worlds, days, companies, 2).

    Parameters
    ----------
    scenario
        The setting, of which ``values`` replace some by their dotted names.
    seed
        Of the accidents.
    worlds
        How many worlds, which differ in accidents.
    """
    there = scenario.with_values(values)
    setting = there.setting(_graph(there.network.model_dump_json()))
    engine = play(there, setting, [World(None, number) for number in range(worlds)], seed=seed, measures=_RECORDED)
    recorded = engine.recorded_days(there.burn_in_days)
    return np.asarray(recorded.transpose(0, 2, 1, 3), dtype=float)
