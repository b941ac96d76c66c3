"""What strategies plan to spend, against a budget."""

from __future__ import annotations

import numpy as np

from influence_sim.core.budget import expected_costs, fund, running_costs
from influence_sim.core.levers import Levers
from influence_sim.scenario import Scenario
from influence_sim.strategies import Strategy


def planned_costs(strategy: Strategy, scenario: Scenario) -> dict[str, float]:
    """Return what a strategy plans to spend in a scenario on its first day, by what it is spent on.

    Money per day and 1,000 consumers; what costs nothing is left out. For what is paid when it falls due the mean is
    planned; what replies, updates and compensations will cost cannot be known beforehand.
    """
    setting = scenario.setting(scenario.graph())
    levers = Levers.stack([strategy.levers] * len(scenario.companies))
    plan = {**running_costs(setting, levers), **expected_costs(setting, levers)}
    focal = scenario.focal_company
    return {what: float(cost[focal]) / setting.scale for what, cost in plan.items() if cost[focal]}


def funded_share(strategy: Strategy, scenario: Scenario) -> float:
    """Return the share of what a strategy wants on its first day that its budget pays for."""
    levers = Levers.stack([strategy.levers] * len(scenario.companies))
    _, funded, _ = fund(scenario.setting(scenario.graph()), levers)
    return float(np.asarray(funded)[scenario.focal_company])
