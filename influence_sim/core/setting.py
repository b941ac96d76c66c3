"""What the worlds of a batch share and never change: the graph, the constants, the companies' start, the incidents."""

from __future__ import annotations

from dataclasses import dataclass, field

from influence_sim.core.graph import Graph
from influence_sim.core.parameters import Parameters
from influence_sim.core.state import F8, Ints

HOURS_PER_DAY = 24
MONTH = 30
"""Days over which market shares and the conduct of companies are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What things cost and earn, in money; docs/model.md says per what. All are assumptions, to be swept."""

    margin: float = 10.0
    post: float = 1.0
    impression: float = 0.15
    influencer: float = 0.02
    staff_hour: float = 0.2
    compensation: float = 5.0
    listening: float = 2.0
    contact: float = 0.05
    survey: float = 3.0
    improvement: float = 250.0
    prevention: float = 20.0
    reward: float = 1.75
    fake: float = 5.0


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
