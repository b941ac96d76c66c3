"""A scenario and sweeps small enough to run many points of it."""

from __future__ import annotations

from typing import Any

from influence_sim.scenario import Scenario

SMALL = Scenario.of(
    {
        "days": 8,
        "burn_in_days": 2,
        "network": {"consumers": 100, "mean_degree": 6},
        "companies": [{"name": "us", "strategy": "dialogue"}, {"name": "them", "strategy": "broadcast"}],
        "incident": {"kind": "delay", "day": 2},
        "parameters": {"need_interval": 5.0},
        "step_hours": 4.0,
    }
)

RUNNING: dict[str, Any] = {"replicates": 3, "seed": 2, "counterfactual": False}
