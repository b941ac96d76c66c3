"""What strategies plan to spend, against a budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from influence_sim.core.budget import expected_costs, fund, running_costs
from influence_sim.core.levers import Levers
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


def planned_costs(levers: Mapping[str, float], scenario: Scenario, graph: Graph | None = None) -> dict[str, float]:
    """Return what levers cost in a scenario, by what the money is spent on.

    Money per day and 1,000 consumers; what costs nothing is left out. For what is paid when it falls due the mean is
    planned; what replies, updates and compensations will cost cannot be known beforehand. The graph is the scenario's
    own if left out.
    """
    setting = scenario.setting(scenario.graph() if graph is None else graph)
    rows = Levers.stack([levers] * len(scenario.companies))
    plan = {**running_costs(setting, rows), **expected_costs(setting, rows)}
    focal = scenario.focal_company
    return {what: float(cost[focal]) / setting.scale for what, cost in plan.items() if cost[focal]}


def funded_share(levers: Mapping[str, float], scenario: Scenario, graph: Graph | None = None) -> float:
    """Return the share of what levers cost that the focal company's budget pays for."""
    rows = Levers.stack([levers] * len(scenario.companies))
    _, funded, _ = fund(scenario.setting(scenario.graph() if graph is None else graph), rows)
    return float(np.asarray(funded)[scenario.focal_company])
