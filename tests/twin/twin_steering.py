"""What companies can see of each other, and the changes of levers that follow from it and from schedules."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from twin_measures import MONTH

from influence_sim.core.levers import NEUTRAL
from influence_sim.core.observation import Conduct, Observation

if TYPE_CHECKING:
    from twin_companies import Company
    from twin_model import TwinModel


def share_of_sales(model: TwinModel, company: Company, ago: int) -> float:
    """Share of all sales of 30 days, those that ended so many days ago."""

    def sold(one: Company) -> float:
        until = len(one.days) - ago
        return math.fsum(day["sales"] for day in one.days[max(until - MONTH, 0) : max(until, 0)])

    total = math.fsum(sold(one) for one in model.companies)
    return sold(company) / total if total else 0.0


def conduct(model: TwinModel, company: Company) -> Conduct:
    """Return what anybody can see of a company."""
    month = company.days[-MONTH:]
    levers, scale = company.levers, model.scale

    def in_month(name: str) -> float:
        return math.fsum(day[name] for day in month)

    replies = in_month("public_replies")
    share = share_of_sales(model, company, 0)
    # In the first 60 days there are no 30 days before.
    gained = share - share_of_sales(model, company, MONTH) if len(company.days) >= 2 * MONTH else 0.0
    tone = {name: levers[name] if replies else 0.0 for name in ("empathy", "explanation", "apology", "compensation")}
    past = company.products_past[-MONTH - 1] if len(company.products_past) > MONTH else company.products_past[0]
    return Conduct(
        name=company.name,
        market_share=share,
        share_gained=gained,
        posts_per_day=levers["posts_per_day"],
        paid_reach=levers["paid_reach"],
        claim=levers["claim"],
        replies=replies / scale,
        response_hours=in_month("public_reply_hours") / replies if replies else math.nan,
        **tone,
        praise=(in_month("praise") + in_month("fakes")) / scale,
        complaints=in_month("complaints") / scale,
        product=tuple(company.product),
        product_moved=math.dist(company.product, past),
    )


def observe(model: TwinModel, company: Company, day: int) -> Observation:
    rivals = tuple(conduct(model, other) for other in model.companies if other is not company)
    today = company.today
    return Observation(
        day=day,
        own=conduct(model, company),
        rivals=rivals,
        levers=dict(company.wanted),
        funded=company.funded,
        budget=company.daily_budget,
        reserve=company.reserve,
        spent=today["spend"],
        sales=float(today["sales"]),
        customers=len(company.customers()),
        waiting=len(company.queue),
        estimate=tuple(company.estimate),
        uncertainty=tuple(math.sqrt(variance) for variance in company.variance),
        failures_heard=company.failures_heard,
    )


def begin(company: Company, course: Any) -> None:
    """From now on a company follows a course."""
    company.course = course
    company.decide = deepcopy(course.decide)
    pull(company, course.levers, company.model.now, anew=True)


def pull(company: Company, changes: Any, now: float, *, anew: bool = False) -> None:
    """Change levers from an hour on; desks that are busy go on at the new pace."""
    before = company.levers["reply_capacity"]
    company.wanted = {**(NEUTRAL if anew else company.wanted), **changes}
    company.fund()
    after = company.levers["reply_capacity"]
    if before > 0 and after > 0:
        company.desks = [now + (free - now) * before / after if free > now else free for free in company.desks]


def steer(model: TwinModel) -> None:
    """Schedules and decisions set the levers of tomorrow."""
    day = model.day - model.setting.burn_in_days + 1
    if day < 1 or not model.comparing:
        return
    changes: list[tuple[Company, dict[str, float]]] = []
    for company in model.companies:
        course = company.course
        moved = dict(course.changes.get(day, {}))
        if company.decide is not None:
            moved |= company.decide(observe(model, company, day)) or {}
        if moved:
            changes.append((company, moved))
    for company, moved in changes:
        pull(company, moved, model.end_of_step)
