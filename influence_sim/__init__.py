"""Agent-based simulation of social influence, to compare how companies deal with what is said about them.

>>> import influence_sim as ins
>>> scenario = ins.Scenario.load("shipping_delay")
>>> result = ins.compare(scenario, ["broadcast", "dialogue"], replicates=2, seed=1)  # doctest: +SKIP
>>> result.contrasts["loyalty"]["dialogue - broadcast"].mean  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph
    from influence_sim.core.levers import LEVERS
    from influence_sim.core.measures import DIAGNOSTICS, MEASURES
    from influence_sim.core.observation import Conduct, Observation
    from influence_sim.core.parameters import ORIGINS, Parameters
    from influence_sim.experiment.aftermath import AFTERMATH
    from influence_sim.experiment.compare import compare
    from influence_sim.experiment.design import Varied, points_of
    from influence_sim.experiment.folders import StoreError
    from influence_sim.experiment.opening import open_results
    from influence_sim.experiment.optimise import optimise
    from influence_sim.experiment.phases import phase_map
    from influence_sim.experiment.results import Comparison
    from influence_sim.experiment.robustness import robustness
    from influence_sim.experiment.runner import Interrupted
    from influence_sim.experiment.sensitivity import sensitivity
    from influence_sim.experiment.storm import Storm, biggest_storm
    from influence_sim.experiment.sweep import Sweep, sweep
    from influence_sim.experiment.workers import WorkerError
    from influence_sim.model import InfluenceModel
    from influence_sim.networks import NetworkError, from_networkx, from_scipy, read
    from influence_sim.report.writing import write_report
    from influence_sim.scenario import ASSUMPTIONS, Scenario, ScenarioError
    from influence_sim.strategies import CATALOGUE, Strategy, register

_HOMES = {
    "Graph": "core.graph",
    "LEVERS": "core.levers",
    "MEASURES": "core.measures",
    "DIAGNOSTICS": "core.measures",
    "Conduct": "core.observation",
    "Observation": "core.observation",
    "ORIGINS": "core.parameters",
    "Parameters": "core.parameters",
    "AFTERMATH": "experiment.aftermath",
    "compare": "experiment.compare",
    "Varied": "experiment.design",
    "points_of": "experiment.design",
    "StoreError": "experiment.folders",
    "open_results": "experiment.opening",
    "optimise": "experiment.optimise",
    "phase_map": "experiment.phases",
    "Comparison": "experiment.results",
    "robustness": "experiment.robustness",
    "Interrupted": "experiment.runner",
    "sensitivity": "experiment.sensitivity",
    "Storm": "experiment.storm",
    "biggest_storm": "experiment.storm",
    "Sweep": "experiment.sweep",
    "sweep": "experiment.sweep",
    "WorkerError": "experiment.workers",
    "InfluenceModel": "model",
    "NetworkError": "networks",
    "from_networkx": "networks",
    "from_scipy": "networks",
    "read": "networks",
    "write_report": "report.writing",
    "ASSUMPTIONS": "scenario",
    "Scenario": "scenario",
    "ScenarioError": "scenario",
    "CATALOGUE": "strategies",
    "Strategy": "strategies",
    "register": "strategies",
}

__all__ = [
    "AFTERMATH",
    "ASSUMPTIONS",
    "CATALOGUE",
    "DIAGNOSTICS",
    "LEVERS",
    "MEASURES",
    "ORIGINS",
    "Comparison",
    "Conduct",
    "Graph",
    "InfluenceModel",
    "Interrupted",
    "NetworkError",
    "Observation",
    "Parameters",
    "Scenario",
    "ScenarioError",
    "StoreError",
    "Storm",
    "Strategy",
    "Sweep",
    "Varied",
    "WorkerError",
    "biggest_storm",
    "compare",
    "from_networkx",
    "from_scipy",
    "open_results",
    "optimise",
    "phase_map",
    "points_of",
    "read",
    "register",
    "robustness",
    "sensitivity",
    "sweep",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Import public names when they are first used: Mesa alone takes a second."""
    if name in _HOMES:
        return getattr(import_module(f"influence_sim.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
