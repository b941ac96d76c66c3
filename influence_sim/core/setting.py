"""What the worlds of a batch share and never change: the graph, the constants, the companies' start, the incident."""

from __future__ import annotations

from dataclasses import dataclass, field

from influence_sim.core.graph import Graph
from influence_sim.core.parameters import Parameters
from influence_sim.core.state import F8

HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What things cost and earn, in money. Costs that grow with the market are per 1,000 consumers."""

    margin: float = 10.0
    post: float = 1.0
    impression: float = 0.15
    staff_hour: float = 0.2
    listening: float = 2.0
    improvement: float = 250.0
    compensation: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something goes wrong for customers of one company.

    Attributes
    ----------
    company
        Number of the company, 0 … J − 1.
    day
        First day, counted from the beginning of the comparison (after the burn-in).
    duration
        Days over which the customers are hit.
    hit_share
        Share of the company's customers hit in all, 0..1.
    severity
        How bad it is for those hit, 0..1 (equations 1 and 3).
    """

    company: int
    day: int
    duration: int
    hit_share: float
    severity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything that the worlds of a batch share and that never changes.

    Attributes
    ----------
    products
        Starting products q, shape (companies, attributes); common demand θ̄ starts at 0.
    failure_rates
        Starting failure rates f, shape (companies,), 0..1.
    budget
        Money per day and 1,000 consumers that each company may spend.
    burn_in_days
        Days run and discarded before the comparison begins.
    step_hours
        Length of a step; divides 24.
    """

    graph: Graph
    products: F8
    failure_rates: F8
    parameters: Parameters = field(default_factory=Parameters)
    costs: Costs = field(default_factory=Costs)
    budget: float = 20.0
    incident: Incident | None = None
    burn_in_days: int = 90
    step_hours: float = 1.0

    @property
    def steps_per_day(self) -> int:
        """Steps in a day of 24 hours."""
        return round(HOURS_PER_DAY / self.step_hours)
