"""Worlds of the whole model in which all mechanisms are switched off but those that are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from scipy.stats import t as student

from influence_sim.core.engine import Engine
from influence_sim.core.graph import Graph
from influence_sim.core.messages import Kind
from influence_sim.core.parameters import ORIGINS
from influence_sim.experiment.plan import World
from influence_sim.experiment.runner import prepare
from influence_sim.scenario import Scenario
from influence_sim.verification import theory
from influence_sim.verification.findings import STANDARD_ERRORS, Finding
from influence_sim.verification.theory import F8

type Integers = NDArray[np.int64]

OFF: dict[str, float] = {
    **{name: float(origin.neutral) for name, origin in ORIGINS.items() if origin.neutral is not None},
    "exit_intercept": -20.0,
    "voice_intercept": -20.0,
    "praise_intercept": -20.0,
}
"""Everything switched off: nobody is moved, leaves, complains or praises."""

AT_ONCE = {"visibility": 1.0, "lag_plateau": 1.0, "lag_exponent": 5.0, "lag_limit": 1.0}
"""Every follower sees a post, within seconds."""
SPEAK_UP = {"voice_intercept": 5.0, "voice_severity": 20.0, "voice_spread": 1.0}
"""Whom something happens to says so within the hour: 1 in 10¹⁰ does not."""

ROUNDING = 2e-6
"""States are single-precision numbers."""
LARGE = 0.1
"""Share of all people from which a cascade counts as having taken off."""


def begin(on: dict[str, float], *, replicates: int = 1, graph: Graph | None = None, **values: Any) -> Engine:
    """Return the whole model at the beginning of the comparison, with nothing switched on but ``on``.

    Parameters
    ----------
    on
        Constants that differ from :data:`OFF`.
    replicates
        Number of worlds.
    graph
        Follower graph, instead of the one that the scenario describes.
    **values
        Keys of the scenario. By default there is one company whose products never fail, and money is no object. A
        ``strategy`` other than the company's own is taken up when the comparison begins.
    """
    strategy = values.pop("strategy", None)
    company = {"name": "company", "failure_rate": 0.0}
    plain = {
        "burn_in_days": 0,
        "days": 3650,
        "step_hours": 24.0,
        "attributes": 1,
        "budget": 1e9,
        "companies": [company],
    }
    scenario = Scenario.of({**plain, **values, "parameters": {**OFF, **on}})
    setting = scenario.setting(scenario.graph() if graph is None else graph)
    worlds = [World(strategy, replicate) for replicate in range(replicates)]
    return prepare(scenario, setting, worlds, seed=1, measures=("replies", "reply_hours"))


def news(severity: float = 1.0, **who: Any) -> dict[str, Any]:
    """Return an incident that everybody named, or a share of all, learns of on one day."""
    return {"kind": "scandal", "severity": severity, "duration_days": 1, **who}


def people(graph: Graph, count: int, seed: int) -> list[int]:
    """Return so many people, drawn at random."""
    chosen: list[int] = np.random.default_rng(seed).choice(graph.nodes, count, replace=False).tolist()
    return chosen


def mean(what: str, expected: float, values: ArrayLike, **others: Any) -> Finding:
    """Return a finding about the mean of independent values; of none, it is not a number, and fails.

    The standard error of few values is enlarged, so that three of it are as rarely exceeded as for many (Student).
    """
    sample = np.asarray(values, dtype=np.float64)
    error = 0.0
    if sample.size > 1:
        few = student.ppf(norm.cdf(STANDARD_ERRORS), sample.size - 1) / STANDARD_ERRORS
        error = float(few * sample.std(ddof=1) / sample.size**0.5)
    return Finding.exactly(what, expected, float(sample.mean()) if sample.size else np.nan, error=error, **others)


def took_off(shares: Iterable[F8]) -> list[float]:
    """Return the mean of the large cascades, for every graph on which there is one."""
    return [float(share[share > LARGE].mean()) for share in shares if (share > LARGE).any()]


# independent cascade


def cascades(engine: Engine) -> Integers:
    """Run until nothing is left to be read; return the size of the cascade of every post."""
    engine.run_days(1)
    while len(engine.worlds.exposures):
        engine.run_days(1)
    table, count = engine.worlds.messages, len(engine.worlds.messages)
    size = np.bincount(table.root[:count], minlength=count)
    return np.asarray(size[np.flatnonzero(table.kind[:count] == Kind.COMPLAINT)], np.int64)


def arc_probability(engine: Engine) -> float:
    """Return v·F(lag_limit)·p₀ as docs/model.md gives it, for default reaction times."""
    p, graph = engine.worlds.parameters, engine.worlds.graph
    in_time = float(theory.reaction_share(24 * p.lag_limit))
    per_reader = float(graph.in_degree @ graph.out_degree) / graph.arcs
    return min(p.base_reproduction / per_reader, p.visibility * in_time)
