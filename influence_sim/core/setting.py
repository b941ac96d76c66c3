"""What the worlds of a batch share and never change: the graph, the constants, the companies' start, the incidents."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from influence_sim.core.graph import Graph
from influence_sim.core.parameters import Origin, Parameters
from influence_sim.core.state import F8, Ints

HOURS_PER_DAY = 24
MONTH = 30
"""Days over which market shares and the conduct of companies are looked at."""


def _cost(default: float, high: float, unit: str) -> Any:
    origin = Origin(0.0, high, unit, "A", 0, "unit cost", neutral=None)
    return field(default=default, metadata={"origin": origin})


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What things cost and earn, in money; see :data:`COSTS`. All are assumptions, to be swept."""

    margin: float = _cost(10.0, 1000, "money per sale")
    post: float = _cost(1.0, 100, "money per post*")
    impression: float = _cost(0.15, 10, "money per paid impression")
    influencer: float = _cost(0.02, 10, "money per follower of a paid person and post")
    staff_hour: float = _cost(0.2, 100, "money per hour that one reply an hour can be sent")
    compensation: float = _cost(5.0, 1000, "money per compensated case at full strength")
    listening: float = _cost(2.0, 100, "money per day of reading everything*")
    contact: float = _cost(0.05, 10, "money per question or update to one person")
    survey: float = _cost(3.0, 100, "money per person who answers a survey")
    improvement: float = _cost(250.0, 100_000, "money per unit of taste that a product is moved*")
    prevention: float = _cost(20.0, 10_000, "money per day of preventing all one can*")
    reward: float = _cost(1.75, 100, "money per full reward for buying again")
    fake: float = _cost(5.0, 1000, "money per faked praise")


COSTS: dict[str, Origin] = {f.name: f.metadata["origin"] for f in fields(Costs)}
"""What is known about each cost, by its name; * in a unit means per 1,000 consumers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something goes wrong at one company, once or again and again.

    Attributes
    ----------
    company
        Number of the company, 0 … J − 1.
    day
        First day on which it may strike, counted from the beginning of the comparison (after the burn-in).
    duration
        Days over which people are hit each time.
    hit_share
        Share of the company's customers (of everybody, if ``public``) hit each time, 0..1.
    severity
        How bad it is for those hit, 0..1 (equations 1 and 3).
    hit
        Consumers who are hit, instead of a share; each time the same.
    repeats, every
        How many times it strikes, and days from one time to the next.
    rate
        Times per day at which it strikes at random from ``day`` on (a Poisson process), instead of at set times.
    public
        Whether it is news, which shocks whoever learns of it, customer or not, and no experience of customers.
    reported
        Whether complaints about it tell of a failure that can be mended (equation 11).
    preventable
        Whether it hits fewer as the company's failures become fewer (equation 11).
    """

    company: int
    day: int
    duration: int
    hit_share: float
    severity: float
    hit: Ints | None = None
    repeats: int = 1
    every: int = 1
    rate: float = 0.0
    public: bool = False
    reported: bool = True
    preventable: bool = False

    @property
    def strikes(self) -> bool:
        """Whether it does anything to anybody."""
        return bool(self.severity and (self.hit_share if self.hit is None else self.hit.size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything that the worlds of a batch share and that never changes.

    Attributes
    ----------
    products
        Starting products q, shape (companies, attributes); common demand θ̄ starts at 0.
    failure_rates
        Starting failure rates f, shape (companies,), 0..1.
    budgets
        Money per day and 1,000 consumers that each company may spend, shape (companies,).
    names
        Names of the companies.
    appeals
        What each company has that all consumers like whatever it does, such as its size: added to their preference,
        shape (companies,), in utility; no company has any if left out.
    burn_in_days
        Days run and discarded before the comparison begins.
    step_hours
        Length of a step; divides 24.
    """

    graph: Graph
    products: F8
    failure_rates: F8
    budgets: F8
    names: tuple[str, ...]
    parameters: Parameters = field(default_factory=Parameters)
    costs: Costs = field(default_factory=Costs)
    incidents: tuple[Incident, ...] = ()
    appeals: F8 | None = None
    burn_in_days: int = 90
    step_hours: float = 1.0

    @property
    def steps_per_day(self) -> int:
        """Steps in a day of 24 hours."""
        return round(HOURS_PER_DAY / self.step_hours)

    @property
    def scale(self) -> float:
        """Thousands of consumers, which costs and budgets count."""
        return self.graph.nodes / 1000
