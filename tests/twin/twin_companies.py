"""Companies, one agent each: product, beliefs, staff, books, and the plan that a budget has to carry."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import mesa

from influence_sim.core.levers import LEVERS, NEUTRAL

if TYPE_CHECKING:
    from twin_model import TwinModel

HOURS = 24
BOUGHT = [name for name, lever in LEVERS.items() if lever.bought]


def whole_days(period: float) -> int:
    """A period in whole days, at least one; 0 is never."""
    return max(round(period), 1) if period > 0 else 0


class Company(mesa.Agent):
    """A company of the world."""

    def __init__(self, model: TwinModel, number: int, wanted: dict[str, float]) -> None:
        super().__init__(model)
        setting, constants = model.setting, model.constants
        self.number = number
        self.name = setting.names[number]
        self.product = [float(q) for q in setting.products[number]]
        self.estimate = list(self.product)
        self.variance = [constants.initial_uncertainty] * len(self.product)
        self.first_failure_rate = self.failure_rate = float(setting.failure_rates[number])
        self.desks = [0.0] * max(1, model.desks_wanted)
        self.queue: list[Any] = []
        self.reserve = 0.0
        self.failures_heard = 0.0
        self.heard = 0.0
        self.answered = 0.0
        self.releases: list[Any] = []
        self.surveys: list[Any] = []
        self.course: Any = None
        self.decide: Any = None
        self.today: Counter[str] = Counter()
        self.days: list[Counter[str]] = []
        self.products_past: list[list[float]] = []
        self.customers_at_dawn = 0
        self.at_risk_at_dawn = 0
        self.wanted = {**NEUTRAL, **wanted}
        self.levers = dict(self.wanted)
        self.funded = 1.0
        self.fund()

    def __getattr__(self, name: str) -> float:
        """A lever that acts, by its name."""
        levers = self.__dict__.get("levers")
        if levers is None or name not in levers:
            raise AttributeError(name)
        return levers[name]

    # what conduct costs

    def paid_people(self, levers: dict[str, float]) -> list[Any]:
        return self.model.paid_people(levers["influencer_seeds"], levers["seed_rule"])

    def running_costs(self, levers: dict[str, float]) -> float:
        """Money a day that is paid every morning."""
        costs, scale = self.model.setting.costs, self.model.scale
        audience = sum(len(person.followers) for person in self.paid_people(levers))
        return (
            levers["posts_per_day"] * costs.post * scale
            + levers["paid_reach"] * self.model.size * costs.impression
            + levers["posts_per_day"] * audience * costs.influencer
            + levers["reply_capacity"] * HOURS * costs.staff_hour * scale
            + (levers["listening"] + levers["outreach"]) * costs.listening * scale
            + levers["prevention"] * costs.prevention * scale
            + levers["astroturf_posts"] * costs.fake * scale
        )

    def expected_costs(self, levers: dict[str, float]) -> float:
        """Money a day that is paid when it falls due, on average."""
        model, costs, constants = self.model, self.model.setting.costs, self.model.constants
        market = model.size / model.companies_count
        total = market / constants.need_interval * levers["reward_value"] * costs.reward
        if levers["survey_period"] > 0:
            answers = levers["survey_size"] * model.scale * constants.survey_response
            total += answers * costs.survey / whole_days(levers["survey_period"])
        if levers["ask_period"] > 0:
            total += market * costs.contact / whole_days(levers["ask_period"])
        if levers["action_share"] > 0:
            moves = levers["improvement_capacity"] * (len(self.product) + 1)
            total += costs.improvement * model.scale * moves / whole_days(constants.improvement_period)
        return total

    def fund(self) -> None:
        """Shrink what is bought to what the budget allows."""
        budget = self.daily_budget
        plan = self.running_costs(self.wanted) + self.expected_costs(self.wanted)
        self.funded = min(1.0, budget / plan) if plan > 0 else 1.0
        self.levers = {name: value * self.funded if name in BOUGHT else value for name, value in self.wanted.items()}

    @property
    def daily_budget(self) -> float:
        return float(self.model.setting.budgets[self.number]) * self.model.scale

    def pay_for_the_day(self) -> None:
        cost = self.running_costs(self.levers)
        self.today["spend"] += cost
        self.reserve += self.daily_budget - cost

    def draw_on_reserve(self, wanted: float) -> float:
        """Take as much money as there is, up to what is wanted; return it."""
        paid = min(wanted, max(self.reserve, 0.0))
        self.reserve -= paid
        self.today["spend"] += paid
        return paid

    # what it is

    def customers(self) -> list[Any]:
        return [person for person in self.model.people if person.customer_of == self.number]

    @property
    def has_staff(self) -> bool:
        return self.levers["reply_capacity"] > 0

    def failure_probability(self) -> float:
        constants = self.model.constants
        return self.failure_rate * (1 - constants.prevention_effect * self.levers["prevention"])

    def misfit(self, person: Any) -> float:
        """Squared distance of the product from what a person wants."""
        demand = self.model.demand
        return math.fsum((demand[k] + person.taste[k] - self.product[k]) ** 2 for k in range(len(self.product)))
