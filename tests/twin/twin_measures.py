"""The day's measures of a company, by name."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twin_numbers import single

if TYPE_CHECKING:
    from twin_companies import Company
    from twin_model import TwinModel

MONTH = 30
COUNTED = (
    "complaints", "firestorms", "sales", "praise", "said", "valence_said", "shares", "negative", "bursts",
    "replies", "reply_hours", "cases", "deleted", "seen_through", "exposes", "hit", "harm", "spend", "unpaid",
    "spam", "storm_hours", "exposures", "reads", "missed", "removed", "fakes", "asked", "answers", "updates",
    "surveyed",
)  # fmt: skip
"""Measures that are counts of the day."""


def ratio(over: float, under: float) -> float:
    return over / under if under else math.nan


def mean(numbers: list[float]) -> float:
    return ratio(math.fsum(numbers), len(numbers))


def recommendation(view: Any) -> int:
    """The answer, 0 … 10, to whether one would recommend the company."""
    return round(single(10 * (0.5 * view.loyalty + 0.25 * (view.attitude + 1))))


def of_day(model: TwinModel, company: Company) -> dict[str, float]:
    """Return all measures of the day that ends."""
    today, number = company.today, company.number
    people: list[Any] = model.people
    views = [person.views[number] for person in people]
    cohort = [person for person in people if person.views[number].cohort]
    mine = [person.views[number] for person in cohort]
    found = {name: float(today[name]) for name in COUNTED}
    margin = model.setting.costs.margin * today["sales"]
    profit = margin - today["spend"]
    years = (model.day - model.setting.burn_in_days) / 365
    sales = [math.fsum(day["sales"] for day in other.days[-MONTH:]) for other in model.companies]
    voice = [other.today["complaints"] + other.today["praise"] for other in model.companies]
    score = [recommendation(view) for view in mine]
    promoters, detractors = sum(one >= 9 for one in score), sum(one <= 6 for one in score)
    stormy = today["storm_hours"] > 0
    own: dict[str, Callable[[], float]] = {
        "loyalty": lambda: mean([view.loyalty for view in mine]),
        "retention": lambda: ratio(sum(person.customer_of == number for person in cohort), len(cohort)),
        "churn": lambda: MONTH * ratio(today["lost"], company.customers_at_dawn),
        "market_share": lambda: ratio(sales[number], sum(sales)),
        "trust": lambda: mean([view.trust for view in views]),
        "attitude": lambda: mean([view.attitude for view in views]),
        "satisfaction": lambda: mean([view.satisfaction for view in mine]),
        "nps": lambda: 100 * ratio(promoters - detractors, len(mine)),
        "reach": lambda: mean([view.read_today for view in views]),
        "storm_days": lambda: float(stormy),
        "profit": lambda: profit,
        "customers": lambda: float(len(company.customers())),
        "fans": lambda: mean([model.is_fan(person, number) for person in people]),
        "hazard": lambda: MONTH * ratio(today["lost_for_the_first_time"], company.at_risk_at_dawn),
        "survival": lambda: ratio(sum(view.never_left for view in views), len(cohort)),
        "clv": lambda: ratio(model.setting.costs.margin * today["cohort_sales"], len(cohort)) * 1.1**-years,
        "margin": lambda: margin,
        "roi": lambda: ratio(profit, today["spend"]),
        "sentiment": lambda: ratio(today["valence_said"], today["said"]),
        "share_of_voice": lambda: ratio(voice[number], sum(voice)),
        "days_of_rage": lambda: float(stormy and today["negative"] >= 0.05 * model.size),
        "response_time": lambda: ratio(today["reply_hours"], today["replies"]),
        "share_answered": lambda: ratio(today["replies"], today["cases"]),
        "boycotters": lambda: mean([view.boycott_until > model.end_of_step for view in views]),
        "funded": lambda: company.funded,
        "product_gap": lambda: math.dist(company.product, model.demand),
        "estimate_error": lambda: math.dist(company.estimate, model.demand),
        "critics_trust": lambda: mean([view.trust for view in views if view.against >= 0]),
        "attitude_spread": lambda: statistics.pstdev([view.attitude for view in views]),
        "arousal": lambda: mean([view.arousal for view in views]),
        "responsiveness": lambda: mean([view.responsiveness for view in views]),
        "failure_rate": lambda: company.failure_rate,
    }
    return found | {name: float(value()) for name, value in own.items()}
