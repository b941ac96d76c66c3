"""What worlds an experiment consists of, and how they are cut into units of work."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.core.measures import DIAGNOSTICS, MEASURES
from influence_sim.experiment.folders import FORMAT
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph
    from influence_sim.strategies import Strategy

type Point = Mapping[str, Any]
"""Values of scenario keys by their dotted names, such as ``incident.severity``; empty where nothing is varied."""

FATES = ("struck", "spared")
"""What may become of a world: incidents strike, or it is the counterfactual that they spare."""
APART = 1_000_000
"""Replicates of one draw of a posterior end before this number, and those of the next begin at it."""
_MOST_REPLICATES = 10_000_000
LARGEST_BATCH = 30
"""Worlds beyond which a batch gains no speed: the calls' overhead is spread, and the cache overflows."""


@dataclass(frozen=True, slots=True)
class World:
    """One world of an experiment: the focal company's strategy (None: its own), the replicate, and its fate.

    A ``spared`` world is the counterfactual of the one that no incident spares: nothing strikes there.
    """

    strategy: str | None
    replicate: int
    spared: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """Worlds that are run, and kept, together: all strategies and fates of some replicates at one point."""

    point: int
    first: int
    replicates: int


@dataclass(frozen=True, eq=False)
class Plan:
    """Points × replicates × fates × strategies.

    Attributes
    ----------
    scenario
        What all points have in common.
    points
        What is varied; one empty point where nothing is.
    strategies
        Of the focal company.
    replicates
        Worlds per point, strategy and fate.
    seed
        Master seed. Replicate r meets the same accidents at every point.
    measures
        Names of what is recorded.
    fates
        Whether worlds are spared by incidents: ``(False,)``, or ``(False, True)`` with counterfactuals.
    given_graph
        The follower graph of all points; None: as each point's scenario describes it.
    keep_messages
        Whether to keep every post, share and reply.
    posterior
        Where the points come from, if they are draws of what is not known of one setting rather than settings to be
        told apart; then each has accidents of its own.
    """

    scenario: Scenario
    points: tuple[Point, ...]
    strategies: tuple[str, ...]
    replicates: int
    seed: int
    measures: tuple[str, ...]
    fates: tuple[bool, ...] = (False,)
    given_graph: Graph | None = None
    keep_messages: bool = False
    posterior: str | None = None

    @property
    def worlds_per_replicate(self) -> int:
        """Worlds that share a replicate's accidents at a point."""
        return len(self.strategies) * len(self.fates)

    @property
    def worlds(self) -> int:
        """Worlds in all."""
        return len(self.points) * self.replicates * self.worlds_per_replicate

    def scenario_at(self, point: int) -> Scenario:
        """Return the scenario with the values of a point."""
        return self.scenario.with_values(self.points[point]) if self.points[point] else self.scenario

    def graph_at(self, point: int) -> Graph:
        """Return the follower graph at a point."""
        if self.given_graph is not None:
            return self.given_graph
        return _graph(self.scenario_at(point).network.model_dump_json())

    def worlds_of(self, unit: Unit) -> tuple[World, ...]:
        """Return a unit's worlds; those of a replicate stand together, since what they have in common is run once."""
        first = unit.first + (APART * unit.point if self.posterior else 0)
        return tuple(
            World(name, replicate, spared)
            for replicate in range(first, first + unit.replicates)
            for spared in self.fates
            for name in self.strategies
        )

    def network_at(self, point: int) -> str:
        """Return what tells a point's network from those of others."""
        return repr([(key, value) for key, value in self.points[point].items() if key.partition(".")[0] == "network"])

    def units(self, replicates_per_unit: int, points: Iterable[int] | None = None) -> list[Unit]:
        """Return the units of some points, or of all, point by point."""
        return [
            Unit(point, first, min(replicates_per_unit, self.replicates - first))
            for point in (range(len(self.points)) if points is None else points)
            for first in range(0, self.replicates, replicates_per_unit)
        ]

    def replicates_per_unit(self, jobs: int, batch: int | None) -> int:
        """Return how many replicates a unit takes: enough for a batch of worlds, or as many as are fast."""
        if batch is not None:
            wanted = -(-batch // self.worlds_per_replicate)
        else:
            wanted = min(LARGEST_BATCH, -(-self.worlds // jobs)) // self.worlds_per_replicate
        return min(max(wanted, 1), self.replicates)


@lru_cache(maxsize=2)
def _graph(network: str) -> Graph:
    """Return a scenario's graph; points in a row mostly share it."""
    return Scenario.of({"network": json.loads(network)}).graph()


def manifest(plan: Plan) -> dict[str, Any]:
    """Return what is needed to run an experiment again, and where and when it began.

    ``compared`` names the focal company's strategies, ``strategies`` holds the levers of all that any company follows,
    ``points`` what is varied. The graph is that of the first point; its ``sha256`` is that of :func:`checksum`.
    """
    packages = ("influence-sim", "numpy", "scipy", "mesa", "pydantic")
    scenario, graph = plan.scenario, plan.graph_at(0)
    setting = scenario.model_dump(mode="json")
    if scenario.network.kind == "file":
        setting["network"]["consumers"] = graph.nodes
    followed = dict.fromkeys([*plan.strategies, *(company.strategy for company in scenario.companies)])
    return {
        "format": FORMAT,
        "scenario": setting,
        "points": [_plain_point(point) for point in plan.points],
        "compared": list(plan.strategies),
        "strategies": {name: described(scenario.strategy(name)) for name in followed},
        "replicates": plan.replicates,
        "seed": plan.seed,
        "measures": list(plan.measures),
        "counterfactual": len(plan.fates) == 2,
        "messages": plan.keep_messages,
        "posterior": plan.posterior,
        "graph": {
            "name": graph.name,
            "consumers": graph.nodes,
            "arcs": graph.arcs,
            "self_loops_left_out": graph.self_loops,
            "parallel_arcs_left_out": graph.parallel_arcs,
            "sha256": checksum(graph),
        },
        "generator_version": GENERATOR_VERSION,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
    }


def plan_of(about: Mapping[str, Any]) -> Plan:
    """Return the plan that a manifest describes.

    Raises
    ------
    KeyError, TypeError
        If an entry is missing, or is not what it should be.
    ValueError
        If the scenario is not allowed.
    """
    _check_entries(about)
    return Plan(
        scenario=Scenario.of(about["scenario"]),
        points=tuple(about["points"]),
        strategies=tuple(about["compared"]),
        replicates=about["replicates"],
        seed=about["seed"],
        measures=tuple(about["measures"]),
        fates=(False, True) if about["counterfactual"] else (False,),
        keep_messages=about["messages"],
        posterior=about.get("posterior"),
    )


def _check_entries(about: Mapping[str, Any]) -> None:
    """Raise a TypeError that names an entry of a manifest which cannot be meant."""
    points, names, measures = about["points"], about["compared"], about["measures"]
    replicates, seed = about["replicates"], about["seed"]
    is_right = {
        "points": isinstance(points, list)
        and bool(points)
        and all(isinstance(point, dict) and point.keys() == points[0].keys() for point in points),
        "compared": isinstance(names, list) and bool(names) and all(isinstance(name, str) for name in names),
        "measures": isinstance(measures, list)
        and bool(measures)
        and all(isinstance(name, str) and name in _measures() for name in measures),
        "replicates": isinstance(replicates, int) and 0 < replicates <= _MOST_REPLICATES,
        "seed": isinstance(seed, int),
        "scenario": isinstance(about["scenario"], dict),
    }
    for entry, right in is_right.items():
        if not right:
            raise TypeError(f"its {entry} cannot be meant")


def _measures() -> set[str]:
    return {measure.name for measure in (*MEASURES, *DIAGNOSTICS)}


def _plain_point(point: Point) -> dict[str, Any]:
    return {key: value.item() if isinstance(value, np.generic) else value for key, value in point.items()}


def described(strategy: Strategy) -> dict[str, Any]:
    """Return what a strategy does, as plain values; of one that watches it is only said that it does."""
    schedule = {str(day): dict(levers) for day, levers in strategy.schedule.items()}
    return {"levers": dict(strategy.levers), "schedule": schedule, "watches": strategy.watches}


def checksum(graph: Graph) -> str:
    """Return the SHA-256 of a graph's ``offsets`` (64 bits each) and then ``followers`` (32 bits), little-endian."""
    found = sha256(np.ascontiguousarray(graph.offsets, "<i8"))
    found.update(np.ascontiguousarray(graph.followers, "<i4"))
    return found.hexdigest()


def check_arguments(
    scenario: Scenario, strategies: Sequence[str], *, replicates: int, jobs: int | None = None, batch: int | None = None
) -> tuple[str, ...]:
    """Return the strategies' names if a comparison can be run with these arguments; else a ValueError of one line."""
    names = tuple(strategies)
    if not names:
        raise ValueError("strategies: at least one is needed")
    for name in names:
        scenario.strategy(name)
        if names.count(name) > 1:
            raise ValueError(f"strategies: {name} is named twice")
    for what, value in (("replicates", replicates), ("jobs", jobs), ("batch", batch)):
        if value is not None and value < 1:
            raise ValueError(f"{what} = {value}: must be at least 1")
    return names
